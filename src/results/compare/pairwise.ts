import { ScidocsError } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";
import { isCloseCall } from "../../stats/closeCall.ts";
import { type PairOfRuns, pairTests } from "../../stats/pairTests.ts";
import { stepDownMaxT } from "../../stats/stepDown.ts";
import type { Suite } from "../../suites/suite.ts";
import { suiteNamed } from "../../suites/suites.ts";
import { breathe } from "../../threads/breathe.ts";
import type { RunRecord } from "../schema.ts";
import { discrepancies } from "./comparability.ts";
import { pairTask, resampled } from "./pairing.ts";
import { mostPairwise, mostResamples, resamplesFor } from "./resamples.ts";

/** Which of several records are significantly better than which. */
export interface Pairwise {
  /** Column id to pairs `better[i][j]`: record i is significantly better than record j. */
  readonly better: ReadonlyMap<string, readonly (readonly boolean[])[]>;
  /** How many tests the adjustment covers. */
  readonly tests: number;
  /** How many of them other draws might decide otherwise. */
  readonly closeCalls: number;
  /** Draws that were made. */
  readonly draws: number;
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

/** Milliseconds of drawing between two looks at the stop signal. */
const sliceMs = 40;

/** Tests times draws that close calls may take together: a minute of work. */
const mostTested = 50_000_000;

/** How several records are compared. */
export interface PairwiseOptions {
  /** Default 10,000, as many as the level needs, and up to ten times as many for close calls. */
  readonly resamples?: number;
  /** Default 42. */
  readonly seed?: number;
  /** Chance of any false letter in the whole table. Default 0.05. */
  readonly level?: number;
  /** The records' suite, where it is one of one's own. */
  readonly suite?: Suite;
}

async function pairsOf(
  records: readonly RunRecord[],
  own: Suite | undefined,
  control: RunControl,
): Promise<PairOfColumns[]> {
  const pairs: PairOfColumns[] = [];
  for (const [j, b] of records.entries()) {
    for (const [i, a] of records.slice(0, j).entries()) {
      const suite = suiteNamed(a.suite, own);
      for (const task of suite.tasks) {
        const paired = pairTask(suite, task, a.tasks[task.id], b.tasks[task.id]);
        if (paired === null) continue;
        pairs.push({ ...resampled(paired), a: i, b: j, columns: paired.columns.map(({ id }) => id) });
      }
    }
    await breathe(control);
  }
  return pairs;
}

interface PairOfColumns extends PairOfRuns {
  readonly columns: readonly string[];
}

/**
 * Tests every pair of records in every column by exchanging the two item by item, adjusted over all pairs and columns
 * together by the step-down max-T procedure: however many tests, none is out of reach.
 * @throws ScidocsError `BAD_INPUT` where records of one dataset contradict each other, `USAGE` for resamples by which nothing could be
 *   significant, or for more than 50 records, `INTERRUPTED`
 */
export async function comparePairwise(
  records: readonly RunRecord[],
  { resamples, seed = 42, level = 0.05, suite }: PairwiseOptions = {},
  control: RunControl = {},
): Promise<Pairwise> {
  const usual = resamplesFor(1 - level, resamples);
  if (records.length > mostPairwise) {
    throw new ScidocsError(
      "USAGE",
      `every pair of ${records.length} records is too much to test: give ${mostPairwise} at most, or leave the letters out`,
    );
  }
  const pairs = await pairsOf(records, suite, control);
  const { tests, observed, draw } = pairTests(pairs, seed);
  const counted = stepDownMaxT(observed, "two-sided");
  const out = new Float64Array(tests.length);
  const stage = "testing pairs of records";
  const most = Math.max(usual, Math.min(mostResamples(usual, resamples), Math.floor(mostTested / tests.length)));
  const closeAfter =
    (made: number) =>
    (adjusted: number): boolean =>
      isCloseCall(adjusted, level, made);
  let draws = tests.length === 0 ? 0 : usual;
  let sliceEnd = performance.now() + sliceMs;
  for (let r = 0; r < draws; r++) {
    draw(r, out);
    counted.add(out);
    if (r === draws - 1 && counted.result().adjusted.some(closeAfter(draws))) draws = Math.min(2 * draws, most);
    if (performance.now() < sliceEnd) continue;
    control.onProgress?.({ stage, done: r, total: draws, unit: "resamples" });
    await breathe(control);
    sliceEnd = performance.now() + sliceMs;
  }
  control.onProgress?.({ stage, done: draws, total: draws, unit: "resamples" });
  const { adjusted } = counted.result();
  const better = new Map<string, boolean[][]>();
  for (const [index, { pair, column }] of tests.entries()) {
    const id = pairs.find((own) => own.key === pair.key)!.columns[column]!;
    const matrix = better.get(id) ?? records.map(() => records.map(() => false));
    better.set(id, matrix);
    if (adjusted[index]! >= level) continue;
    if (observed[index]! > 0) matrix[pair.b]![pair.a] = true;
    else matrix[pair.a]![pair.b] = true;
  }
  return { better, tests: tests.length, closeCalls: adjusted.filter(closeAfter(draws)).length, draws };
}
