import { taskIds } from "../../datasets/types.ts";
import type { RunControl } from "../../progress.ts";
import { type Interval, percentileInterval } from "../../stats/interval.ts";
import { resample } from "../../stats/resample.ts";
import type { RunRecord, TaskResult } from "../schema.ts";
import { pairTask } from "./pairing.ts";

/** A label that no dataset uses, so that predicting it is always wrong and earns no F1. */
const noLabel = Number.MIN_SAFE_INTEGER;

/** The same items scored by a run that gets everything wrong: the difference to it is the score itself. */
function nothing(result: TaskResult): TaskResult {
  switch (result.kind) {
    case "classification":
      return { ...result, rows: { ...result.rows, prediction: result.rows.prediction.map(() => noLabel) } };
    case "ranking": {
      const zeros = result.rows.query.map(() => 0);
      return { ...result, rows: { ...result.rows, averagePrecision: zeros, ndcg: zeros } };
    }
    case "recommendation": {
      // Infinitely many ranked above earn nothing in either metric.
      const last = result.rows.query.map(() => Number.POSITIVE_INFINITY);
      return { ...result, seeds: result.seeds.slice(0, 1), rows: { ...result.rows, rankedAbove: [last] } };
    }
    case "skipped":
      return result;
  }
}

/**
 * Bootstrap intervals (x100) of one record's scores, by column id, from resampling its queries, papers and clicks. They tell how far
 * a score would move with other data; whether two records differ is for their paired comparison, which is far sharper.
 * @throws ScidocsError `INTERRUPTED`
 */
export async function scoreIntervals(
  record: RunRecord,
  options: { readonly resamples?: number; readonly seed?: number; readonly confidence?: number } = {},
  control: RunControl = {},
): Promise<Map<string, Interval>> {
  const { resamples = 2000, seed = 42, confidence = 0.95 } = options;
  const intervals = new Map<string, Interval>();
  for (const [stream, task] of taskIds.entries()) {
    const result: TaskResult | undefined = record.tasks[task];
    if (result === undefined) continue;
    const paired = pairTask(task, nothing(result), result);
    if (paired === null) continue;
    const { bootstrap } = await resample(
      paired.statistic,
      { resamples, seed, stream, kinds: "bootstrap" },
      { signal: control.signal },
    );
    for (const [index, column] of paired.columns.entries()) {
      const { low, high } = percentileInterval(bootstrap[index]!, confidence);
      intervals.set(column.id, { low: 100 * low, high: 100 * high });
    }
  }
  return intervals;
}
