import type { PairedStatistic } from "./pairedStatistic.ts";
import type { Generator } from "./random/generator.ts";

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
  const interleaved = new Float64Array(items * columns);
  for (const [column, values] of differences.entries()) {
    for (let item = 0; item < items; item++) interleaved[item * columns + column] = values[item]!;
  }
  const observed = Float64Array.from(differences, (values) => values.reduce((sum, value) => sum + value, 0) / items);

  const bootstrap = (random: Generator, out: Float64Array): void => {
    out.fill(0);
    const perBit = items / 2 ** 32;
    for (let draw = 0; draw < items; draw++) {
      const start = Math.floor(random.bits() * perBit) * columns;
      for (let column = 0; column < columns; column++) out[column]! += interleaved[start + column]!;
    }
    for (let column = 0; column < columns; column++) out[column]! /= items;
  };

  const exchange = (random: Generator, out: Float64Array): void => {
    out.fill(0);
    let coins = 0;
    for (let item = 0; item < items; item++) {
      if ((item & 31) === 0) coins = random.bits();
      const sign = 1 - 2 * (coins & 1);
      coins >>>= 1;
      const start = item * columns;
      for (let column = 0; column < columns; column++) out[column]! += sign * interleaved[start + column]!;
    }
    for (let column = 0; column < columns; column++) out[column]! /= items;
  };

  return { items, observed, bootstrap, exchange };
}
