import type { ItemSection } from "./familyReport.ts";
import type { FamilyTask } from "./familyTask.ts";

/** The items of one pair of records. */
export type ItemGroup = ItemSection["groups"][number];

/**
 * A group for each task and each further record, held against the first one.
 * @param results per record, per task of the family
 * @param group of two results, with the positions of their records; null where there is nothing to show
 */
export function againstFirst<Result>(
  tasks: readonly FamilyTask[],
  results: readonly (readonly (Result | null)[])[],
  group: (label: string, a: Result, b: Result, pair: readonly [number, number]) => ItemGroup | null,
): ItemGroup[] {
  return tasks.flatMap(({ label }, task) =>
    results.flatMap((of, record): ItemGroup[] => {
      const [a, b] = [results[0]?.[task] ?? null, of[task] ?? null];
      const found = record === 0 || a === null || b === null ? null : group(label, a, b, [0, record]);
      return found === null ? [] : [found];
    }),
  );
}
