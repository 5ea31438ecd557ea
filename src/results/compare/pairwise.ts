import type { RunControl } from "../../progress.ts";
import { holm } from "../../stats/holm.ts";
import { permutationPValue } from "../../stats/permutationPValue.ts";
import { resample } from "../../stats/resample.ts";
import type { Suite } from "../../suites/suite.ts";
import { suiteNamed } from "../../suites/suites.ts";
import type { RunRecord } from "../schema.ts";
import { discrepancies } from "./comparability.ts";
import { pairTask } from "./pairing.ts";

/** Which of several records are significantly better than which. */
export interface Pairwise {
  /** Column id to pairs `better[i][j]`: record i is significantly better than record j. */
  readonly better: ReadonlyMap<string, readonly (readonly boolean[])[]>;
  /** How many tests Holm's adjustment covers. */
  readonly tests: number;
}

/**
 * Whether records may stand in one ranking: all scored on the same data and split by the same protocol.
 * @returns null when they may, else what differs first
 */
export function whyNotRankable(records: readonly RunRecord[], suite?: Suite): string | null {
  const [first, ...others] = records;
  for (const other of others) {
    if (first === undefined) break;
    const refused = discrepancies(first, other, suite).find(({ severity }) => severity === "refused");
    if (refused !== undefined) {
      return `${first.model.name} (A) and ${other.model.name} (B): ${refused.message}`;
    }
  }
  return null;
}

/**
 * Tests every pair of records in every column by exchanging the two item by item, with Holm's adjustment over all pairs
 * and columns together.
 * @throws ScidocsError `BAD_INPUT` where records of one dataset contradict each other, `INTERRUPTED`
 */
export async function comparePairwise(
  records: readonly RunRecord[],
  options: {
    readonly resamples?: number;
    readonly seed?: number;
    readonly level?: number;
    /** The records' suite, where it is one of one's own. */
    readonly suite?: Suite;
  } = {},
  control: RunControl = {},
): Promise<Pairwise> {
  const { resamples = 10_000, seed = 42, level = 0.05 } = options;
  const tests: { column: string; i: number; j: number; difference: number; pValue: number }[] = [];
  const pairs = (records.length * (records.length - 1)) / 2;
  let done = 0;
  for (const [j, b] of records.entries()) {
    for (const [i, a] of records.slice(0, j).entries()) {
      const suite = suiteNamed(a.suite, options.suite);
      for (const [stream, task] of suite.tasks.entries()) {
        const paired = pairTask(suite, task, a.tasks[task.id], b.tasks[task.id]);
        if (paired === null) continue;
        const { exchanged } = await resample(
          paired.statistic,
          { resamples, seed, stream, kinds: "exchange" },
          { signal: control.signal },
        );
        for (const [index, column] of paired.columns.entries()) {
          const difference = paired.statistic.observed[index]!;
          const pValue = permutationPValue(difference, exchanged[index]!);
          tests.push({ column: column.id, i, j, difference, pValue });
        }
      }
      done++;
      control.onProgress?.({ stage: "testing pairs of records", done, total: pairs, unit: "pairs" });
    }
  }
  const better = new Map<string, boolean[][]>();
  const adjusted = holm(tests.map(({ pValue }) => pValue));
  for (const [index, { column, i, j, difference }] of tests.entries()) {
    const matrix = better.get(column) ?? records.map(() => records.map(() => false));
    better.set(column, matrix);
    if (adjusted[index]! >= level) continue;
    if (difference > 0) matrix[j]![i] = true;
    else matrix[i]![j] = true;
  }
  return { better, tests: tests.length };
}
