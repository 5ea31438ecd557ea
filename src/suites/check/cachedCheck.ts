import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { classNamesFile, syntheticFile } from "../../datasets/dataset.ts";
import type { Split } from "../../datasets/types.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import type { RunControl } from "../../progress.ts";
import { type Dataset, openDataset } from "../dataset.ts";
import { checkDataset } from "./checkDataset.ts";
import { type DatasetCheck, datasetCheckSchema } from "./datasetCheck.ts";

/** Rises when the check finds other things than before, so that older findings are not taken for new ones. */
const version = 1;

/**
 * {@link checkDataset}, remembered for as long as no file's size or time of change differs: the second time it costs
 * milliseconds.
 * @param cache folder for what can be made again
 * @throws ScidocsError as {@link checkDataset}
 */
export async function cachedCheck(folder: string, cache: string, control: RunControl = {}): Promise<DatasetCheck> {
  const dataset = await openDataset(folder);
  const file = join(cache, "checks", `${await stampOf(dataset)}.json`);
  const known = await readCheck(file);
  if (known !== null) return known;
  const check = await checkDataset(folder, control);
  // A cache that cannot be written costs time and nothing else.
  await writeWhole(file, JSON.stringify(check)).catch(() => {});
  return check;
}

/**
 * What a reader should know before tasks run on a split, one sentence each: how many papers that the label files name
 * have no metadata or no text.
 */
export function gapNotes(check: DatasetCheck, tasks: readonly string[], split: Split): string[] {
  const found = check.tasks.filter((task) => tasks.includes(task.task) && task.split === split);
  const list = (gap: "withoutMetadata" | "emptyText"): string =>
    found
      .filter((task) => (task[gap] ?? 0) > 0)
      .map((task) => `${task.task} ${task[gap]} of ${task.papers}`)
      .join(", ");
  return [
    ["papers without metadata", list("withoutMetadata")] as const,
    ["papers with neither title nor abstract", list("emptyText")] as const,
  ].flatMap(([what, where]) => (where === "" ? [] : [`${what}: ${where}`]));
}

async function stampOf(dataset: Dataset): Promise<string> {
  const hash = createHash("sha256").update(`${version} ${dataset.folder}\n`);
  for (const path of [...dataset.files, classNamesFile, syntheticFile]) {
    const info = await stat(join(dataset.folder, path)).catch(() => null);
    hash.update(info === null ? `${path}\n` : `${path} ${info.size} ${info.mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** Findings of an earlier check; null when there are none or they cannot be read. */
async function readCheck(file: string): Promise<DatasetCheck | null> {
  try {
    return datasetCheckSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null;
  }
}
