import { predictionTolerance } from "../stats/fewSeeds.ts";
import { averageColumnId, type PublishedRow, type Suite } from "../suites/suite.ts";
import { suiteNamed } from "../suites/suites.ts";
import type { RunRecord } from "./schema.ts";

/** One column beside its published value, all x100. */
export interface PublishedColumn {
  readonly id: string;
  /** Unrounded; null where the task did not run. */
  readonly oursPercent: number | null;
  /** As printed; null where the row does not have the column. */
  readonly publishedPercent: number | null;
  /** Ours minus published; null where one is missing. */
  readonly differencePercent: number | null;
  /** Largest difference that counts as the same here; infinite where one seed tells nothing of the next. */
  readonly tolerancePercent: number;
  /** False where the tolerance is infinite: whether ours is the published value cannot be told. */
  readonly decided: boolean;
  readonly matches: boolean;
}

/** Differences up to this count as the same: published tables print one decimal, and their own rounding is half of it. */
export const defaultTolerancePercent = 0.1;

/** How often a faithful reproduction should match, in all columns that seeds move together. */
const confidence = 0.95;

/** What is needed of a record; without its tasks nothing is known of seeds. */
type Judged = Pick<RunRecord, "suite" | "scores"> & Partial<Pick<RunRecord, "tasks" | "spread">>;

function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/**
 * How far the published value, one training run, may fall from our mean over seeds: a column's own, and of the average what the
 * columns of one network bring into it together.
 */
function seedTolerances({ columns, tasks: all }: Suite, { tasks = {} }: Judged): Map<string, number> {
  const seeded = columns.flatMap((column) => {
    const seeds = column.seedsPercent(tasks[column.task]);
    return seeds.length === 0 ? [] : [{ column, seeds }];
  });
  // Each column alone would match in 95 %, both together in fewer: the chance to miss is shared out.
  const each = 1 - (1 - confidence) / Math.max(1, seeded.length);
  const tolerance = (seeds: readonly number[]): number => {
    if (seeds.length < 2) return Number.POSITIVE_INFINITY;
    return predictionTolerance(standardDeviation(seeds), seeds.length, each);
  };
  // The columns of a task come from the same networks, so that they are added seed by seed.
  const ofTasks = all.flatMap(({ id }) => {
    const own = seeded.filter(({ column }) => column.task === id);
    const [first] = own;
    if (first === undefined) return [];
    return tolerance(first.seeds.map((_, s) => own.reduce((sum, { seeds }) => sum + seeds[s]!, 0) / columns.length));
  });
  return new Map([
    ...seeded.map(({ column, seeds }): [string, number] => [column.id, tolerance(seeds)]),
    [averageColumnId, Math.hypot(...ofTasks)],
  ]);
}

/**
 * Compares a record with a published row, column by column and `Avg` last. A published value of a column that is trained from seeds is
 * one draw of it: it may fall from our mean over S seeds by t sd sqrt(1 + 1/S), and `Avg` by what follows from that.
 */
export function besidePublished(
  record: Judged,
  row: Pick<PublishedRow, "scores">,
  tolerancePercent: number = defaultTolerancePercent,
  own?: Suite,
): PublishedColumn[] {
  const suite = suiteNamed(record.suite, own);
  const bySeeds = seedTolerances(suite, record);
  return [...suite.columns.map((column) => column.id), averageColumnId].map((id) => {
    const ours = record.scores[id] ?? null;
    const published = row.scores[id] ?? null;
    const difference = ours === null || published === null ? null : ours - published;
    const tolerance = Math.max(tolerancePercent, bySeeds.get(id) ?? 0);
    const decided = tolerance < Number.POSITIVE_INFINITY;
    return {
      id,
      oursPercent: ours,
      publishedPercent: published,
      differencePercent: difference,
      tolerancePercent: tolerance,
      decided,
      // Both numbers are decimal in print; a difference of exactly the tolerance must not fail for its last bit.
      matches: decided && difference !== null && Math.abs(difference) <= tolerance + 1e-9,
    };
  });
}
