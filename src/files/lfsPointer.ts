import { fileError, type ScidocsError } from "../errors.ts";
import { readStartSync } from "./regularFile.ts";

const beginning = "version https://git-lfs";

/** True for the first bytes of a Git LFS pointer, which stands in a clone where the file itself was not fetched. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").startsWith(beginning);
}

/** The error about a pointer that stands where a file should. */
export function lfsPointerError(file: string): ScidocsError {
  return fileError(file, null, "is a Git LFS pointer, not the file itself: fetch it with `git lfs pull`");
}

/**
 * Refuses a Git LFS pointer, of whatever name; a file that cannot be read is left to its reader.
 * @throws ScidocsError `BAD_INPUT`
 */
export function refuseLfsPointer(file: string): void {
  let start: Buffer;
  try {
    start = readStartSync(file, beginning.length);
  } catch {
    return;
  }
  if (isLfsPointer(start)) throw lfsPointerError(file);
}
