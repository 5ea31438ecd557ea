import { type LabelFile as Labels, parseLabels } from "../../datasets/classification.ts";
import type { DatasetReading } from "../../datasets/reading.ts";
import { type ClassificationData, type Split, splits } from "../../datasets/types.ts";
import type { FamilyTask } from "../familyTask.ts";
import type { LabelFile, LabelFileContents, TaskFindings } from "../taskFamily.ts";

/** What a file of class labels holds. */
export interface LabelContents extends LabelFileContents, Labels {
  readonly repeatedRows: number;
}

function parse(text: string, file: string): LabelContents {
  const labels = parseLabels(text, file);
  return { ...labels, count: labels.paperIds.length };
}

const pathOf = (folder: string, part: "train" | Split): string => `${folder}/${part}.csv`;

/** Train, from which the classifier learns, and the evaluated split. */
export function classLabelFiles(folder: string, split: Split): LabelFile[] {
  return [pathOf(folder, "train"), pathOf(folder, split)].map((path) => ({ path, unit: "papers", parse }));
}

/** Train and both splits. */
export function classFilesRead(folder: string): LabelFile[] {
  return (["train", "val", "test"] as const).map((part) => ({ path: pathOf(folder, part), unit: "papers", parse }));
}

/** All three label files of a classification task. */
export async function readClassification(reading: DatasetReading, folder: string): Promise<ClassificationData> {
  const read = (part: "train" | Split): Promise<LabelContents> => reading.labels(pathOf(folder, part), parse);
  return { train: await read("train"), val: await read("val"), test: await read("test") };
}

/** How many papers each class has in each split, and papers that are learnt from and judged as well. */
export function classFindings(
  task: FamilyTask,
  contents: (path: string) => LabelFileContents | undefined,
  classNames: readonly string[],
): TaskFindings {
  // A family is only ever given what its own `parse` made.
  const labelsOf = (part: "train" | Split) => contents(pathOf(task.folder, part)) as LabelContents | undefined;
  const classes = new Map<number, TaskFindings["classes"][number]>();
  for (const part of ["train", "val", "test"] as const) {
    for (const label of labelsOf(part)?.labels ?? []) {
      const name = classNames[label] ?? null;
      const row = classes.get(label) ?? { task: task.id, label, name, train: 0, val: 0, test: 0 };
      classes.set(label, { ...row, [part]: row[part] + 1 });
    }
  }
  const train = new Set(labelsOf("train")?.paperIds);
  const notes = splits.flatMap((split) => {
    const seen = labelsOf(split)?.paperIds.filter((id) => train.has(id)).length ?? 0;
    return seen > 0 ? [`${task.id}: ${seen} papers of ${split} are in train as well.`] : [];
  });
  return { classes: [...classes.values()].sort((a, b) => a.label - b.label), clicks: [], notes };
}
