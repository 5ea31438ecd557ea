import type { DatasetLayout } from "../datasets/dataset.ts";
import type { PublicStore } from "../datasets/download/publicStore.ts";
import { type Split, splits } from "../datasets/types.ts";
import { resultOf, type TaskResult } from "../tasks/families.ts";
import type { FamilyTask } from "../tasks/familyTask.ts";
import type { TaskFamily } from "../tasks/taskFamily.ts";

/** One task of a suite. */
export interface Task extends FamilyTask {
  readonly description: string;
  readonly family: TaskFamily;
  /** The group of vector files that holds its papers. */
  readonly vectors: string;
  /** File with the metadata of its papers, relative to the dataset's folder. */
  readonly metadataFile: string;
  /** What its columns' ids begin with; default its id. */
  readonly columnStem?: string;
  /** Names of its classes in label order, where it has classes; a dataset may have others. */
  readonly classNames?: readonly string[];
}

/** One column of the table, as a value: table headers, JSON keys and docs all come from here. Higher is better in every column. */
export interface Column {
  /** Key in a record's `scores`. */
  readonly id: string;
  /** Its task's id. */
  readonly task: string;
  /** Short header under the task's label: "F1", "MAP", "nDCG", "P@1". */
  readonly metric: string;
  /** The value x100, unrounded; null for a task that did not run. */
  readonly percent: (result: TaskResult | undefined) => number | null;
  /** Standard deviation x100 over seeds; null where there is none. */
  readonly spreadPercent: (result: TaskResult | undefined) => number | null;
  /** The value x100 of each training seed; empty where the column is no mean over seeds. */
  readonly seedsPercent: (result: TaskResult | undefined) => readonly number[];
}

/** Vector files that are given together: those of the papers of one metadata file, as a rule. */
export interface VectorGroup {
  /** Name of its flag. */
  readonly id: string;
  /** What the flag's help says. */
  readonly description: string;
  /** The same flag in the reference's own program, where it has one. */
  readonly referenceFlag?: string;
}

/** Published vectors that can be scored again, and the row they must give. */
export interface Reproduction {
  /** The published row's model. */
  readonly row: string;
  /** Folder of the vectors in the dataset's, a file `GROUP.jsonl` each. */
  readonly folder: string;
  /** Parts of the store to pull for it. */
  readonly parts: readonly string[];
}

/** Names for help texts and messages, so that they are of this suite. */
export interface ExampleNames {
  /** Two tasks with one group of vectors. */
  readonly tasks: readonly [string, string];
  /** One with another group. */
  readonly otherTask: string;
  /** A column with a score that a good model reaches in it. */
  readonly column: string;
  readonly percent: number;
}

/** One published row of the table, with its source. */
export interface PublishedRow {
  readonly model: string;
  /** Where the numbers stand in print. */
  readonly source: string;
  readonly url: string;
  /** Column id to the printed value x100. */
  readonly scores: Readonly<Record<string, number>>;
}

/** How much the published data have. */
export interface PublishedSizes {
  /** Entries of a file by its path: papers, queries or clicks. */
  readonly files: Readonly<Record<string, number>>;
  /** Size and SHA-256 of published files by path, as far as they are known. */
  readonly bytes: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
  /** Items that the test split of a task judges, by the task's id: labelled papers, queries, clicks. */
  readonly judged: Readonly<Record<string, number>>;
  /** Labelled papers of a task in all its splits together, by the task's id. */
  readonly labelled: Readonly<Record<string, number>>;
}

/** What a suite's author writes. */
export interface SuiteDeclaration {
  /** Name in records. */
  readonly id: string;
  /** Name for readers. */
  readonly label: string;
  /** In the order of the table. */
  readonly tasks: readonly Task[];
  readonly vectorGroups: readonly VectorGroup[];
  /** How much the published data have; what is not known exactly is left out. */
  readonly sizes: PublishedSizes;
  /** The published rows; empty where there are none. */
  readonly published: () => readonly PublishedRow[];
  /** Where the data can be pulled from; null where they come otherwise. */
  readonly store: PublicStore | null;
  readonly reproduction: Reproduction | null;
  readonly examples: ExampleNames;
  /** Where to get the data, for the message that it is not there. */
  readonly dataHint: string;
}

/** A benchmark: tasks over one dataset and the columns they give. */
export interface Suite extends SuiteDeclaration {
  /** The columns in the order of the table; their plain mean exists only when all of them do. */
  readonly columns: readonly Column[];
  /** What a folder of its dataset has in it. */
  readonly layout: DatasetLayout;
}

/** Key of the mean of all columns. */
export const averageColumnId = "Avg";

function columnsOf(task: Task): Column[] {
  const { family, id, columnStem = id } = task;
  const percent = (value: number | null | undefined): number | null => (value == null ? null : 100 * value);
  return family.columns.map((column) => {
    const read = (of: typeof column.value | undefined, result: TaskResult | undefined): number | null => {
      const own = resultOf(family, result);
      return own === null || of === undefined ? null : percent(of(own));
    };
    return {
      id: `${columnStem}-${column.suffix}`,
      task: id,
      metric: column.metric,
      percent: (result) => read(column.value, result),
      spreadPercent: (result) => read(column.spread, result),
      seedsPercent: (result) => {
        const own = resultOf(family, result);
        return own === null ? [] : (column.perSeed?.(own) ?? []).map((value) => 100 * value);
      },
    };
  });
}

/** Every label file of a task, both splits. */
export function allLabelFiles(task: Task): string[] {
  return [...new Set(splits.flatMap((split) => labelFiles(task, split)))];
}

/** The label files that scoring a task on a split takes its numbers from. */
export function labelFiles({ family, folder }: Task, split: Split): string[] {
  return family.labelFiles(folder, split).map(({ path }) => path);
}

function layoutOf({ label, tasks, sizes, dataHint }: SuiteDeclaration): DatasetLayout {
  const metadataFiles = [...new Set(tasks.map((task) => task.metadataFile))];
  const named = tasks.flatMap(({ id, classNames }) => (classNames === undefined ? [] : [[id, classNames] as const]));
  return {
    label,
    metadataFiles,
    files: [...metadataFiles, ...tasks.flatMap(allLabelFiles)],
    classNames: Object.fromEntries(named),
    knownBytes: Object.fromEntries(Object.entries(sizes.bytes).map(([path, { bytes }]) => [path, bytes])),
    hint: dataHint,
  };
}

/** A suite from its declaration. @throws RangeError for two columns or tasks of one name, or a group of vectors that is not declared */
export function suite(declaration: SuiteDeclaration): Suite {
  const columns = declaration.tasks.flatMap(columnsOf);
  const names = [...columns.map(({ id }) => id), averageColumnId, "all"];
  const taskNames = declaration.tasks.map(({ id }) => id);
  for (const list of [names, taskNames]) {
    const twice = list.find((name, index) => list.indexOf(name) !== index);
    if (twice !== undefined) throw new RangeError(`the suite ${declaration.id} has two things called ${twice}`);
  }
  const groups = declaration.vectorGroups.map(({ id }) => id);
  const stray = declaration.tasks.find((task) => !groups.includes(task.vectors));
  if (stray !== undefined)
    throw new RangeError(`task ${stray.id}: there is no group of vectors called ${stray.vectors}`);
  return { ...declaration, columns, layout: layoutOf(declaration) };
}

/** The task of an id. @throws RangeError when the suite has none of that name */
export function taskOf(suite: Suite, id: string): Task {
  const task = suite.tasks.find((known) => known.id === id);
  if (task === undefined) throw new RangeError(`the suite ${suite.id} has no task called ${id}`);
  return task;
}

/** The families of a suite with their tasks, both in table order. */
export function familiesOf({ tasks }: Suite): Map<TaskFamily, Task[]> {
  const families = new Map<TaskFamily, Task[]>();
  for (const task of tasks) families.set(task.family, [...(families.get(task.family) ?? []), task]);
  return families;
}

/** Results by task. */
export type TaskResults = Readonly<Record<string, TaskResult>>;

/** The scores of a record (x100, unrounded), the average included, in table order. */
export function scoresOf({ columns }: Suite, results: TaskResults): Record<string, number | null> {
  const scores: Record<string, number | null> = {};
  let sum = 0;
  let complete = true;
  for (const column of columns) {
    const value = column.percent(results[column.task]);
    scores[column.id] = value;
    if (value === null) complete = false;
    else sum += value;
  }
  scores[averageColumnId] = complete ? sum / columns.length : null;
  return scores;
}

/** Standard deviations (x100) of the columns that have one. */
export function spreadOf({ columns }: Suite, results: TaskResults): Record<string, number> {
  const spread: Record<string, number> = {};
  for (const column of columns) {
    const value = column.spreadPercent(results[column.task]);
    if (value !== null) spread[column.id] = value;
  }
  return spread;
}
