import { repeatedNotes } from "../../datasets/papers.ts";
import type { Split } from "../../datasets/types.ts";
import type { LabelFileContents } from "../../tasks/taskFamily.ts";
import { allLabelFiles, labelFiles, type Suite, type Task } from "../suite.ts";
import type { TaskCheck } from "./datasetCheck.ts";

/** Ids named of each kind of gap. */
const named = 5;

/** What was read of a dataset, by path of the file; a missing or broken file has no entry. */
export interface Contents {
  readonly labels: Map<string, LabelFileContents>;
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
function papersOf(task: Task, split: Split, contents: Contents): ReadonlySet<string> | null {
  const ids = new Set<string>();
  for (const path of labelFiles(task, split)) {
    const labels = contents.labels.get(path);
    if (labels !== undefined) for (const id of labels.paperIds) ids.add(id);
    else if (namesPapers(task, split, path)) return null;
  }
  return ids;
}

/** Whether a label file names papers: without one that does not, the papers are known all the same. */
function namesPapers({ family, folder }: Task, split: Split, path: string): boolean {
  return family.labelFiles(folder, split).some((file) => file.path === path && file.unit !== "positions");
}

/** Gaps of the papers that a task needs on a split; null when one of its label files could not be read. */
export function checkTask(task: Task, split: Split, contents: Contents): TaskCheck | null {
  const papers = papersOf(task, split, contents);
  if (papers === null) return null;
  const metadata = contents.metadata.get(task.metadataFile);
  const missing = metadata === undefined ? [] : [...papers].filter((id) => !metadata.all.has(id));
  const among = (ids: ReadonlySet<string> | undefined): number | null =>
    ids === undefined ? null : [...papers].filter((id) => ids.has(id)).length;
  return {
    task: task.id,
    split,
    papers: papers.size,
    withoutMetadata: metadata === undefined ? null : missing.length,
    withoutMetadataIds: missing.slice(0, named),
    emptyText: among(metadata?.emptyText),
    withoutAbstract: among(metadata?.withoutAbstract),
  };
}

/** Where only the sum of a task's splits is known of the published files. */
export function labelTotals({ tasks, sizes }: Suite, contents: Contents): string[] {
  return tasks.flatMap((task) => {
    const expected = sizes.labelled[task.id];
    const read = allLabelFiles(task).map((path) => contents.labels.get(path)?.count);
    const rows = read.reduce((sum: number, length) => sum + (length ?? 0), 0);
    if (expected === undefined || read.includes(undefined) || rows === expected) return [];
    return [`${task.id} has ${rows} labelled papers, the published benchmark ${expected}.`];
  });
}

/** Rows and entries that occur more than once. */
export function repetitions(contents: Contents): string[] {
  const notes: string[] = [];
  for (const [path, { repeatedRows = 0 }] of contents.labels) {
    if (repeatedRows > 0) notes.push(`${path} repeats ${repeatedRows} rows; they count twice, as in the reference.`);
  }
  for (const [path, { repeated }] of contents.metadata) {
    notes.push(...repeatedNotes(path, repeated));
  }
  return notes;
}
