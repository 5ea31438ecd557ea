import { ProtobufMessage } from "../../onnx/protobuf.ts";
import { fieldsOf } from "../../onnx/protobufFields.ts";
import { maskedCrc32c } from "./crc32c.ts";

/** Bytes of a record beside its data: length (8), the length's checksum (4), the data's checksum (4). */
const frameBytes = 16;

/** Bytes before a record's data. */
const headBytes = 12;

/** TensorBoard asks for this version in the first event of a file. */
const fileVersion = "brain.Event:2";

/** A record of a TFRecord file: length, masked CRC-32C of the length, data, masked CRC-32C of the data; little-endian. */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frameBytes + data.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, headBytes);
  view.setUint32(headBytes + data.length, maskedCrc32c(data), true);
  return bytes;
}

/** The first record of an event file. */
export function versionRecord(wallSeconds: number): Uint8Array {
  const event = new ProtobufMessage().double(1, wallSeconds).string(3, fileVersion);
  return record(Buffer.concat([...event.chunks()]));
}

/** What every event file of this program begins with: the length of its first record and that length's checksum. */
export const eventFileStart: Buffer = Buffer.from(versionRecord(0).subarray(0, headBytes));

/**
 * One event with scalars as a record: TensorBoard's `Event` (wall_time 1, step 2, summary 5) with a `Summary` of values
 * (tag 1, simple_value 2). Scalars are 32-bit there.
 */
export function scalarRecord(step: number, wallSeconds: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const summary = new ProtobufMessage();
  for (const [tag, value] of Object.entries(scalars)) {
    summary.message(1, new ProtobufMessage().string(1, tag).float(2, value));
  }
  const event = new ProtobufMessage().double(1, wallSeconds).integer(2, step).message(5, summary);
  return record(Buffer.concat([...event.chunks()]));
}

/** The step of an event; events without one stand before the first step, what is no event behind the last. */
function stepOf(event: Uint8Array): number {
  try {
    const fields = [...fieldsOf((start, end) => event.subarray(start, end), 0, event.length)];
    return fields.find(({ number }) => number === 2)?.value ?? Number.NEGATIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/**
 * Whether whole events of steps up to `lastStep` stand behind a place in an event file. A run that was killed leaves a torn end, and
 * nothing behind it.
 */
export function hasEventsBehind(bytes: Uint8Array, place: number, lastStep: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = place + 1; at + frameBytes <= bytes.length; at++) {
    // A length of which 2^32 and more would be no record's: most places are told by it.
    if (view.getUint32(at + 4, true) !== 0) continue;
    const end = at + frameBytes + view.getUint32(at, true);
    if (end > bytes.length || view.getUint32(at + 8, true) !== maskedCrc32c(bytes.subarray(at, at + 8))) continue;
    const event = bytes.subarray(at + headBytes, end - 4);
    if (view.getUint32(end - 4, true) === maskedCrc32c(event)) return stepOf(event) <= lastStep;
  }
  return false;
}

/**
 * Length of the part of an event file that is whole and not past a step: it ends before the first record whose checksum
 * is wrong, whose bytes are not all there, or whose step is greater. 0 when the file is no event file of this program.
 */
export function goodLength(bytes: Uint8Array, lastStep: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + frameBytes <= bytes.length) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== maskedCrc32c(bytes.subarray(at, at + 8))) break;
    const end = at + frameBytes + length;
    if (end > bytes.length) break;
    const event = bytes.subarray(at + headBytes, end - 4);
    if (view.getUint32(end - 4, true) !== maskedCrc32c(event) || stepOf(event) > lastStep) break;
    at = end;
  }
  return at;
}
