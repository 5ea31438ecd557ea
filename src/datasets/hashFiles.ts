import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { throwIfAborted } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import type { Dataset } from "./dataset.ts";
import { labelFiles, taskLayout } from "./layout.ts";
import { pathError } from "./textFile.ts";
import type { Split, TaskId } from "./types.ts";

/** One file with the SHA-256 of its bytes. */
export interface DatasetFile {
  /** Path relative to the dataset's folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * SHA-256 and size of a file, read as a stream.
 * @throws ScidocsError `NOT_FOUND`, `BAD_INPUT` when it cannot be read, `INTERRUPTED`
 */
export async function hashFile(file: string, control: RunControl = {}): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) {
      throwIfAborted(control.signal);
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } catch (error) {
    throw pathError(file, error);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/**
 * The files that scoring some tasks on a split takes its numbers from, hashed, in the order of the layout: the
 * identity of the data behind a record.
 * @param texts whether the papers' texts are read too (embedding); the recommendation task always reads its metadata
 */
export async function hashDataset(
  dataset: Dataset,
  tasks: readonly TaskId[],
  split: Split,
  { texts }: { readonly texts: boolean },
  control: RunControl = {},
): Promise<{ files: DatasetFile[]; sha256: string }> {
  const paths = new Set<string>();
  for (const task of tasks) for (const file of labelFiles(task, split)) paths.add(file);
  for (const task of tasks) if (texts || task === "recomm") paths.add(taskLayout[task].metadataFile);
  const files: DatasetFile[] = [];
  for (const path of paths) files.push({ path, ...(await hashFile(join(dataset.folder, path), control)) });
  return { files, sha256: hashOfHashes(files) };
}

/** SHA-256 over lines `path sha256`, in order of path: the identity of a set of files. */
export function hashOfHashes(files: readonly Pick<DatasetFile, "path" | "sha256">[]): string {
  const lines = files.map(({ path, sha256 }) => `${path} ${sha256}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}
