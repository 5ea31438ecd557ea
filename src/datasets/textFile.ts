import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import { fileError, ScidocsError } from "../errors.ts";

/** Largest label file that is read, in bytes; the benchmark's largest has 2.6 MB. */
const maxBytes = 256 * 2 ** 20;

/** Whether an error is Node's for a path that is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

/** Node's error about a path as one of ours. */
export function pathError(file: string, error: unknown): ScidocsError {
  if (error instanceof ScidocsError) return error;
  if (isNotFound(error)) return new ScidocsError("NOT_FOUND", `${file} is missing`, { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return fileError(file, null, `cannot be read (${reason})`, error);
}

/**
 * The whole text of a label file, a byte order mark at its start removed.
 * @throws ScidocsError when it is missing, unreadable, larger than 256 MiB or not UTF-8
 */
export async function readTextFile(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > maxBytes) throw fileError(file, null, `${size} bytes are too many for a label file of SciDocs`);
      bytes = await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw pathError(file, error);
  }
  if (!isUtf8(bytes)) throw fileError(file, badUtf8Line(bytes), "not UTF-8 text");
  const text = bytes.toString("utf8");
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** First line, from 1, that is not UTF-8. */
function badUtf8Line(bytes: Buffer): number {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}
