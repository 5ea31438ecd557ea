/**
 * Two-sided p-value of a difference against its distribution under exchange of A and B: the share of draws at least as
 * far from zero, the observed one counted among them (Phipson and Smyth, 2010), so that it is never 0.
 * @param nullDraws a difference a permutation
 */
export function permutationPValue(observed: number, nullDraws: Float64Array): number {
  // The same sum in another order may differ in its last bits, and must still count as equal.
  const threshold = Math.abs(observed) * (1 - 1e-12) - Number.MIN_VALUE;
  let atLeast = 1;
  for (const draw of nullDraws) if (Math.abs(draw) >= threshold) atLeast++;
  return atLeast / (nullDraws.length + 1);
}
