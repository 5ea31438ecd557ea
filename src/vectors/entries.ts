import type { ReadVectorsResult } from "./vectorFile.ts";
import { vectorTable } from "./vectorTable.ts";

/** What was read, before repeated ids are settled. */
export interface Entries {
  /** Ids in file order, repeats among them. */
  readonly ids: readonly string[];
  /** Ascending positions in `ids` of the entries with an empty vector; the others have a row each, in order. */
  readonly emptyAt: readonly number[];
  readonly dimensions: number;
  /** One row for each entry that is not empty. It is compacted in place when entries are replaced. */
  readonly values: Float32Array | Float64Array;
  readonly unneededEntries: number;
}

/**
 * Makes the table of what was read: of a repeated id the last entry wins, as in the reference, and rows keep their
 * order.
 */
export function tableOfEntries({ ids, emptyAt, dimensions, values, unneededEntries }: Entries): ReadVectorsResult {
  const lastAt = new Map<string, number>();
  for (const [position, id] of ids.entries()) lastAt.set(id, position);
  const emptyIds = new Set<string>();
  if (lastAt.size === ids.length && emptyAt.length === 0) {
    return { ids, rowOf: lastAt, dimensions, data: values, emptyIds, replacedEntries: 0, unneededEntries };
  }
  const empty = new Set(emptyAt);
  const keptIds: string[] = [];
  let row = 0;
  for (const [position, id] of ids.entries()) {
    const wins = lastAt.get(id) === position;
    if (empty.has(position)) {
      if (wins) emptyIds.add(id);
      continue;
    }
    if (wins) {
      const to = keptIds.length * dimensions;
      if (keptIds.length < row) values.copyWithin(to, row * dimensions, (row + 1) * dimensions);
      keptIds.push(id);
    }
    row++;
  }
  const data = values.subarray(0, keptIds.length * dimensions);
  return {
    ...vectorTable(keptIds, dimensions, data, emptyIds),
    replacedEntries: ids.length - lastAt.size,
    unneededEntries,
  };
}
