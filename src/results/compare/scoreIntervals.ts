import type { RunControl } from "../../progress.ts";
import { type Interval, percentileInterval } from "../../stats/interval.ts";
import { resample } from "../../stats/resample.ts";
import type { Suite } from "../../suites/suite.ts";
import { suiteNamed } from "../../suites/suites.ts";
import { recorded, resultOf } from "../../tasks/families.ts";
import type { RunRecord } from "../schema.ts";
import { pairTask } from "./pairing.ts";

/**
 * Bootstrap intervals (x100) of one record's scores, by column id, from resampling its queries, papers and clicks. They tell how far
 * a score would move with other data; whether two records differ is for their paired comparison, which is far sharper.
 * @throws ScidocsError `INTERRUPTED`
 */
export async function scoreIntervals(
  record: RunRecord,
  options: {
    readonly resamples?: number;
    readonly seed?: number;
    readonly confidence?: number;
    /** The record's suite, where it is one of one's own. */
    readonly suite?: Suite;
  } = {},
  control: RunControl = {},
): Promise<Map<string, Interval>> {
  const { resamples = 2000, seed = 42, confidence = 0.95 } = options;
  const intervals = new Map<string, Interval>();
  const suite = suiteNamed(record.suite, options.suite);
  for (const [stream, task] of suite.tasks.entries()) {
    const result = resultOf(task.family, record.tasks[task.id]);
    if (result === null) continue;
    const nothing = recorded(task.family.comparison.nothing(result));
    const paired = pairTask(suite, task, nothing, result);
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
