import { createHash } from "node:crypto";
import { basename } from "node:path";
import { throwIfAborted } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import { pathError } from "./pathError.ts";
import { streamRegular } from "./regularFile.ts";

/** One file with the SHA-256 of its bytes, in lower-case hexadecimal. */
export interface FileHash {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * SHA-256 and size of a file, read as a stream.
 * @throws ScidocsError `NOT_FOUND`, `BAD_INPUT` when it cannot be read, `INTERRUPTED`
 */
export async function hashFile(file: string, control: RunControl = {}): Promise<Omit<FileHash, "path">> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of (await streamRegular(file, 2 ** 20)) as AsyncIterable<Buffer>) {
      throwIfAborted(control.signal);
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (cause) {
    throw pathError(file, cause);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** The files one after the other, each under its name without folders. See {@link hashFile} for its errors. */
export async function hashFiles(files: readonly string[], control: RunControl = {}): Promise<FileHash[]> {
  const hashed: FileHash[] = [];
  for (const file of files) hashed.push({ path: basename(file), ...(await hashFile(file, control)) });
  return hashed;
}

/**
 * SHA-256 over lines `path sha256`, in order of path: the identity of a set of files. Of several files of one name each but the first has
 * its number among them, so that they cannot change places.
 */
export function combinedSha256(files: readonly Pick<FileHash, "path" | "sha256">[]): string {
  const named = new Map<string, number>();
  const lines = files.map(({ path, sha256 }) => {
    const number = (named.get(path) ?? 0) + 1;
    named.set(path, number);
    return `${number === 1 ? path : `${path}#${number}`} ${sha256}\n`;
  });
  lines.sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}
