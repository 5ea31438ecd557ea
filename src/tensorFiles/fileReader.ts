import { closeSync, fstatSync, readSync } from "node:fs";
import { fileError, ScidocsError } from "../errors.ts";
import { refuseLfsPointer } from "../files/lfsPointer.ts";
import { openRegularSync } from "../files/regularFile.ts";

/** Bytes fetched at once; pickles and headers are small, so a short window serves them. */
const windowBytes = 1 << 16;

/**
 * Reads a file from front to back, or at chosen places, through a small window: checkpoints are larger than what we want in memory.
 * Every read past the end is an error that says the file is cut off.
 */
export class FileReader implements Disposable {
  readonly file: string;
  readonly size: number;
  /** Offset of the next byte. */
  position = 0;
  private readonly descriptor: number;
  private window: Buffer = Buffer.alloc(0);
  private windowStart = 0;

  /** @throws ScidocsError `NOT_FOUND` when the file cannot be opened */
  constructor(file: string) {
    this.file = file;
    refuseLfsPointer(file);
    try {
      this.descriptor = openRegularSync(file);
    } catch (error) {
      if (error instanceof ScidocsError) throw error;
      throw new ScidocsError("NOT_FOUND", `${file}: cannot be opened`, { cause: error });
    }
    this.size = fstatSync(this.descriptor).size;
  }

  /** A byte as a number. */
  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** The next `count` bytes; a view that the next call may overwrite. */
  take(count: number): Buffer {
    if (count > this.size - this.position) throw this.cutOff();
    const start = this.position - this.windowStart;
    if (start < 0 || start + count > this.window.length) {
      this.windowStart = this.position;
      this.window = this.readAt(this.position, Math.min(Math.max(count, windowBytes), this.size - this.position));
    }
    const from = this.position - this.windowStart;
    this.position += count;
    return this.window.subarray(from, from + count);
  }

  /** `count` bytes from `offset`, as a new buffer; the position stays. */
  readAt(offset: number, count: number): Buffer {
    if (!(offset >= 0 && count >= 0 && offset + count <= this.size)) throw this.cutOff();
    const bytes = Buffer.allocUnsafe(count);
    let done = 0;
    while (done < count) {
      const read = readSync(this.descriptor, bytes, done, count - done, offset + done);
      if (read === 0) throw this.cutOff();
      done += read;
    }
    return bytes;
  }

  /** An unsigned 64-bit little-endian integer. */
  uint64(): number {
    const value = Number(this.take(8).readBigUInt64LE());
    if (!Number.isSafeInteger(value))
      throw fileError(this.file, null, `the number ${value} is too large: a damaged file`);
    return value;
  }

  /** Text up to the next line feed, without it. */
  line(longest = 1024): string {
    const bytes: number[] = [];
    for (;;) {
      const byte = this.byte();
      if (byte === 10) return Buffer.from(bytes).toString("utf8");
      bytes.push(byte);
      if (bytes.length > longest) throw fileError(this.file, null, `a line of over ${longest} bytes: a damaged file`);
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private cutOff(): ScidocsError {
    return fileError(this.file, null, `cut off or damaged: it ends at byte ${this.size}, but more is announced`);
  }
}
