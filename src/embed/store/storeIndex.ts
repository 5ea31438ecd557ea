import { createHash } from "node:crypto";
import type { SegmentReader, SegmentRecord } from "./segmentReader.ts";
import type { StoredJob } from "./storeEntries.ts";
import { encodeJob, type VectorEntry } from "./storeFormat.ts";

/** Where a vector lies in a segment, and the checksum that its bytes must have. */
export interface VectorPlace {
  readonly segment: SegmentReader;
  readonly offset: number;
  readonly dimensions: number;
  readonly truncated: boolean;
  readonly crc: number;
}

/** What the records of a store's segments hold, taken together. */
export class StoreIndex {
  /** One vector of each key. */
  readonly places = new Map<string, VectorPlace>();
  /** Jobs, each once, in the order in which they were found. */
  readonly jobs: StoredJob[] = [];
  /** Keys with vectors that differ, as two machines, or two batches, compute them. */
  readonly conflicts = new Set<string>();
  /** Vectors beyond the first of their key. */
  doubles = 0;
  private readonly knownJobs = new Set<string>();

  /** Whether a job is here; if not, it is from now on. */
  hasJob(job: StoredJob): boolean {
    const name = createHash("sha256").update(encodeJob(job)).digest("hex");
    if (this.knownJobs.has(name)) return true;
    this.knownJobs.add(name);
    return false;
  }

  /** Takes a record in. */
  add(segment: SegmentReader, record: SegmentRecord): void {
    if (record.type === "J" && !this.hasJob(record.job)) this.jobs.push(record.job);
    if (record.type !== "V") return;
    for (const entry of record.entries) this.place(segment, record.payloadStart, record.dimensions, entry);
  }

  /**
   * Notes where a key's vector lies. Of two that differ, the one with the smaller checksum counts, wherever it lies, so that every
   * reader takes the same.
   */
  place(segment: SegmentReader, payloadStart: number, dimensions: number, entry: VectorEntry): void {
    const { key, truncated, vectorOffset, crc } = entry;
    const known = this.places.get(key);
    if (known !== undefined) {
      this.doubles++;
      if (known.crc === crc) return;
      this.conflicts.add(key);
      if (known.crc < crc) return;
    }
    this.places.set(key, { segment, offset: payloadStart + vectorOffset, dimensions, truncated, crc });
  }
}
