import { join } from "node:path";
import { combinedSha256, type FileHash, hashFile } from "../files/hashFiles.ts";
import type { RunControl } from "../progress.ts";
import type { Dataset } from "./dataset.ts";
import { labelFiles, taskLayout } from "./layout.ts";
import type { Split, TaskId } from "./types.ts";

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
): Promise<{ files: FileHash[]; sha256: string }> {
  const paths = new Set<string>();
  for (const task of tasks) for (const file of labelFiles(task, split)) paths.add(file);
  for (const task of tasks) if (texts || task === "recomm") paths.add(taskLayout[task].metadataFile);
  const files: FileHash[] = [];
  for (const path of paths) files.push({ path, ...(await hashFile(join(dataset.folder, path), control)) });
  return { files, sha256: combinedSha256(files) };
}
