import { createHash } from "node:crypto";

import { fileError } from "../errors.ts";
import { readRegularBytes, readRegularSync } from "./regularFile.ts";
import { decodeText } from "./utf8.ts";

/** Largest file of lines that is read, in bytes, and its most lines: each becomes some hundred bytes. */
const largest = { bytes: 256 * 2 ** 20, lines: 2 ** 22 };
/** The same of a label file; the benchmark's largest has 2.6 MB and 30,000 lines. */
const largestLabels = { bytes: 64 * 2 ** 20, lines: 2 ** 20 };

/**
 * The whole text of a file of lines, a byte order mark at its start removed.
 * @throws ScidocsError when it is missing, unreadable, larger than 256 MiB or 4 million lines, or not UTF-8
 */
export async function readTextFile(file: string): Promise<string> {
  return decodeText(await bytesOf(file, largest), file);
}

/** The same of a file that another process may append to meanwhile. @throws ScidocsError as {@link readTextFile} */
export async function readGrowingText(file: string): Promise<string> {
  return decodeText(await bytesOf(file, largest, true), file);
}

/**
 * The same for a label file of a benchmark.
 * @throws ScidocsError as {@link readTextFile}, and for one that is larger than 64 MiB or a million lines
 */
export async function readLabelFile(file: string): Promise<string> {
  return decodeText(await bytesOf(file, largestLabels), file);
}

/**
 * Refuses a text of more lines than a file of its kind has: a line of one letter costs as much as a long one.
 * @throws ScidocsError `BAD_INPUT`
 */
function requireFewLines(bytes: Uint8Array, file: string, most: number): void {
  let lines = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === 0x0a || bytes[at] === 0x0d) lines++;
  // Each of them may end in both.
  if (lines > 2 * most) throw fileError(file, null, `has over ${most} lines, more than a file of its kind`);
}

/**
 * {@link readLabelFile} with size and SHA-256 of the file's bytes, which are read once for both.
 * @throws ScidocsError as {@link readLabelFile}
 */
export async function readHashedText(file: string): Promise<{ text: string; bytes: number; sha256: string }> {
  const bytes = await bytesOf(file, largestLabels);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { text: decodeText(bytes, file), bytes: bytes.length, sha256 };
}

/** The text of a small file of lines, at once: a vocabulary, merges. @throws ScidocsError as {@link readTextFile} */
export function readLinesSync(file: string): string {
  const bytes = readRegularSync(file);
  requireFewLines(bytes, file, largest.lines);
  return decodeText(bytes, file);
}

async function bytesOf(
  file: string,
  most: { readonly bytes: number; readonly lines: number },
  mayGrow = false,
): Promise<Buffer> {
  const bytes = await readRegularBytes(file, most.bytes, mayGrow);
  requireFewLines(bytes, file, most.lines);
  return bytes;
}
