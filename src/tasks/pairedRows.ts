import type { PairedStatistic } from "../stats/pairedStatistic.ts";

/** What one item of a family is, as a reader counts them. */
export type ItemUnit = "papers" | "queries" | "clicks";

/** One thing that a task scores and that both runs share. */
export interface PairedItem {
  /** The paper to classify, or the query. */
  readonly paperId: string;
  /** The clicked paper; null outside the recommendation task. */
  readonly clickedId: string | null;
}

/** Two runs of one task, item by item. */
export interface PairedRows {
  readonly items: readonly PairedItem[];
  /** Per column, the value of every item under A and B, in [0, 1]; for macro F1 whether the prediction is right. */
  readonly values: readonly { readonly a: Float64Array; readonly b: Float64Array }[];
  readonly statistic: PairedStatistic;
}

/** The same item may occur twice (a pair clicked on two days); its occurrences are told apart by their number. */
function numbered(keys: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return keys.map((key) => {
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? key : `${key}\n${count}`;
  });
}

/** Indices of the shared items in A and in B, in A's order. */
export function sharedItems(keysA: readonly string[], keysB: readonly string[]): { a: Int32Array; b: Int32Array } {
  const indexInB = new Map(numbered(keysB).map((key, index) => [key, index]));
  const a: number[] = [];
  const b: number[] = [];
  for (const [index, key] of numbered(keysA).entries()) {
    const other = indexInB.get(key);
    if (other === undefined) continue;
    a.push(index);
    b.push(other);
  }
  return { a: Int32Array.from(a), b: Int32Array.from(b) };
}

/** The values at some indices. */
export function valuesAt(values: readonly number[], indices: Int32Array): Float64Array {
  return Float64Array.from(indices, (index) => values[index] ?? Number.NaN);
}
