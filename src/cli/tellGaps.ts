import { gapNotes } from "../benchmark/paperGaps.ts";
import type { BenchmarkPlan } from "../benchmark/runBenchmark.ts";
import { notAskedFor } from "../benchmark/suitePlan.ts";
import type { SourceVectors } from "../benchmark/vectorSource.ts";
import type { CliContext } from "./context.ts";

/** Says what of the data is missing, before anything slow is done. */
export function tellGaps(
  context: CliContext,
  { suite, gaps }: Pick<BenchmarkPlan<unknown, SourceVectors>, "suite" | "gaps">,
): void {
  const skipped = [...suite.skipped].filter(([, reason]) => reason !== notAskedFor);
  for (const [task, reason] of skipped) context.stderr(`${task.id} will not run: ${reason}\n`);
  for (const note of gapNotes(gaps)) context.stderr(`${note}\n`);
}
