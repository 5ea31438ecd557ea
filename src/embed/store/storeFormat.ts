import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { StoredJob, StoreEntry } from "./storeEntries.ts";

/*
 * A segment of a vector store is one append-only file with one writer.
 *
 *   header   "SCIDVEC1", u32 length, that many bytes of JSON { fingerprint, settings }, SHA-256 of all before
 *   records  "\x1dREC", type (u8), 3 zero bytes, u32 length of the payload, the first 16 bytes of the SHA-256 of type, length and
 *            payload, the payload
 *
 * Payload of a job "J":     u32 batch tokens, u32 texts a window, u32 count, then 32 bytes a key
 * Payload of vectors "V":   u32 count, u32 dimensions, then for each: key (32 bytes), flags (u8), length of the paper id (u16), id (UTF-8);
 *                           then zero bytes up to a multiple of 4, then count x dimensions float32
 * Payload of the end "E":   empty. Its writer has ended: nothing will follow.
 *
 * All numbers are little-endian. A record is good when its checksum is; whatever is not a good record is passed over.
 */

export const headerMagic = Buffer.from("SCIDVEC1", "latin1");
export const recordMagic = Buffer.from("\x1dREC", "latin1");
/** Bytes of a record before its payload. */
export const recordHeadBytes = 28;

export type RecordType = "J" | "V" | "E";

/** A record's beginning, before its checksum has been looked at. */
export interface RecordHead {
  readonly type: RecordType;
  readonly payloadBytes: number;
  readonly checksum: Buffer;
}

/** A vector record's entry. */
export interface VectorEntry extends StoreEntry {
  /** Where its vector begins in the payload. */
  readonly vectorOffset: number;
  /** CRC-32 of the vector's bytes: what a reader must find again when it comes back for the vector. */
  readonly crc: number;
}

/** The header of a segment. */
export function encodeHeader(content: object): Buffer {
  const json = Buffer.from(JSON.stringify(content), "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const head = Buffer.concat([headerMagic, length, json]);
  return Buffer.concat([head, createHash("sha256").update(head).digest()]);
}

function checksumOf(head: Buffer, payload: Buffer): Buffer {
  return createHash("sha256").update(head).update(payload).digest().subarray(0, 16);
}

/** A whole record. */
export function encodeRecord(type: RecordType, payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 0, "latin1");
  head.writeUInt32LE(payload.length, 4);
  return Buffer.concat([recordMagic, head, checksumOf(head, payload), payload]);
}

/** Reads the beginning of a record; null when there is none at the start of `bytes`. */
export function decodeRecordHead(bytes: Buffer): RecordHead | null {
  if (bytes.length < recordHeadBytes || !bytes.subarray(0, 4).equals(recordMagic)) return null;
  const type = String.fromCharCode(bytes[4] ?? 0);
  if (type !== "J" && type !== "V" && type !== "E") return null;
  return { type, payloadBytes: bytes.readUInt32LE(8), checksum: bytes.subarray(12, 28) };
}

/** Whether a payload is the one that the record's checksum was made of. */
export function isGoodRecord(head: Buffer, payload: Buffer): boolean {
  return checksumOf(head.subarray(4, 12), payload).equals(head.subarray(12, 28));
}

/** The payload of a job. Keys are SHA-256 in hex. */
export function encodeJob({ batchTokens, windowTexts, keys }: StoredJob): Buffer {
  const payload = Buffer.alloc(12 + 32 * keys.length);
  payload.writeUInt32LE(batchTokens, 0);
  payload.writeUInt32LE(windowTexts, 4);
  payload.writeUInt32LE(keys.length, 8);
  for (const [index, key] of keys.entries()) payload.write(key, 12 + 32 * index, 32, "hex");
  return payload;
}

/** Reads the payload of a job; null when it contradicts itself, as no writer of ours makes it. */
export function decodeJob(payload: Buffer): StoredJob | null {
  if (payload.length < 12 || payload.length !== 12 + 32 * payload.readUInt32LE(8)) return null;
  const keys = Array.from({ length: payload.readUInt32LE(8) }, (_, index) =>
    payload.toString("hex", 12 + 32 * index, 44 + 32 * index),
  );
  const [batchTokens, windowTexts] = [payload.readUInt32LE(0), payload.readUInt32LE(4)];
  return batchTokens === 0 || windowTexts === 0 ? null : { batchTokens, windowTexts, keys };
}

/** The payload of vectors; `vectors` holds `dimensions` numbers an entry. */
export function encodeVectors(entries: readonly StoreEntry[], vectors: Float32Array, dimensions: number): Buffer {
  const ids = entries.map(({ paperId }) => Buffer.from(paperId, "utf8").subarray(0, 0xffff));
  const entryBytes = ids.reduce((sum, id) => sum + 35 + id.length, 8);
  const start = Math.ceil(entryBytes / 4) * 4;
  const payload = Buffer.alloc(start + vectors.byteLength);
  payload.writeUInt32LE(entries.length, 0);
  payload.writeUInt32LE(dimensions, 4);
  let offset = 8;
  for (const [index, entry] of entries.entries()) {
    const id = ids[index] ?? Buffer.alloc(0);
    payload.write(entry.key, offset, 32, "hex");
    payload.writeUInt8(entry.truncated ? 1 : 0, offset + 32);
    payload.writeUInt16LE(id.length, offset + 33);
    id.copy(payload, offset + 35);
    offset += 35 + id.length;
  }
  Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength).copy(payload, start);
  return payload;
}

/** Reads the entries of a vector payload; null when it contradicts itself, as no writer of ours makes it. */
export function decodeVectors(payload: Buffer): { dimensions: number; entries: VectorEntry[] } | null {
  if (payload.length < 8) return null;
  const count = payload.readUInt32LE(0);
  const dimensions = payload.readUInt32LE(4);
  const bytes = dimensions * 4;
  if (dimensions === 0 || 8 + count * (35 + bytes) > payload.length) return null;
  const found: Omit<VectorEntry, "vectorOffset" | "crc">[] = [];
  let offset = 8;
  for (let index = 0; index < count; index++) {
    if (offset + 35 > payload.length) return null;
    const idBytes = payload.readUInt16LE(offset + 33);
    found.push({
      key: payload.toString("hex", offset, offset + 32),
      truncated: payload.readUInt8(offset + 32) === 1,
      paperId: payload.toString("utf8", offset + 35, offset + 35 + idBytes),
    });
    offset += 35 + idBytes;
  }
  const start = Math.ceil(offset / 4) * 4;
  if (start + count * bytes !== payload.length || !areFinite(payload, start)) return null;
  const entries = found.map((entry, index) => {
    const vectorOffset = start + index * bytes;
    return { ...entry, vectorOffset, crc: crc32(payload.subarray(vectorOffset, vectorOffset + bytes)) };
  });
  return { dimensions, entries };
}

/** Whether all float32 from a place to the end are numbers: the exponent of the others has all its bits. */
function areFinite(payload: Buffer, start: number): boolean {
  for (let at = start; at < payload.length; at += 4) {
    if (((payload[at + 3] ?? 0) & 0x7f) === 0x7f && (payload[at + 2] ?? 0) > 127) return false;
  }
  return true;
}
