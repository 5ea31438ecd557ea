import type { PairedStatistic } from "./pairedStatistic.ts";

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
  // Columns of one item lie side by side, so that a drawn item costs one cache line.
  const coefficients = new Float64Array(items * columns);
  for (const [column, values] of differences.entries()) {
    for (let item = 0; item < items; item++) coefficients[item * columns + column] = values[item]! / items;
  }
  const observed = Float64Array.from(differences, (values) => values.reduce((sum, value) => sum + value, 0) / items);

  const counted = (counts: Uint8Array, out: Float64Array): void => {
    out.fill(0);
    let total = 0;
    for (let item = 0; item < items; item++) {
      const count = counts[item]!;
      total += count;
      const start = item * columns;
      for (let column = 0; column < columns; column++) out[column]! += count * coefficients[start + column]!;
    }
    // A draw without any item says nothing.
    if (total === 0) out.set(observed);
    else for (let column = 0; column < columns; column++) out[column]! *= items / total;
  };

  return {
    items,
    observed,
    counted,
    exchanged: signedSum(coefficients, columns),
    coefficients,
    labels: null,
    seedParts: [],
  };
}

/** Sums of `sign x coefficient`, the columns of one item side by side. */
export function signedSum(coefficients: Float64Array, columns: number): PairedStatistic["exchanged"] {
  const items = coefficients.length / columns;
  return (signs, out) => {
    out.fill(0);
    for (let item = 0; item < items; item++) {
      const sign = signs[item]!;
      const start = item * columns;
      for (let column = 0; column < columns; column++) out[column]! += sign * coefficients[start + column]!;
    }
  };
}
