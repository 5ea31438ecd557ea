import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";

import { fileError } from "../errors.ts";
import { pathError } from "./pathError.ts";
import { openRegular } from "./regularFile.ts";

/** Largest label file that is read, in bytes; the benchmark's largest has 2.6 MB. */
const maxBytes = 256 * 2 ** 20;

/**
 * The whole text of a label file, a byte order mark at its start removed.
 * @throws ScidocsError when it is missing, unreadable, larger than 256 MiB or not UTF-8
 */
export async function readTextFile(file: string): Promise<string> {
  return decodeText(await bytesOf(file), file);
}

/**
 * The same with size and SHA-256 of the file's bytes, which are read once for both.
 * @throws ScidocsError as {@link readTextFile}
 */
export async function readHashedText(file: string): Promise<{ text: string; bytes: number; sha256: string }> {
  const bytes = await bytesOf(file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { text: decodeText(bytes, file), bytes: bytes.length, sha256 };
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    const handle = await openRegular(file);
    try {
      const { size } = await handle.stat();
      if (size > maxBytes) throw fileError(file, null, `${size} bytes are too many for a label file of SciDocs`);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw pathError(file, error);
  }
}

/** The text of a file's bytes, a byte order mark at its start removed. @throws ScidocsError `BAD_INPUT` for what is not UTF-8 */
export function decodeText(bytes: Buffer, file: string): string {
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
