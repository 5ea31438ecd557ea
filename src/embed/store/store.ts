import { closeSync, existsSync, fdatasync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileError, ScidocsError } from "../../errors.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { acquireLock } from "../../files/processLock.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { encodeHeader, encodeJob, encodeRecord, encodeVectors, recordHeadBytes } from "./storeFormat.ts";
import { checkHeader, type StoreIdentity } from "./storeHeader.ts";
import { type StoreContent, scanRecords, type VectorPlace } from "./storeScan.ts";

export type { StoreIdentity } from "./storeHeader.ts";

/** Work that a run began: the texts it set out to embed, in the order that settles their batches. */
export interface StoredJob {
  readonly batchTokens: number;
  /** Texts of one window; each window is cut into batches by itself. */
  readonly windowTexts: number;
  readonly keys: readonly string[];
}

/** One text's vector on its way into a store. */
export interface StoreEntry {
  /** SHA-256 (hex) that names the text, or whatever the vector belongs to. */
  readonly key: string;
  /** A paper that bears it, for people who look into the file. */
  readonly paperId: string;
  /** Whether the text was cut to the maximum length. */
  readonly truncated: boolean;
}

/** A vector as it comes out of a store. */
export interface StoredVector {
  readonly vector: Float32Array;
  readonly truncated: boolean;
}

/** Milliseconds between flushes to the disk: a power cut costs at most this much work, a kill costs none. */
const flushEveryMs = 2000;

/** Bytes of a record's entry beside its vector, with a 40-character paper id. */
const entryBytes = 75;

/**
 * Vectors on disk, each key's once, under one fingerprint. Every record carries a checksum; a batch is one record, so that after a kill
 * it is there whole or not at all. It owns a file and a lock, so it must be closed. Get one from {@link openVectorStore}.
 */
export class VectorStore {
  readonly file: string;
  /** Jobs in the order in which they were begun, finished ones included. */
  readonly jobs: readonly StoredJob[];
  /** Bytes at the end that a run which was killed had begun to write; they have been cut off. */
  readonly tornBytes: number;
  /** Bytes between good records that cannot be read; what they held is embedded again. */
  readonly damagedBytes: number;
  private readonly places: Map<string, VectorPlace>;
  private readonly descriptor: number;
  private readonly releaseLock: () => Promise<void>;
  private end: number;
  private lastFlushMs = 0;
  private flushing: Promise<void> = Promise.resolve();

  /** @internal */
  constructor(file: string, content: StoreContent, descriptor: number, releaseLock: () => Promise<void>) {
    this.file = file;
    this.jobs = content.jobs;
    this.tornBytes = content.tornBytes;
    this.damagedBytes = content.damagedBytes;
    this.places = content.places;
    this.end = content.end;
    this.descriptor = descriptor;
    this.releaseLock = releaseLock;
  }

  /** Number of keys with a vector. */
  get size(): number {
    return this.places.size;
  }

  has(key: string): boolean {
    return this.places.has(key);
  }

  /** The vector of a key, or null. */
  read(key: string): StoredVector | null {
    const place = this.places.get(key);
    if (place === undefined) return null;
    const vector = new Float32Array(place.dimensions);
    const read = readSync(this.descriptor, vector, 0, vector.byteLength, place.offset);
    if (read !== vector.byteLength) throw fileError(this.file, null, "was cut off while it was in use; run again");
    return { vector, truncated: place.truncated };
  }

  /** Notes what is about to be embedded, so that a run which is stopped can be taken up in the same batches. */
  beginJob(job: StoredJob): void {
    this.write(encodeRecord("J", encodeJob(job.batchTokens, job.windowTexts, job.keys)));
  }

  /**
   * Appends one batch, whole or not at all. A key that is stored already keeps its first vector.
   * @throws ScidocsError `UNAVAILABLE` when the disk is full; what was stored before stays
   */
  append(entries: readonly StoreEntry[], vectors: Float32Array, dimensions: number): void {
    const fresh = [...entries.keys()].filter((index) => !this.places.has(entries[index]?.key ?? ""));
    if (fresh.length === 0) return;
    const kept = fresh.map((index) => entries[index]).filter((entry) => entry !== undefined);
    const block = new Float32Array(fresh.length * dimensions);
    for (const [row, index] of fresh.entries()) {
      block.set(vectors.subarray(index * dimensions, (index + 1) * dimensions), row * dimensions);
    }
    const payload = encodeVectors(kept, block, dimensions);
    const first = this.end + recordHeadBytes + payload.length - block.byteLength;
    this.write(encodeRecord("V", payload));
    for (const [row, { key, truncated }] of kept.entries()) {
      this.places.set(key, { offset: first + row * dimensions * 4, dimensions, truncated });
    }
    this.flushNowAndThen();
  }

  /** Flushes to the disk and gives the file free. */
  async close(): Promise<void> {
    await this.flushing;
    await this.flush();
    closeSync(this.descriptor);
    await this.releaseLock();
  }

  private write(record: Buffer): void {
    try {
      for (let done = 0; done < record.length; ) {
        done += writeSync(this.descriptor, record, done, record.length - done, this.end + done);
      }
    } catch (cause) {
      // Half a record is of no use to anyone; where even this fails, the next run cuts it off.
      try {
        ftruncateSync(this.descriptor, this.end);
      } catch {}
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ScidocsError(
        "UNAVAILABLE",
        `${this.file}: cannot be written (${reason}); ${this.places.size} vectors are kept: free some space and run again, or use --store DIR`,
        { cause },
      );
    }
    this.end += record.length;
  }

  private flushNowAndThen(): void {
    const now = performance.now();
    if (now - this.lastFlushMs < flushEveryMs) return;
    this.lastFlushMs = now;
    this.flushing = this.flushing.then(() => this.flush());
  }

  private flush(): Promise<void> {
    // A disk that cannot flush loses nothing but safety against power cuts; the checksums tell what survived one.
    return new Promise((resolve) => fdatasync(this.descriptor, () => resolve()));
  }
}

/** Bytes that so many more vectors take in a store, about. */
export function storeBytesFor(count: number, dimensions: number): number {
  return count === 0 ? 0 : count * (4 * dimensions + entryBytes + 32) + 1024;
}

/**
 * Checks that the disk behind a file has room; the file need not be there yet.
 * @throws ScidocsError `UNAVAILABLE` naming what is needed and what is there
 */
export async function requireSpace(file: string, bytes: number): Promise<void> {
  let folder = dirname(resolve(file));
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const mib = (value: number): string => `${(value / 2 ** 20).toFixed(1)} MiB`;
  throw new ScidocsError(
    "UNAVAILABLE",
    `${folder}: the vectors need ${mib(bytes)} and the disk has ${mib(free)}; free some, or keep them elsewhere with --store DIR`,
  );
}

/** The file that holds a fingerprint's vectors: the place itself if it is a file, else one in that folder. */
export function storeFile(place: string, fingerprint: string): string {
  if (existsSync(place) && statSync(place).isFile()) return place;
  return join(place, `${fingerprint.slice(0, 16)}.vectors`);
}

/**
 * Opens the store of a fingerprint, making it where there is none, and locks it.
 * @param place a folder, which holds one file a fingerprint, or such a file
 * @throws ScidocsError `BAD_INPUT` for a file that is not a store or holds vectors of another fingerprint, naming what differs;
 *   `UNAVAILABLE` when another process has it open
 */
export async function openVectorStore(place: string, identity: StoreIdentity): Promise<VectorStore> {
  const file = storeFile(place, identity.fingerprint);
  const releaseLock = await lockStore(file);
  try {
    if (!existsSync(file)) await writeWhole(file, encodeHeader({ ...identity }));
    const start = await checkHeader(file, identity);
    const content = await scanRecords(file, start);
    const descriptor = openSync(file, "r+");
    if (content.tornBytes > 0) ftruncateSync(descriptor, content.end);
    return new VectorStore(file, content, descriptor, releaseLock);
  } catch (error) {
    await releaseLock();
    throw error;
  }
}

async function lockStore(file: string): Promise<() => Promise<void>> {
  const path = `${file}.lock`;
  try {
    makeFolder(dirname(file));
    const outcome = await acquireLock(path);
    if ("release" in outcome) return outcome.release;
    const { pid, host } = outcome.holder;
    throw new ScidocsError(
      "UNAVAILABLE",
      `${file}: in use by another scidocs (process ${pid} on ${host}); wait for it to end, use another --store DIR, or delete ${path} if there is none`,
    );
  } catch (cause) {
    if (cause instanceof ScidocsError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ScidocsError(
      "UNAVAILABLE",
      `${dirname(file)}: vectors cannot be kept there (${reason}); use --store DIR`,
      {
        cause,
      },
    );
  }
}
