import { randomBytes } from "node:crypto";
import { closeSync, fdatasync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ScidocsError } from "../../errors.ts";
import { isThere } from "../../files/isThere.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { readAtSync } from "../../files/regularFile.ts";
import { encodeHeader, encodeRecord, type RecordType } from "./storeFormat.ts";
import type { StoreIdentity } from "./storeHeader.ts";

/** How the name of a segment ends. */
export const segmentExtension = ".vectors";

/** A name that no other segment has or had. */
export const newSegmentName = (): string => `${randomBytes(8).toString("hex")}${segmentExtension}`;

const cannotKeep = (folder: string, cause: unknown): ScidocsError => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ScidocsError(
    "UNAVAILABLE",
    `${folder}: vectors cannot be kept there (${reason}); free some space or name another place with --store DIR, and run again: what was stored is kept`,
    { cause },
  );
};

/**
 * The one writer of one segment. The segment is made at the first record, under a name that nobody else can have, so there is nothing
 * to lock. It must be closed.
 */
export class SegmentWriter {
  /** Where the segment lies; null before the first record, and another one after {@link write} found the first removed. */
  path: string | null = null;
  private readonly folder: string;
  private readonly header: Buffer;
  private descriptor = -1;
  /** Bytes written. */
  end = 0;

  constructor(folder: string, identity: StoreIdentity) {
    this.folder = folder;
    const { fingerprint, settings } = identity;
    this.header = encodeHeader({ fingerprint, settings });
  }

  /**
   * Appends a record, whole or not at all. Where somebody has joined this segment into another and removed it meanwhile, a new one is
   * begun and gets all records of the old: those that the other missed are kept, and the doubles are harmless.
   * @returns where the payload begins, in the segment that {@link path} names
   * @throws ScidocsError `UNAVAILABLE` when it cannot be written; what was stored before stays
   */
  write(type: RecordType, payload: Buffer): number {
    const record = encodeRecord(type, payload);
    try {
      if (this.path === null) this.begin();
      this.append(record);
      // Asked after writing: who removes a segment looks once more at its end afterwards, so that one of the two sees the other.
      this.beginAgainIfGone();
      return this.end - payload.length;
    } catch (cause) {
      throw cannotKeep(this.folder, cause);
    }
  }

  /**
   * Begins another segment, with all records at the same places, where somebody has removed this one.
   * @throws ScidocsError as {@link write}
   */
  restore(): void {
    try {
      this.beginAgainIfGone();
    } catch (cause) {
      throw cannotKeep(this.folder, cause);
    }
  }

  /** Flushes to the disk. One that cannot flush loses nothing but safety against power cuts: the checksums tell what survived. */
  flush(): Promise<void> {
    if (this.path === null) return Promise.resolve();
    return new Promise((resolve) => fdatasync(this.descriptor, () => resolve()));
  }

  /** Writes that nothing will follow, flushes, and gives the file free. */
  async close(): Promise<void> {
    if (this.path === null) return;
    try {
      this.write("E", Buffer.alloc(0));
    } catch {
      // A full disk: the segment has no end then, and is joined with others a little later.
    }
    await this.flush();
    closeSync(this.descriptor);
    this.path = null;
  }

  private begin(): void {
    makeFolder(this.folder);
    const path = join(this.folder, newSegmentName());
    this.descriptor = openSync(path, "wx+");
    this.end = 0;
    try {
      this.append(this.header);
    } catch (error) {
      closeSync(this.descriptor);
      rmSync(path, { force: true });
      throw error;
    }
    this.path = path;
  }

  private beginAgainIfGone(): void {
    if (this.path !== null && !isThere(this.path)) this.beginAgain();
  }

  private beginAgain(): void {
    const old = { path: this.path, descriptor: this.descriptor, end: this.end };
    this.begin();
    try {
      for (let position = this.header.length; position < old.end; ) {
        const bytes = readAtSync(old.descriptor, position, Math.min(1 << 20, old.end - position));
        this.append(bytes);
        position += bytes.length;
      }
    } catch (error) {
      // The next record tries it again.
      closeSync(this.descriptor);
      if (this.path !== null) rmSync(this.path, { force: true });
      Object.assign(this, old);
      throw error;
    }
    closeSync(old.descriptor);
  }

  private append(bytes: Buffer): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.end + done);
      }
    } catch (error) {
      // Half a record is of no use to anyone; where even this fails, readers pass it over.
      try {
        ftruncateSync(this.descriptor, this.end);
      } catch {}
      throw error;
    }
    this.end += bytes.length;
  }
}
