import { closeSync, fstatSync } from "node:fs";
import { crc32 } from "node:zlib";
import { fileError } from "../../errors.ts";
import { isNotFound, pathError } from "../../files/pathError.ts";
import { openRegularSync, readAtSync } from "../../files/regularFile.ts";
import type { RunControl } from "../../progress.ts";
import { breathe } from "../../threads/breathe.ts";
import type { StoredJob } from "./storeEntries.ts";
import {
  decodeJob,
  decodeRecordHead,
  decodeVectors,
  isGoodRecord,
  recordHeadBytes,
  recordMagic,
  type VectorEntry,
} from "./storeFormat.ts";
import { readHeader, type StoreIdentity } from "./storeHeader.ts";

/** A record whose checksum is good, as read. */
export type SegmentRecord = {
  readonly payload: Buffer;
  /** Where the payload begins in the file. */
  readonly payloadStart: number;
} & (
  | { readonly type: "J"; readonly job: StoredJob }
  | { readonly type: "V"; readonly dimensions: number; readonly entries: readonly VectorEntry[] }
  | { readonly type: "E" }
);

/** Bytes that may be read of records which turn out to be none: those of a damaged file, and four times its size. */
const mostInVain = (size: number): number => 2 ** 26 + 4 * size;

/** Bytes read between two looks at timers and signals. */
const breatheBytes = 16 * 2 ** 20;

/**
 * One segment of a store, open for reading. It may be growing under its writer's hands: {@link scan} goes on where the last one ended.
 * Being open it outlives its own removal, so that no place that was handed out ever dangles. It must be closed.
 */
export class SegmentReader {
  readonly path: string;
  /** What its header says its vectors are; null while there is no whole header. */
  identity: StoreIdentity | null = null;
  /** Why it cannot be used at all; null while it can. */
  problem: string | null = null;
  /** Whether its writer has ended. */
  isFinished = false;
  /** Where its last good record ends; what follows is not a whole record, or not yet. */
  end = 0;
  /** Bytes between good records that are not a good record. */
  damagedBytes = 0;
  private headerBytes = 0;
  private readInVain = 0;
  private readonly descriptor: number;

  private constructor(path: string, descriptor: number) {
    this.path = path;
    this.descriptor = descriptor;
  }

  /**
   * Opens a segment; null when there is none (any more).
   * @throws ScidocsError `BAD_INPUT` when it cannot be read
   */
  static open(path: string): SegmentReader | null {
    try {
      return new SegmentReader(path, openRegularSync(path));
    } catch (error) {
      if (isNotFound(error)) return null;
      throw pathError(path, error);
    }
  }

  /** Bytes of the file now, and milliseconds since it was written to. */
  state(): { bytes: number; idleMs: number } {
    const { size, mtimeMs } = fstatSync(this.descriptor);
    return { bytes: size, idleMs: Date.now() - mtimeMs };
  }

  /** Whether its last bytes say that its writer has ended. */
  hasEnd(): boolean {
    const { size } = fstatSync(this.descriptor);
    const record = size < recordHeadBytes ? null : this.recordAt(size - recordHeadBytes, size);
    return record?.type === "E";
  }

  /**
   * Hands over every good record that was not handed over before. A broken record is passed over only if a good one follows it; at the
   * end of the file it may be one that is being written.
   * @throws ScidocsError `BAD_INPUT` when the file cannot be read, `INTERRUPTED`
   */
  async scan(onRecord: (record: SegmentRecord) => void, control: RunControl = {}): Promise<void> {
    if (this.isFinished || this.problem !== null) return;
    try {
      const { size } = fstatSync(this.descriptor);
      if (size <= this.end || !this.scanHeader(size)) return;
      for (const record of this.walk(this.end, size)) {
        const end = record.payloadStart + record.payload.length;
        this.damagedBytes += record.payloadStart - recordHeadBytes - this.end;
        const isTimeToBreathe = Math.floor(end / breatheBytes) !== Math.floor(this.end / breatheBytes);
        this.end = end;
        if (record.type === "E") this.isFinished = true;
        else onRecord(record);
        if (this.isFinished) return;
        if (isTimeToBreathe) await breathe(control);
      }
      if (this.problem !== null) this.damagedBytes += size - this.end;
    } catch (error) {
      throw pathError(this.path, error);
    }
  }

  /**
   * The good records that {@link scan} has handed over, once more.
   * @throws ScidocsError `BAD_INPUT` when the file cannot be read
   */
  *records(): Generator<SegmentRecord> {
    try {
      if (this.identity !== null) yield* this.walk(this.headerBytes, this.end);
    } catch (error) {
      throw pathError(this.path, error);
    }
  }

  /**
   * A vector, exactly as it was when its record was read.
   * @throws ScidocsError `BAD_INPUT` when the file says something else now
   */
  vectorAt(offset: number, dimensions: number, crc: number): Float32Array {
    let bytes: Buffer;
    try {
      bytes = readAtSync(this.descriptor, offset, dimensions * 4);
    } catch (error) {
      throw pathError(this.path, error);
    }
    // Copied, for the bytes may lie at an odd place of a pool.
    if (bytes.length === dimensions * 4 && crc32(bytes) === crc) return new Float32Array(new Uint8Array(bytes).buffer);
    throw fileError(
      this.path,
      null,
      "was changed by something else while it was in use; run again: what is damaged in it is embedded anew",
    );
  }

  /**
   * What the header says its vectors are, for a file that somebody named.
   * @throws ScidocsError `BAD_INPUT` for a file that is not a segment or whose beginning is damaged
   */
  requireHeader(): StoreIdentity {
    if (this.identity === null) this.scanHeader(this.state().bytes);
    if (this.identity !== null) return this.identity;
    const problem = this.problem ?? "its beginning is missing";
    throw fileError(
      this.path,
      null,
      `${problem}; name another place with --store, or delete this file if it is a damaged store`,
    );
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private scanHeader(size: number): boolean {
    if (this.identity !== null) return true;
    const header = readHeader(this.descriptor);
    if ("problem" in header) {
      if (header.isPending) return false;
      this.problem = header.problem;
      this.damagedBytes = size;
      return false;
    }
    this.identity = header.identity;
    this.headerBytes = header.bytes;
    this.end = header.bytes;
    return true;
  }

  /** The good records between two places. */
  private *walk(start: number, size: number): Generator<SegmentRecord> {
    let position: number | null = start;
    const seen: SeenBytes = { start: 0, bytes: Buffer.alloc(0) };
    this.readInVain = 0;
    while (position !== null && position < size) {
      const record: SegmentRecord | null = this.recordAt(position, size);
      if (record !== null) yield record;
      position =
        record === null ? this.nextMagic(position + 1, size, seen) : record.payloadStart + record.payload.length;
      if (this.readInVain <= mostInVain(size)) continue;
      // Beginnings that each claim all that follows would be read as often as there are of them.
      this.problem = "it is too damaged to be read on";
      return;
    }
  }

  /** The good record at a position, or null. */
  private recordAt(position: number, size: number): SegmentRecord | null {
    const head = readAtSync(this.descriptor, position, recordHeadBytes);
    const decoded = decodeRecordHead(head);
    const payloadStart = position + recordHeadBytes;
    if (decoded === null || payloadStart + decoded.payloadBytes > size) return null;
    const payload = readAtSync(this.descriptor, payloadStart, decoded.payloadBytes);
    if (!isGoodRecord(head, payload)) {
      this.readInVain += payload.length;
      return null;
    }
    if (decoded.type === "E") return { type: "E", payload, payloadStart };
    if (decoded.type === "J") {
      const job = decodeJob(payload);
      return job === null ? null : { type: "J", payload, payloadStart, job };
    }
    const vectors = decodeVectors(payload);
    return vectors === null ? null : { type: "V", payload, payloadStart, ...vectors };
  }

  /** The next place from `position` on where a record might begin. */
  private nextMagic(position: number, size: number, seen: SeenBytes): number | null {
    const step = 1 << 20;
    for (let start = position; start < size; start = seen.start + step) {
      if (start < seen.start || start >= seen.start + Math.min(step, seen.bytes.length)) {
        seen.start = start;
        // Chunks overlap by 3 bytes, for a mark that lies across their border.
        seen.bytes = readAtSync(this.descriptor, start, Math.min(step + recordMagic.length - 1, size - start));
      }
      const found = seen.bytes.indexOf(recordMagic, start - seen.start);
      if (found !== -1) return seen.start + found;
    }
    return null;
  }
}

/** What was read last while a mark was looked for: marks may lie close to each other. */
interface SeenBytes {
  start: number;
  bytes: Buffer;
}
