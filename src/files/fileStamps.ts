import { statSync } from "node:fs";
import { fileError, type ScidocsError } from "../errors.ts";
import { pathError } from "./pathError.ts";

/** What tells at a glance that a file is another than before. Plain data. */
export interface FileStamp {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** The file system's number of the file: another one under the same name is another file. */
  readonly inode: number;
}

/**
 * Stamps of the regular files among some, to be taken before they are read.
 * @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` when one cannot be looked at
 */
export function stampFiles(paths: readonly string[]): FileStamp[] {
  return paths.flatMap((path) => {
    try {
      const stats = statSync(path);
      // A pipe changes as it is read.
      return stats.isFile() ? [{ path, bytes: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino }] : [];
    } catch (error) {
      throw pathError(path, error);
    }
  });
}

/**
 * Checks after reading that the files are still those that were there before.
 * @throws ScidocsError `BAD_INPUT` when one has changed or gone
 */
export function requireUnchanged(stamps: readonly FileStamp[]): void {
  const now = stampFiles(stamps.map(({ path }) => path));
  for (const [index, { path, bytes, mtimeMs, inode }] of stamps.entries()) {
    const found = now[index];
    if (found?.bytes === bytes && found.mtimeMs === mtimeMs && found.inode === inode) continue;
    throw changedFile(path);
  }
}

/** What is said of a file that changed under its reader. */
export function changedFile(path: string): ScidocsError {
  return fileError(path, null, "has changed while it was read; run again when nothing writes to it");
}
