/**
 * Holm's step-down adjustment (Holm, 1979): the chance of any false alarm among the tests stays below the level at which
 * the adjusted values are read. Adjusted values are at most 1 and keep the order of the raw ones.
 * @param pValues raw p-values, in any order
 * @returns adjusted p-values, in the given order
 */
export function holm(pValues: readonly number[]): number[] {
  const ascending = pValues.map((_, index) => index).sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  for (const [rank, index] of ascending.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = largest;
  }
  return adjusted;
}
