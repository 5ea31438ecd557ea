import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ScidocsError, throwIfAborted } from "../../errors.ts";
import { readTextFile } from "../../files/textFile.ts";
import type { RunControl } from "../../progress.ts";
import { benchmarkSizes } from "../benchmarkSizes.ts";
import { parseLabels } from "../classification.ts";
import { parseClicks, parsePropensities } from "../clicks.ts";
import { type Dataset, openDataset } from "../dataset.ts";
import {
  classificationTaskIds,
  datasetFiles,
  metadataFiles,
  propensityFile,
  rankingTaskIds,
  taskLayout,
} from "../layout.ts";
import { forEachPaperEntry, paperOf } from "../papers.ts";
import { parseQrel } from "../qrel.ts";
import { splits, taskIds } from "../types.ts";
import type { DatasetCheck, FileCheck, TaskCheck } from "./datasetCheck.ts";
import { type Contents, checkClasses, checkClicks, checkTask, labelTotals, repetitions } from "./datasetFindings.ts";

/** The published numbers that are known exactly, by file. */
const published: Readonly<Record<string, number>> = {
  [taskLayout.mag.metadataFile]: benchmarkSizes.papers.cls,
  [taskLayout.cite.metadataFile]: benchmarkSizes.papers.ranking,
  [taskLayout.recomm.metadataFile]: benchmarkSizes.papers.recomm,
  ...Object.fromEntries(rankingTaskIds.map((task) => [`${taskLayout[task].folder}/test.qrel`, benchmarkSizes.queries])),
  [`${taskLayout.recomm.folder}/train.csv`]: benchmarkSizes.clicks.train,
};

/**
 * Reads a whole SciDocs folder and says what is in it and what is not: missing and broken files, numbers against the
 * published ones, papers without metadata or text, classes, clicks by position. Broken files are findings, not errors.
 * @throws ScidocsError when there is no such dataset at all, `INTERRUPTED`
 */
export async function checkDataset(folder: string, control: RunControl = {}): Promise<DatasetCheck> {
  const dataset = await openDataset(folder);
  const contents: Contents = { labels: new Map(), qrels: new Map(), clicks: new Map(), metadata: new Map() };
  const sizes = new Map<string, number>();
  for (const path of dataset.files) sizes.set(path, (await stat(join(dataset.folder, path))).size);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let done = 0;
  const files: FileCheck[] = [];
  for (const path of datasetFiles) {
    throwIfAborted(control.signal);
    const onBytes = (read: number): void =>
      control.onProgress?.({ stage: "checking the data", done: done + read, total, unit: "bytes" });
    onBytes(0);
    files.push(await checkFile(dataset, path, sizes.get(path) ?? 0, contents, onBytes, control));
    done += sizes.get(path) ?? 0;
    await setImmediate();
  }
  control.onProgress?.({ stage: "checking the data", done: total, total, unit: "bytes" });
  const tasks: TaskCheck[] = [];
  for (const task of taskIds) {
    for (const split of splits) {
      const found = checkTask(task, split, contents);
      if (found !== null) tasks.push(found);
    }
    await setImmediate();
  }
  const wrongTotals = dataset.synthetic ? [] : labelTotals(contents);
  const asPublished = ({ count, expected }: FileCheck): boolean => expected === null || count === expected;
  return {
    name: dataset.name,
    folder: dataset.folder,
    synthetic: dataset.synthetic,
    complete: files.every((file) => file.state === "ok" && asPublished(file)) && wrongTotals.length === 0,
    files,
    tasks,
    classes: classificationTaskIds.flatMap((task) => checkClasses(dataset, task, contents)),
    clicks: (["train", "val", "test"] as const).flatMap((split) => checkClicks(split, contents)),
    notes: [...wrongTotals, ...repetitions(contents)],
  };
}

async function checkFile(
  dataset: Dataset,
  path: string,
  bytes: number,
  contents: Contents,
  onBytes: (read: number) => void,
  control: RunControl,
): Promise<FileCheck> {
  const isMetadata = metadataFiles.includes(path);
  const unit = path.endsWith(".qrel")
    ? "queries"
    : path === propensityFile
      ? "positions"
      : path.startsWith(`${taskLayout.recomm.folder}/`)
        ? "clicks"
        : "papers";
  const expected = dataset.synthetic ? null : (published[path] ?? null);
  const nothing = { path, problem: null, bytes: null, count: null, unit, expected } as const;
  if (!dataset.files.has(path)) return { ...nothing, state: "missing" };
  const file = join(dataset.folder, path);
  try {
    const count = isMetadata
      ? await readMetadata(file, path, contents, onBytes, control)
      : readLabels(await readTextFile(file), file, path, contents);
    return { ...nothing, state: "ok", bytes, count };
  } catch (error) {
    if (!(error instanceof ScidocsError) || error.code === "INTERRUPTED") throw error;
    return { ...nothing, state: "broken", bytes, problem: error.message };
  }
}

function readLabels(text: string, file: string, path: string, contents: Contents): number {
  if (path === propensityFile) return parsePropensities(text, file).length;
  if (path.endsWith(".qrel")) {
    const qrel = parseQrel(text, file);
    contents.qrels.set(path, qrel);
    return qrel.queries.length;
  }
  if (path.startsWith(`${taskLayout.recomm.folder}/`)) {
    const clicks = parseClicks(text, file);
    contents.clicks.set(path, clicks);
    return clicks.length;
  }
  const labels = parseLabels(text, file);
  contents.labels.set(path, labels);
  return labels.paperIds.length;
}

async function readMetadata(
  file: string,
  path: string,
  contents: Contents,
  onBytes: (read: number) => void,
  control: RunControl,
): Promise<number> {
  const all = new Set<string>();
  const emptyText = new Set<string>();
  const withoutAbstract = new Set<string>();
  let entries = 0;
  await forEachPaperEntry(
    file,
    (entry) => {
      const { id, title, abstract } = paperOf(file, entry);
      entries += 1;
      if (entries % 1024 === 0) onBytes(entry.offset);
      all.add(id);
      const hasTitle = (title ?? "").trim() !== "";
      const hasAbstract = (abstract ?? "").trim() !== "";
      if (!hasTitle && !hasAbstract) emptyText.add(id);
      if (hasTitle && !hasAbstract) withoutAbstract.add(id);
    },
    control,
  );
  contents.metadata.set(path, { all, emptyText, withoutAbstract, repeated: entries - all.size });
  return all.size;
}
