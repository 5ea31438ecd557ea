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
  /** Largest difference that counts as the same here. */
  readonly tolerancePercent: number;
  readonly matches: boolean;
}

/** Differences up to this count as the same: published tables print one decimal, and their own rounding is half of it. */
export const defaultTolerancePercent = 0.1;

/**
 * Compares a record with a published row, column by column and `Avg` last. A column that has a spread over seeds may differ by two of its
 * standard deviations: the published value is one draw of it.
 */
export function besidePublished(
  record: Pick<RunRecord, "suite" | "scores" | "spread">,
  row: Pick<PublishedRow, "scores">,
  tolerancePercent: number = defaultTolerancePercent,
  suite?: Suite,
): PublishedColumn[] {
  const { columns } = suiteNamed(record.suite, suite);
  return [...columns.map((column) => column.id), averageColumnId].map((id) => {
    const ours = record.scores[id] ?? null;
    const published = row.scores[id] ?? null;
    const difference = ours === null || published === null ? null : ours - published;
    const tolerance = Math.max(tolerancePercent, 2 * (record.spread[id] ?? 0));
    return {
      id,
      oursPercent: ours,
      publishedPercent: published,
      differencePercent: difference,
      tolerancePercent: tolerance,
      // Both numbers are decimal in print; a difference of exactly the tolerance must not fail for its last bit.
      matches: difference !== null && Math.abs(difference) <= tolerance + 1e-9,
    };
  });
}
