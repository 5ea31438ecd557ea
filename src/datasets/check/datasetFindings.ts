import { benchmarkSizes, total } from "../benchmarkSizes.ts";
import type { LabelFile } from "../classification.ts";
import { idsOfClick } from "../clicks.ts";
import type { Dataset } from "../dataset.ts";
import { allLabelFiles, classificationTaskIds, labelFiles, propensityFile, taskLayout } from "../layout.ts";
import { type ClassificationTaskId, type Click, type Qrel, type Split, splits, type TaskId } from "../types.ts";
import type { DatasetCheck, TaskCheck } from "./datasetCheck.ts";

/** Ids named of each kind of gap. */
const named = 5;

/** What was read of a dataset, by path of the file; a missing or broken file has no entry. */
export interface Contents {
  readonly labels: Map<string, LabelFile>;
  readonly qrels: Map<string, Qrel>;
  readonly clicks: Map<string, readonly Click[]>;
  readonly metadata: Map<string, MetadataIds>;
}

/** Ids of a metadata file. */
export interface MetadataIds {
  readonly all: ReadonlySet<string>;
  readonly emptyText: ReadonlySet<string>;
  readonly withoutAbstract: ReadonlySet<string>;
  readonly repeated: number;
}

/** Papers that a task needs on a split, null when one of its label files is missing or broken. */
function papersOf(task: TaskId, split: Split, contents: Contents): ReadonlySet<string> | null {
  const ids = new Set<string>();
  for (const path of labelFiles(task, split)) {
    if (path === propensityFile) continue;
    const labels = contents.labels.get(path);
    const qrel = contents.qrels.get(path);
    const clicks = contents.clicks.get(path);
    if (labels === undefined && qrel === undefined && clicks === undefined) return null;
    for (const id of labels?.paperIds ?? []) ids.add(id);
    for (const { queryId, candidateIds } of qrel?.queries ?? [])
      for (const id of [queryId, ...candidateIds]) ids.add(id);
    for (const click of clicks ?? []) for (const id of idsOfClick(click)) ids.add(id);
  }
  return ids;
}

/** Gaps of the papers that a task needs on a split; null when one of its label files could not be read. */
export function checkTask(task: TaskId, split: Split, contents: Contents): TaskCheck | null {
  const papers = papersOf(task, split, contents);
  if (papers === null) return null;
  const metadata = contents.metadata.get(taskLayout[task].metadataFile);
  const missing = metadata === undefined ? [] : [...papers].filter((id) => !metadata.all.has(id));
  const among = (ids: ReadonlySet<string> | undefined): number | null =>
    ids === undefined ? null : [...papers].filter((id) => ids.has(id)).length;
  return {
    task,
    split,
    papers: papers.size,
    withoutMetadata: metadata === undefined ? null : missing.length,
    withoutMetadataIds: missing.slice(0, named),
    emptyText: among(metadata?.emptyText),
    withoutAbstract: among(metadata?.withoutAbstract),
  };
}

/** How many papers each class has in each split. */
export function checkClasses(
  dataset: Dataset,
  task: ClassificationTaskId,
  contents: Contents,
): DatasetCheck["classes"] {
  const classes = new Map<number, DatasetCheck["classes"][number]>();
  for (const split of ["train", "val", "test"] as const) {
    for (const label of contents.labels.get(`${taskLayout[task].folder}/${split}.csv`)?.labels ?? []) {
      const name = dataset.classNames[task][label] ?? null;
      const row = classes.get(label) ?? { task, label, name, train: 0, val: 0, test: 0 };
      classes.set(label, { ...row, [split]: row[split] + 1 });
    }
  }
  return [...classes.values()].sort((a, b) => a.label - b.label);
}

/** Where in the lists the clicks of a split are. */
export function checkClicks(split: "train" | "val" | "test", contents: Contents): DatasetCheck["clicks"] {
  const clicks = contents.clicks.get(`${taskLayout.recomm.folder}/${split}.csv`);
  if (clicks === undefined) return [];
  const positions: number[] = [];
  let shown = 0;
  for (const { clickedId, shownIds } of clicks) {
    const place = shownIds.indexOf(clickedId);
    while (positions.length <= place) positions.push(0);
    positions[place] = (positions[place] ?? 0) + 1;
    shown += shownIds.length;
  }
  return [{ split, clicks: clicks.length, positions, meanShown: shown / clicks.length }];
}

/** Only the sum of a classification task's splits is known of the published files. */
export function labelTotals(contents: Contents): string[] {
  return classificationTaskIds.flatMap((task) => {
    const read = allLabelFiles(task).map((path) => contents.labels.get(path)?.paperIds.length);
    const rows = read.reduce((sum: number, length) => sum + (length ?? 0), 0);
    const expected = total(benchmarkSizes[task]);
    if (read.includes(undefined) || rows === expected) return [];
    return [`${task} has ${rows} labelled papers, the published benchmark ${expected}.`];
  });
}

/** Rows, entries and papers that occur more than once. */
export function repetitions(contents: Contents): string[] {
  const notes: string[] = [];
  for (const [path, { repeatedRows }] of contents.labels) {
    if (repeatedRows > 0) notes.push(`${path} repeats ${repeatedRows} rows; they count twice, as in the reference.`);
  }
  for (const [path, { repeated }] of contents.metadata) {
    if (repeated > 0) notes.push(`${path} has ${repeated} papers more than once; the last one is used.`);
  }
  for (const task of classificationTaskIds) {
    const of = (split: string): readonly string[] =>
      contents.labels.get(`${taskLayout[task].folder}/${split}.csv`)?.paperIds ?? [];
    const train = new Set(of("train"));
    for (const split of splits) {
      const seen = of(split).filter((id) => train.has(id)).length;
      if (seen > 0) notes.push(`${task}: ${seen} papers of ${split} are in train as well.`);
    }
  }
  return notes;
}
