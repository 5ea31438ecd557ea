import type { PairedStatistic } from "./pairedStatistic.ts";

/**
 * Differences that are weighted means over items, one a column: recounted and exchanged, they stay sums over the items.
 * @param observed each column's mean over all items
 * @param weights weight of each item, positive
 * @param coefficients what each item adds to each column's mean over all items (its weighted difference by the sum of weights),
 *   the columns of one item side by side, so that a drawn item costs one cache line
 */
export function weightedMeans(
  observed: Float64Array,
  weights: Float64Array,
  coefficients: Float64Array,
): PairedStatistic {
  const items = weights.length;
  const columns = observed.length;
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);

  const counted = (counts: Uint8Array, out: Float64Array): void => {
    out.fill(0);
    let total = 0;
    for (let item = 0; item < items; item++) {
      const count = counts[item]!;
      total += count * weights[item]!;
      const start = item * columns;
      for (let column = 0; column < columns; column++) out[column]! += count * coefficients[start + column]!;
    }
    // A draw without any item says nothing.
    if (total === 0) out.set(observed);
    else for (let column = 0; column < columns; column++) out[column]! *= weightSum / total;
  };

  const exchanged = (signs: Int8Array, out: Float64Array): void => {
    out.fill(0);
    for (let item = 0; item < items; item++) {
      const sign = signs[item]!;
      const start = item * columns;
      for (let column = 0; column < columns; column++) out[column]! += sign * coefficients[start + column]!;
    }
  };

  return { items, observed, counted, exchanged, coefficients, labels: null, seedParts: [] };
}
