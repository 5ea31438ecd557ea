import type { ResampledTask } from "../../stats/resample.ts";
import type { Column, Suite, Task } from "../../suites/suite.ts";
import { resultOf } from "../../tasks/families.ts";
import type { ItemUnit, PairedRows } from "../../tasks/pairedRows.ts";
import type { TaskResult } from "../schema.ts";

/** Two runs of one task, item by item. */
export interface PairedTask extends PairedRows {
  readonly task: string;
  readonly unit: ItemUnit;
  readonly columns: readonly Column[];
  /** Items that only one of the runs scored; they are in its score and not in the difference. */
  readonly onlyA: number;
  readonly onlyB: number;
}

/**
 * Puts two results of one task side by side, item by item.
 * @returns null where one of them did not run, or they share no item
 * @throws ScidocsError `BAD_INPUT` when they contradict each other about a shared item
 */
export function pairTask(
  suite: Suite,
  task: Task,
  a: TaskResult | undefined,
  b: TaskResult | undefined,
): PairedTask | null {
  const { unit, itemCount, pair } = task.family.comparison;
  const [ownA, ownB] = [resultOf(task.family, a), resultOf(task.family, b)];
  if (ownA === null || ownB === null) return null;
  const paired = pair(task, ownA, ownB);
  if (paired === null) return null;
  return {
    ...paired,
    task: task.id,
    unit,
    columns: suite.columns.filter((column) => column.task === task.id),
    onlyA: itemCount(ownA) - paired.items.length,
    onlyB: itemCount(ownB) - paired.items.length,
  };
}

/** Items are drawn by the paper that they belong to: a query that several tasks rank for, or that was clicked for twice, is one. */
export function resampled({ task, statistic, items }: PairedTask): ResampledTask {
  return { key: task, statistic, units: items.map(({ paperId }) => paperId) };
}
