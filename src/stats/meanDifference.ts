import type { PairedStatistic } from "./pairedStatistic.ts";
import { weightedMeans } from "./weightedMeans.ts";

/**
 * Differences of plain means over items: mean average precision, mean nDCG.
 * @param differences per column, B minus A of every item; all of one length, at least 1
 */
export function meanDifference(differences: readonly Float64Array[]): PairedStatistic {
  const columns = differences.length;
  const items = differences[0]?.length ?? 0;
  if (items === 0 || differences.some((column) => column.length !== items)) {
    throw new RangeError("columns of a mean need the same items, at least one");
  }
  const coefficients = new Float64Array(items * columns);
  for (const [column, values] of differences.entries()) {
    for (let item = 0; item < items; item++) coefficients[item * columns + column] = values[item]! / items;
  }
  const observed = Float64Array.from(differences, (values) => values.reduce((sum, value) => sum + value, 0) / items);
  return weightedMeans(observed, new Float64Array(items).fill(1), coefficients);
}
