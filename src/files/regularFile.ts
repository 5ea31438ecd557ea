import { closeSync, constants, fstatSync, openSync, type ReadStream, readSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fileError, type ScidocsError } from "../errors.ts";
import { changedFile } from "./fileStamps.ts";
import { pathError } from "./pathError.ts";
import { decodeText } from "./utf8.ts";

// Without O_NONBLOCK, opening a pipe would wait before anyone could ask what it is. Windows has no such flag and no such pipes.
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What is wrong with a thing that is not a regular file. */
export function notAFile(path: string, stats: Stats): ScidocsError {
  const kind = stats.isDirectory() ? "a folder" : stats.isFIFO() ? "a pipe" : "a device or a socket";
  return fileError(path, null, `is ${kind}, not a file; write it to a file first`);
}

/**
 * Checks that a path names a file. Vectors are read more than once and at many places, which no pipe bears.
 * @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` for a folder, a pipe, a socket or a device
 */
export function requireRegular(path: string): void {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    throw pathError(path, error);
  }
  if (!stats.isFile()) throw notAFile(path, stats);
}

/**
 * Opens a file for reading, and nothing but a file: a pipe would wait for its writer, a device may never end.
 * @throws ScidocsError `BAD_INPUT` for a folder, a pipe, a socket or a device; the file system's error otherwise
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const handle = await open(path, readFlags);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw notAFile(path, stats);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The bytes of a regular file as a stream. See {@link openRegular} for its errors. */
export async function streamRegular(path: string, highWaterMark: number): Promise<ReadStream> {
  return (await openRegular(path)).createReadStream({ highWaterMark });
}

/** The same as {@link openRegular}, at once; returns a descriptor. */
export function openRegularSync(path: string): number {
  const descriptor = openSync(path, readFlags);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw notAFile(path, stats);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Longest file that is taken into memory whole, in bytes, where nothing else is said: tokenizers have some tens of megabytes. */
const longestWhole = 2 ** 26;

/**
 * All bytes of a regular file, at once: for the files of a model, which are small.
 * @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` for one that is too long, unreadable or no file
 */
export function readRegularSync(path: string, longest = longestWhole): Buffer {
  let descriptor: number | null = null;
  try {
    descriptor = openRegularSync(path);
    const before = fstatSync(descriptor);
    requireShort(path, before, longest);
    const bytes = readAtSync(descriptor, 0, before.size);
    requireSame(path, before, fstatSync(descriptor));
    return bytes;
  } catch (error) {
    throw pathError(path, error);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** The first bytes of a regular file, fewer where it ends before. @throws the file system's error */
export function readStartSync(path: string, length: number): Buffer {
  const descriptor = openRegularSync(path);
  try {
    return readAtSync(descriptor, 0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** Bytes at a place in an open file; fewer where the file ends before. */
export function readAtSync(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(descriptor, bytes, filled, length - filled, position + filled);
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}

function requireShort(path: string, { size }: Stats, longest: number): void {
  if (size > longest) throw fileError(path, null, `${size} bytes are too many for a file of its kind`);
}

/** Checks that an open file is what it was when it was opened: half of an old content and half of a new one may look whole. */
function requireSame(path: string, before: Stats, after: Stats): void {
  if (before.size === after.size && before.mtimeMs === after.mtimeMs) return;
  throw changedFile(path);
}

/**
 * The bytes of a regular file that is not longer than it may be, all of one state of it.
 * @param mayGrow whether something may be appended meanwhile, which is no other state: a reader of such a file knows of torn ends
 * @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` for one that is too long, unreadable, no file or changes meanwhile
 */
export async function readRegularBytes(path: string, longest = longestWhole, mayGrow = false): Promise<Buffer> {
  try {
    const handle = await openRegular(path);
    try {
      const before = await handle.stat();
      requireShort(path, before, longest);
      const bytes = await handle.readFile();
      const after = await handle.stat();
      if (!mayGrow || after.size <= before.size) requireSame(path, before, after);
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw pathError(path, error);
  }
}

/** The same as text. @throws ScidocsError as {@link readRegularBytes}, and `BAD_INPUT` for what is not UTF-8 */
export async function readRegularFile(path: string, longest = longestWhole): Promise<string> {
  return decodeText(await readRegularBytes(path, longest), path);
}
