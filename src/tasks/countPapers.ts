import type { VectorTable } from "../vectors/vectorTable.ts";
import type { PaperCounts } from "./paperCounts.ts";

/**
 * How many of a task's papers have a vector.
 * @param paperIds the papers that the task needs; repetitions count once
 */
export function countPapers(paperIds: Iterable<string>, vectors: VectorTable): PaperCounts {
  const ids = new Set(paperIds);
  let embedded = 0;
  let emptyVector = 0;
  for (const id of ids) {
    if (vectors.rowOf.has(id)) embedded += 1;
    else if (vectors.emptyIds.has(id)) emptyVector += 1;
  }
  return {
    expected: ids.size,
    embedded,
    missing: ids.size - embedded,
    emptyVector,
    emptyText: null,
    truncated: null,
  };
}
