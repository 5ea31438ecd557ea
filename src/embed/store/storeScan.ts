import { type FileHandle, open } from "node:fs/promises";
import {
  decodeJob,
  decodeRecordHead,
  decodeVectors,
  isGoodRecord,
  recordHeadBytes,
  recordMagic,
} from "./storeFormat.ts";

/** Where a vector lies in a store's file. */
export interface VectorPlace {
  readonly offset: number;
  readonly dimensions: number;
  readonly truncated: boolean;
}

/** What the records of a store's file hold. */
export interface StoreContent {
  readonly jobs: { batchTokens: number; windowTexts: number; keys: string[] }[];
  /** The first vector of each key. */
  readonly places: Map<string, VectorPlace>;
  /** Where the last good record ends; what follows is a torn tail. */
  readonly end: number;
  readonly tornBytes: number;
  /** Bytes between good records that are not a good record. */
  readonly damagedBytes: number;
}

/**
 * Reads all records of a store's file and checks every checksum. Damage is passed over: the reader looks for the next good record.
 * @param start where the header ends
 */
export async function scanRecords(path: string, start: number): Promise<StoreContent> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const jobs: StoreContent["jobs"] = [];
    const places = new Map<string, VectorPlace>();
    let damagedBytes = 0;
    let end = start;
    let position: number | null = start;
    while (position !== null && position < size) {
      const record = await readRecord(handle, position, size);
      if (record === null) {
        position = await nextMagic(handle, position + 1, size);
        continue;
      }
      damagedBytes += position - end;
      const payloadStart = position + recordHeadBytes;
      if (record.type === "J") jobs.push(decodeJob(record.payload));
      else {
        const { dimensions, entries } = decodeVectors(record.payload);
        for (const { key, truncated, vectorOffset } of entries) {
          if (!places.has(key)) places.set(key, { offset: payloadStart + vectorOffset, dimensions, truncated });
        }
      }
      position = payloadStart + record.payload.length;
      end = position;
    }
    return { jobs, places, end, tornBytes: size - end, damagedBytes };
  } finally {
    await handle.close();
  }
}

/** The good record at a position, or null. */
async function readRecord(
  handle: FileHandle,
  position: number,
  size: number,
): Promise<{ type: "J" | "V"; payload: Buffer } | null> {
  const head = await readBytes(handle, position, recordHeadBytes);
  const decoded = decodeRecordHead(head);
  if (decoded === null || position + recordHeadBytes + decoded.payloadBytes > size) return null;
  const payload = await readBytes(handle, position + recordHeadBytes, decoded.payloadBytes);
  return isGoodRecord(head, payload) ? { type: decoded.type, payload } : null;
}

async function readBytes(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** The next place from `position` on where a record might begin. */
async function nextMagic(handle: FileHandle, position: number, size: number): Promise<number | null> {
  const step = 1 << 20;
  for (let start = position; start < size; start += step) {
    // Chunks overlap by 3 bytes, for a mark that lies across their border.
    const chunk = await readBytes(handle, start, Math.min(step + recordMagic.length - 1, size - start));
    const found = chunk.indexOf(recordMagic);
    if (found !== -1) return start + found;
  }
  return null;
}
