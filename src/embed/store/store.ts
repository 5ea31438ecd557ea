import { ScidocsError } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";
import { SegmentReader } from "./segmentReader.ts";
import { SegmentWriter } from "./segmentWriter.ts";
import type { StoredJob, StoreEntry } from "./storeEntries.ts";
import { decodeVectors, encodeJob, encodeVectors } from "./storeFormat.ts";
import { requireIdentity, type StoreIdentity } from "./storeHeader.ts";
import { StoreIndex } from "./storeIndex.ts";
import { isStored, type StorePlace, segmentPaths, storePlace } from "./storePlace.ts";
import { tidySegments } from "./tidySegments.ts";

export type { StoredJob, StoreEntry } from "./storeEntries.ts";
export type { StoreIdentity } from "./storeHeader.ts";
export { requireSpace, segmentPaths, storeBytesFor, storePlace } from "./storePlace.ts";

/** A vector as it comes out of a store. */
export interface StoredVector {
  readonly vector: Float32Array;
  readonly truncated: boolean;
}

/** What embedding asks of a store. */
export type EmbeddingStore = Pick<
  VectorStore,
  "folder" | "jobs" | "has" | "read" | "beginJob" | "append" | "refresh" | "isShared"
>;

/** Milliseconds between flushes to the disk: a power cut costs at most this much work, a kill costs none. */
const flushEveryMs = 2000;
/** How often the own segment may be found removed by others before that is an error. */
const openAttempts = 100;

/** With more segments than this, they are joined before the store is opened, and not only after. */
const manySegments = 64;

/**
 * Vectors on disk, under one fingerprint, in segments: each writer has one of its own, and reads those of all others, which may be
 * growing. Nothing is locked. Every record carries a checksum; a batch is one record, so that after a kill it is there whole or not at
 * all. It owns open files, so it must be closed. Get one from {@link openVectorStore}.
 */
export class VectorStore {
  /** The folder of the segments; there is none before something is stored. */
  readonly folder: string;
  private readonly place: StorePlace;
  private readonly identity: StoreIdentity;
  private readonly index = new StoreIndex();
  private readonly segments = new Map<string, SegmentReader>();
  private readonly writer: SegmentWriter;
  /** The segment that is being written, for reading. */
  private own: SegmentReader | null = null;
  private readonly formerOwn: SegmentReader[] = [];
  private lastFlushMs = 0;
  private flushing: Promise<void> = Promise.resolve();

  /** @internal */
  constructor(place: StorePlace, identity: StoreIdentity) {
    this.place = place;
    this.folder = place.folder;
    this.identity = identity;
    this.writer = new SegmentWriter(place.folder, identity);
  }

  /** Jobs that were begun, finished ones included. */
  get jobs(): readonly StoredJob[] {
    return this.index.jobs;
  }

  /** Number of keys with a vector. */
  get size(): number {
    return this.index.places.size;
  }

  /** Bytes that cannot be read: between good records, or whole segments without a beginning. What they held is embedded again. */
  get damagedBytes(): number {
    return [...this.segments.values()].reduce((sum, { damagedBytes }) => sum + damagedBytes, 0);
  }

  /** Keys with several vectors that differ; every reader takes the same one of them. */
  get conflicts(): number {
    return this.index.conflicts.size;
  }

  has(key: string): boolean {
    return this.index.places.has(key);
  }

  /**
   * The vector of a key, or null.
   * @throws ScidocsError `BAD_INPUT` when the disk gives back other bytes than those that were found under this key
   */
  read(key: string): StoredVector | null {
    const place = this.index.places.get(key);
    if (place === undefined) return null;
    const { segment, offset, dimensions, crc, truncated } = place;
    return { vector: segment.vectorAt(offset, dimensions, crc), truncated };
  }

  /** Notes what is about to be embedded, so that a run which is stopped can be taken up in the same batches. */
  beginJob(job: StoredJob): void {
    if (this.index.hasJob(job)) return;
    this.write("J", encodeJob(job));
    this.index.jobs.push(job);
  }

  /**
   * Appends one batch, whole or not at all. A key that is stored already keeps its first vector.
   * @throws ScidocsError `UNAVAILABLE` when it cannot be written; what was stored before stays
   */
  append(entries: readonly StoreEntry[], vectors: Float32Array, dimensions: number): void {
    const fresh = [...entries.keys()].filter((index) => !this.has(entries[index]?.key ?? ""));
    if (fresh.length === 0) return;
    const kept = fresh.map((index) => entries[index]).filter((entry) => entry !== undefined);
    const block = new Float32Array(fresh.length * dimensions);
    for (const [row, index] of fresh.entries()) {
      block.set(vectors.subarray(index * dimensions, (index + 1) * dimensions), row * dimensions);
    }
    const payload = encodeVectors(kept, block, dimensions);
    const { segment, payloadStart } = this.write("V", payload);
    for (const entry of decodeVectors(payload)?.entries ?? []) {
      this.index.place(segment, payloadStart, dimensions, entry);
    }
    this.flushNowAndThen();
  }

  /**
   * Takes in what other processes have stored since the last time.
   * @throws ScidocsError `BAD_INPUT` when a segment cannot be read or holds vectors made otherwise, `INTERRUPTED`
   */
  async refresh(control: RunControl = {}): Promise<void> {
    for (const path of segmentPaths(this.place)) {
      if (path === this.writer.path) continue;
      const segment = this.segments.get(path) ?? SegmentReader.open(path);
      if (segment === null) continue;
      this.segments.set(path, segment);
      if (path === this.place.file && this.place.isFileNamed) segment.requireHeader();
      await segment.scan((record) => this.index.add(segment, record), control);
      if (segment.identity !== null) requireIdentity(path, segment.identity, this.identity);
    }
  }

  /** Whether another process may be storing into this store just now. */
  isShared(): boolean {
    return [...this.segments.values()].some(({ isFinished, problem }) => !isFinished && problem === null);
  }

  /** Flushes to the disk, ends the own segment, and joins small ones where there are many. */
  async close(): Promise<void> {
    try {
      await this.flushing;
      const hasWritten = this.writer.path !== null;
      await this.writer.close();
      if (hasWritten) await tidied(this.folder);
    } finally {
      for (const segment of [...this.segments.values(), ...this.formerOwn]) segment.close();
      this.own?.close();
    }
  }

  private write(type: "J" | "V", payload: Buffer): { segment: SegmentReader; payloadStart: number } {
    const payloadStart = this.writer.write(type, payload);
    for (let attempt = 0; attempt < openAttempts; attempt++) {
      const { path } = this.writer;
      if (this.own !== null && this.own.path === path) return { segment: this.own, payloadStart };
      // What is indexed in a segment that was removed stays readable as long as it is open.
      if (this.own !== null) this.formerOwn.push(this.own);
      this.own = path === null ? null : SegmentReader.open(path);
      // Joined with others and removed between the two calls: the records, at the same places, in another one.
      if (this.own === null) this.writer.restore();
    }
    throw new ScidocsError("UNAVAILABLE", `${this.folder}: is removed again and again while it is in use`);
  }

  private flushNowAndThen(): void {
    const now = performance.now();
    if (now - this.lastFlushMs < flushEveryMs) return;
    this.lastFlushMs = now;
    this.flushing = this.flushing.then(() => this.writer.flush());
  }
}

/**
 * Opens the store of a fingerprint; there need not be one yet. Any number of processes may have it open.
 * @param place a folder, which holds a store a fingerprint; one such store; or a file with vectors, which is read, while new ones go into
 *   a store beside it
 * @throws ScidocsError `BAD_INPUT` for a file that is not a store or holds vectors of another fingerprint, naming what differs, and for a
 *   place that cannot be read; `INTERRUPTED`
 */
export async function openVectorStore(
  place: string,
  identity: StoreIdentity,
  control: RunControl = {},
): Promise<VectorStore> {
  const where = storePlace(place, identity.fingerprint);
  if (segmentPaths(where).length > manySegments) await tidied(where.folder);
  const store = new VectorStore(where, identity);
  try {
    await store.refresh(control);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Whether a store for a fingerprint has been begun at a place. */
export function hasVectorStore(place: string, fingerprint: string): boolean {
  return isStored(storePlace(place, fingerprint));
}

/** A store that cannot be tidied, being on a full disk or not ours, is as good as before. */
async function tidied(folder: string): Promise<void> {
  try {
    await tidySegments(folder);
  } catch {}
}
