import { printable } from "../../printable.ts";
import type { RunControl } from "../../progress.ts";
import { columnsDrawn, intervalOf } from "../../stats/drawnDifference.ts";
import type { Interval } from "../../stats/interval.ts";
import { resample } from "../../stats/resample.ts";
import type { Suite } from "../../suites/suite.ts";
import { suiteNamed } from "../../suites/suites.ts";
import { recorded, resultOf } from "../../tasks/families.ts";
import type { RunRecord } from "../schema.ts";
import { pairTask, resampled } from "./pairing.ts";

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
  const suite = suiteNamed(record.suite, options.suite);
  const paired = suite.tasks.flatMap((task) => {
    const result = resultOf(task.family, record.tasks[task.id]);
    if (result === null) return [];
    return pairTask(suite, task, recorded(task.family.comparison.nothing(result)), result) ?? [];
  });
  const drawn = await resample(
    paired.map(resampled),
    { resamples, seed, kinds: "counted" },
    { ...control, stage: `resampling ${printable(record.model.name, 40)}` },
  );
  return new Map(
    paired.flatMap(({ columns, statistic }, index) =>
      columnsDrawn(statistic, drawn[index]!).map((one, column): [string, Interval] => {
        const { low, high } = intervalOf(one, confidence);
        return [columns[column]!.id, { low: 100 * low, high: 100 * high }];
      }),
    ),
  );
}
