import { type TaskId, taskIds } from "../../datasets/types.ts";
import type { TaskResult } from "../../results/schema.ts";

/** One column of the paper's table, as a value: table headers, JSON keys and docs all come from here. */
export interface Column {
  /** Key in a record's `scores`. */
  readonly id: string;
  readonly task: TaskId;
  /** Short header under the task's label: "F1", "MAP", "nDCG", "P@1". */
  readonly metric: string;
  /** The value x100, unrounded; null for a task that did not run. */
  readonly percent: (result: TaskResult | undefined) => number | null;
  /** Standard deviation x100 over seeds, where the column has one. */
  readonly spreadPercent?: (result: TaskResult | undefined) => number | null;
}

/** The three vector files of a submission: one for the papers of each metadata file. */
export const vectorGroups = ["cls", "user-citation", "recomm"] as const;
export type VectorGroup = (typeof vectorGroups)[number];

/** One task of the suite. */
export interface Task {
  readonly id: TaskId;
  readonly label: string;
  readonly description: string;
  readonly family: "classification" | "ranking" | "recommendation";
  /** Which of the three vector files holds its papers. */
  readonly vectors: VectorGroup;
}

/** The seven tasks in the paper's order (Cohan et al., ACL 2020, table 1). Higher is better in every column. */
export const tasks: readonly Task[] = [
  {
    id: "mag",
    label: "MAG",
    description: "field of study, 19 classes",
    family: "classification",
    vectors: "cls",
  },
  {
    id: "mesh",
    label: "MeSH",
    description: "disease area, 11 classes",
    family: "classification",
    vectors: "cls",
  },
  {
    id: "co-view",
    label: "co-view",
    description: "papers viewed in the same session",
    family: "ranking",
    vectors: "user-citation",
  },
  {
    id: "co-read",
    label: "co-read",
    description: "papers read in the same session",
    family: "ranking",
    vectors: "user-citation",
  },
  {
    id: "cite",
    label: "cite",
    description: "papers the query cites",
    family: "ranking",
    vectors: "user-citation",
  },
  {
    id: "co-cite",
    label: "co-cite",
    description: "papers cited together with the query",
    family: "ranking",
    vectors: "user-citation",
  },
  {
    id: "recomm",
    label: "recomm",
    description: "the clicked paper among those shown",
    family: "recommendation",
    vectors: "recomm",
  },
];

/** The task of an id. */
export function taskOf(id: TaskId): Task {
  return tasks[taskIds.indexOf(id)]!;
}

const percent = (value: number | null | undefined): number | null => (value == null ? null : 100 * value);

function columnsOf(task: Task): Column[] {
  switch (task.family) {
    case "classification":
      return [
        {
          id: `${task.id}-f1`,
          task: task.id,
          metric: "F1",
          percent: (result) => (result?.kind === "classification" ? percent(result.macroF1) : null),
        },
      ];
    case "ranking": {
      // The column ids say "cocite" where the task is "co-cite", as the published tables do.
      const stem = task.id === "co-cite" ? "cocite" : task.id;
      return [
        {
          id: `${stem}-map`,
          task: task.id,
          metric: "MAP",
          percent: (result) => (result?.kind === "ranking" ? percent(result.map) : null),
        },
        {
          id: `${stem}-ndcg`,
          task: task.id,
          metric: "nDCG",
          percent: (result) => (result?.kind === "ranking" ? percent(result.ndcg) : null),
        },
      ];
    }
    case "recommendation":
      return [
        {
          id: "recomm-ndcg",
          task: task.id,
          metric: "nDCG",
          percent: (result) => (result?.kind === "recommendation" ? percent(result.ndcg) : null),
          spreadPercent: (result) => (result?.kind === "recommendation" ? percent(result.ndcgSd) : null),
        },
        {
          id: "recomm-P@1",
          task: task.id,
          metric: "P@1",
          percent: (result) => (result?.kind === "recommendation" ? percent(result.precisionAt1) : null),
          spreadPercent: (result) => (result?.kind === "recommendation" ? percent(result.precisionAt1Sd) : null),
        },
      ];
  }
}

/** The twelve columns in the paper's order; `Avg` is their plain mean and exists only when all twelve do. */
export const columns: readonly Column[] = tasks.flatMap(columnsOf);

/** Key of the mean of the twelve columns. */
export const averageColumnId = "Avg";

/** The scores of a record (x100, unrounded), the average included, in table order. */
export function scoresOf(results: Partial<Record<TaskId, TaskResult>>): Record<string, number | null> {
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
export function spreadOf(results: Partial<Record<TaskId, TaskResult>>): Record<string, number> {
  const spread: Record<string, number> = {};
  for (const column of columns) {
    const value = column.spreadPercent?.(results[column.task]) ?? null;
    if (value !== null) spread[column.id] = value;
  }
  return spread;
}
