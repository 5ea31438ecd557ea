import { createHash } from "node:crypto";

import { fileError } from "../errors.ts";
import { pathError } from "./pathError.ts";
import { openRegular } from "./regularFile.ts";
import { decodeText } from "./utf8.ts";

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
