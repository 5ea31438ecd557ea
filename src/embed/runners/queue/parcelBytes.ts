import { crc32 } from "node:zlib";
import type { InferenceReply, InferenceRequest } from "../inference.ts";

/** The bytes of some requests: 32-bit integers, little-endian, each list with its length before it. */
export function encodeRequests(requests: readonly InferenceRequest[]): Buffer {
  const lists = requests.flatMap(({ lengths, ids, positions }) => [
    lengths,
    ids,
    Int32Array.of(positions === null ? 0 : 1),
    ...(positions ?? []),
  ]);
  const values = new Int32Array(1 + lists.reduce((sum, list) => sum + 1 + list.length, 0));
  values[0] = requests.length;
  let at = 1;
  for (const list of lists) {
    values[at] = list.length;
    values.set(list, at + 1);
    at += 1 + list.length;
  }
  return Buffer.from(values.buffer);
}

/**
 * Reads what {@link encodeRequests} wrote.
 * @throws RangeError when the bytes are not whole
 */
export function decodeRequests(bytes: Uint8Array): InferenceRequest[] {
  if (bytes.length % 4 !== 0) throw new RangeError("not whole numbers");
  const values = new Int32Array(new Uint8Array(bytes).buffer);
  let at = 1;
  const list = (): Int32Array => {
    const length = values[at] ?? -1;
    const end = at + 1 + length;
    if (length < 0 || end > values.length) throw new RangeError("a list is not whole");
    const items = values.slice(at + 1, end);
    at = end;
    return items;
  };
  // Each has three lists at least.
  const count = values[0] ?? 0;
  if (count < 0 || 3 * count > values.length) throw new RangeError("not as many requests as it says");
  const requests = Array.from({ length: count }, (): InferenceRequest => {
    const lengths = list();
    const ids = list();
    const hasPositions = list()[0] === 1;
    // A model is given room by these lengths, before it is given the ids.
    const isWhole = lengths.every((length) => length > 0) && lengths.reduce((sum, one) => sum + one, 0) === ids.length;
    if (!isWhole) throw new RangeError("the lengths are not those of its texts");
    return { lengths, ids, positions: hasPositions ? Array.from(lengths, list) : null };
  });
  if (at !== values.length) throw new RangeError("more than the requests");
  return requests;
}

/** What a worker sends back for a parcel. */
export interface ParcelReply {
  /** The worker's id. */
  readonly worker: string;
  /** What a user should hear of the model, after the worker's trial; null for nothing. */
  readonly note: string | null;
  readonly replies: readonly InferenceReply[];
}

const replyHead = 20;

/** The longest note that is sent, in bytes. */
const longestNote = 4096;

/** Bytes that a text takes, the next number beginning at a multiple of four. */
const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** The checksum of a reply: of the parcel's name as well, so that none is ever taken for the reply to another. */
function checksum(parcel: string, rest: Uint8Array): number {
  return crc32(rest, crc32(parcel));
}

/**
 * The bytes of a reply: checksum of parcel and rest, length of the worker's id, dimensions, texts, length of the note; id and note, each
 * padded; the vectors.
 */
export function encodeReply(parcel: string, { worker, note, replies }: ParcelReply): Buffer {
  const id = Buffer.from(worker, "utf8");
  const said = Buffer.from(note ?? "", "utf8").subarray(0, longestNote);
  const dimensions = replies[0]?.dimensions ?? 0;
  const texts = replies.reduce((sum, { vectors }) => sum + vectors.length / Math.max(1, dimensions), 0);
  const head = Buffer.alloc(replyHead + padded(id.length) + padded(said.length));
  head.writeUInt32LE(id.length, 4);
  head.writeUInt32LE(dimensions, 8);
  head.writeUInt32LE(texts, 12);
  head.writeUInt32LE(said.length, 16);
  id.copy(head, replyHead);
  said.copy(head, replyHead + padded(id.length));
  const bytes = Buffer.concat([
    head,
    ...replies.map(({ vectors }) => Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength)),
  ]);
  bytes.writeUInt32LE(checksum(parcel, bytes.subarray(4)), 0);
  return bytes;
}

/**
 * Reads what {@link encodeReply} wrote.
 * @param counts texts of each batch of the parcel
 * @returns null when the bytes are damaged, or belong to another parcel
 */
export function decodeReply(parcel: string, bytes: Buffer, counts: readonly number[]): ParcelReply | null {
  if (bytes.length < replyHead || checksum(parcel, bytes.subarray(4)) !== bytes.readUInt32LE(0)) return null;
  const idLength = bytes.readUInt32LE(4);
  const dimensions = bytes.readUInt32LE(8);
  const texts = counts.reduce((sum, count) => sum + count, 0);
  const noteLength = bytes.readUInt32LE(16);
  const noteStart = replyHead + padded(idLength);
  const start = noteStart + padded(noteLength);
  if (dimensions === 0 || bytes.readUInt32LE(12) !== texts || bytes.length !== start + 4 * texts * dimensions)
    return null;
  let at = start;
  const replies = counts.map((count): InferenceReply => {
    const vectors = new Float32Array(count * dimensions);
    const size = vectors.byteLength;
    new Uint8Array(vectors.buffer).set(bytes.subarray(at, at + size));
    at += size;
    return { vectors, dimensions, elapsedMs: 0 };
  });
  return {
    worker: bytes.toString("utf8", replyHead, replyHead + idLength),
    note: noteLength === 0 ? null : bytes.toString("utf8", noteStart, noteStart + noteLength),
    replies,
  };
}
