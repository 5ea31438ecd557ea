import { join } from "node:path";
import { type DataFolder, openFolder } from "../datasets/dataset.ts";
import type { Split } from "../datasets/types.ts";
import { firstFew } from "../errors.ts";
import { printable } from "../printable.ts";
import type { Suite, Task } from "./suite.ts";
import { defaultSuite } from "./suites.ts";

/** A folder with the data of a suite. */
export interface Dataset extends DataFolder {
  readonly suite: Suite;
}

/**
 * Opens the folder of a suite's data, one nested one level down, or a folder with some of the files only;
 * {@link whyNotScorable} then tells what each absent task lacks.
 * @param suite default SciDocs
 * @throws ScidocsError `NOT_FOUND` when there is no such folder or no file of the layout in it, `USAGE` when several folders below it qualify
 */
export async function openDataset(folder: string, suite: Suite = defaultSuite): Promise<Dataset> {
  return { ...(await openFolder(folder, suite.layout)), suite };
}

/** Where a dataset's files lie. */
export function filesOfDataset({ folder, files }: Dataset): string[] {
  return [...files].map((file) => join(folder, file));
}

/** Why a task cannot be scored on a split from vectors, as a reader should see it; null when it can. */
export function whyNotScorable(dataset: Dataset, task: Task, split: Split): string | null {
  const needed = task.family.filesRead(task.folder, split).map(({ path }) => path);
  return absent(dataset, task.family.scoresFromMetadata ? [...needed, task.metadataFile] : needed);
}

/** Why the papers of a task and split cannot be embedded, their texts included; null when they can. */
export function whyNotEmbeddable(dataset: Dataset, task: Task, split: Split): string | null {
  return whyNotScorable(dataset, task, split) ?? absent(dataset, [task.metadataFile]);
}

/** The tasks that can be scored on a split, in the order of the table. */
export function scorableTasks(dataset: Dataset, split: Split): readonly Task[] {
  return dataset.suite.tasks.filter((task) => whyNotScorable(dataset, task, split) === null);
}

function absent(dataset: Dataset, needed: readonly string[]): string | null {
  const missing = needed.filter((file) => !dataset.files.has(file));
  if (missing.length === 0) return null;
  return `${printable(dataset.name)} has no ${firstFew(missing)}`;
}
