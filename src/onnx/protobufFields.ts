import { fstatSync, readSync } from "node:fs";

/** Bytes `start` to `end` of a message; fewer where it ends before. What comes is valid until the next call. */
export type ReadBytes = (start: number, end: number) => Uint8Array;

/** One field of a protobuf message: its number and wire type, where it starts, and where its content lies. */
export interface ProtobufField {
  readonly number: number;
  readonly wire: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
  /** The number of a varint field (exact up to 2^53); null for the other wire types. */
  readonly value: number | null;
}

/** The longest varint. */
const varintBytes = 10;

/** Fields of one message: the largest models have some hundred thousand nodes. */
const mostFields = 2 ** 22;

/**
 * The fields of a message between two places, one after the other; their contents are not read.
 * @throws RangeError for bytes that are no message
 */
export function* fieldsOf(read: ReadBytes, start: number, end: number): Generator<ProtobufField> {
  let position = start;
  const varint = (): number => {
    const bytes = read(position, Math.min(end, position + varintBytes));
    let value = 0;
    for (const [index, byte] of bytes.entries()) {
      value += (byte & 127) * 128 ** index;
      if (byte < 128) {
        position += index + 1;
        return value;
      }
    }
    throw new RangeError(bytes.length === varintBytes ? "a number is longer than 64 bits" : "a field is cut off");
  };
  for (let count = 0; position < end; count++) {
    if (count === mostFields) throw new RangeError(`over ${mostFields} fields in one message`);
    const fieldStart = position;
    const key = varint();
    // As a stretch of zeros begins.
    if (key < 8) throw new RangeError("a field has the number 0");
    const wire = key & 7;
    let contentStart = position;
    let value: number | null = null;
    if (wire === 0) value = varint();
    else if (wire === 1 || wire === 5) position += wire === 1 ? 8 : 4;
    else if (wire === 2) {
      const length = varint();
      contentStart = position;
      position += length;
    } else throw new RangeError(`wire type ${wire}`);
    if (position > end) throw new RangeError("a field is longer than what holds it");
    yield { number: Math.floor(key / 8), wire, start: fieldStart, contentStart, end: position, value };
  }
}

/** The varints that a packed field holds end to end. @throws RangeError where the last is cut off */
export function packedVarints(bytes: Uint8Array): number[] {
  const values: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte > 127) continue;
    values.push(value);
    value = 0;
    scale = 1;
  }
  if (scale !== 1) throw new RangeError("a number is cut off");
  return values;
}

/** Reads from an open file; what lies near each other is read at once, and gigabytes of weights between not at all. */
export function fileBytes(descriptor: number): { readonly read: ReadBytes; readonly size: number } {
  const window = Buffer.alloc(1 << 16);
  let windowStart = 0;
  let windowLength = 0;
  const read: ReadBytes = (start, end) => {
    if (end - start > window.length) {
      const bytes = Buffer.alloc(end - start);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, start));
    }
    if (start < windowStart || end > windowStart + windowLength) {
      windowStart = start;
      windowLength = readSync(descriptor, window, 0, window.length, start);
    }
    return window.subarray(start - windowStart, Math.min(windowLength, end - windowStart));
  };
  return { read, size: fstatSync(descriptor).size };
}
