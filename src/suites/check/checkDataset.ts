import { stat } from "node:fs/promises";
import { join } from "node:path";
import { forEachPaperEntry, paperOf } from "../../datasets/papers.ts";
import { splits } from "../../datasets/types.ts";
import { ScidocsError, throwIfAborted } from "../../errors.ts";
import { readLabelFile } from "../../files/textFile.ts";
import type { RunControl } from "../../progress.ts";
import type { LabelFile } from "../../tasks/taskFamily.ts";
import { breathe } from "../../threads/breathe.ts";
import { type Dataset, openDataset } from "../dataset.ts";
import type { Suite } from "../suite.ts";
import type { DatasetCheck, FileCheck, TaskCheck } from "./datasetCheck.ts";
import { type Contents, checkTask, labelTotals, repetitions } from "./datasetFindings.ts";

/**
 * Reads a whole dataset and says what is in it and what is not: missing and broken files, numbers against the
 * published ones, papers without metadata or text, classes, clicks by position. Broken files are findings, not errors.
 * @throws ScidocsError when there is no such dataset at all, `INTERRUPTED`
 */
export async function checkDataset(folder: string, control: RunControl = {}, suite?: Suite): Promise<DatasetCheck> {
  const dataset = await openDataset(folder, suite);
  const contents: Contents = { labels: new Map(), metadata: new Map() };
  const labelFiles = new Map(
    dataset.suite.tasks.flatMap(({ family, folder: of }) =>
      splits.flatMap((split) => family.labelFiles(of, split).map((file) => [file.path, file] as const)),
    ),
  );
  const sizes = new Map<string, number>();
  for (const path of dataset.files) sizes.set(path, (await stat(join(dataset.folder, path))).size);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let done = 0;
  const files: FileCheck[] = [];
  for (const path of dataset.suite.layout.files) {
    throwIfAborted(control.signal);
    const onBytes = (read: number): void =>
      control.onProgress?.({ stage: "checking the data", done: done + read, total, unit: "bytes" });
    onBytes(0);
    files.push(await checkFile(dataset, path, labelFiles.get(path), sizes.get(path) ?? 0, contents, onBytes, control));
    done += sizes.get(path) ?? 0;
    await breathe(control);
  }
  control.onProgress?.({ stage: "checking the data", done: total, total, unit: "bytes" });
  const tasks: TaskCheck[] = [];
  for (const task of dataset.suite.tasks) {
    for (const split of splits) {
      const found = checkTask(task, split, contents);
      if (found !== null) tasks.push(found);
    }
    await breathe(control);
  }
  const wrongTotals = dataset.synthetic ? [] : labelTotals(dataset.suite, contents);
  const asPublished = ({ count, expected }: FileCheck): boolean => expected === null || count === expected;
  const findings = dataset.suite.tasks.map((task) =>
    task.family.findings(task, (path) => contents.labels.get(path), dataset.classNames[task.id] ?? []),
  );
  return {
    name: dataset.name,
    folder: dataset.folder,
    synthetic: dataset.synthetic,
    complete: files.every((file) => file.state === "ok" && asPublished(file)) && wrongTotals.length === 0,
    files,
    tasks,
    classes: findings.flatMap(({ classes }) => [...classes]),
    clicks: findings.flatMap(({ clicks }) => clicks.map((found) => ({ ...found, positions: [...found.positions] }))),
    notes: [...wrongTotals, ...repetitions(contents), ...findings.flatMap(({ notes }) => notes)],
  };
}

async function checkFile(
  dataset: Dataset,
  path: string,
  /** How it is read; undefined for a metadata file. */
  labelFile: LabelFile | undefined,
  bytes: number,
  contents: Contents,
  onBytes: (read: number) => void,
  control: RunControl,
): Promise<FileCheck> {
  const unit = labelFile?.unit ?? "papers";
  const expected = dataset.synthetic ? null : (dataset.suite.sizes.files[path] ?? null);
  const nothing = { path, problem: null, bytes: null, count: null, unit, expected } as const;
  if (!dataset.files.has(path)) return { ...nothing, state: "missing" };
  const file = join(dataset.folder, path);
  try {
    const count =
      labelFile === undefined
        ? await readMetadata(file, path, contents, onBytes, control)
        : await readLabels(file, labelFile, contents);
    return { ...nothing, state: "ok", bytes, count };
  } catch (error) {
    if (!(error instanceof ScidocsError) || error.code === "INTERRUPTED") throw error;
    return { ...nothing, state: "broken", bytes, problem: error.message };
  }
}

async function readLabels(file: string, { path, parse }: LabelFile, contents: Contents): Promise<number> {
  const read = parse(await readLabelFile(file), file);
  contents.labels.set(path, read);
  return read.count;
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
