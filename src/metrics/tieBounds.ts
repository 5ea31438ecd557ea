import { averagePrecision } from "./averagePrecision.ts";

/** Average precision of one query under the kindest and the unkindest order of its tied documents. */
export interface TieBounds {
  readonly lowest: number;
  readonly highest: number;
  /** True where some tie holds a relevant and an irrelevant document, so that the order within it changes the value. */
  readonly affected: boolean;
}

/**
 * The exact range of average precision over all orders of tied documents. Within a tie the sum is largest with the
 * relevant documents first and smallest with them last, and what a tie hands on to later ranks does not depend on its
 * inner order, so the ties are settled one by one.
 * @param rankedGrades grade at each rank, best first
 * @param rankedScores score at each rank, in the same order; equal as 32-bit floats means tied
 * @param relevantCount the recall base, as for {@link averagePrecision}
 */
export function tieBounds(
  rankedGrades: ArrayLike<number>,
  rankedScores: ArrayLike<number>,
  relevantCount: number,
): TieBounds {
  const sims = Float32Array.from(rankedScores);
  const best = new Uint8Array(sims.length);
  const worst = new Uint8Array(sims.length);
  let affected = false;
  for (let start = 0; start < sims.length; ) {
    let end = start;
    let relevant = 0;
    while (end < sims.length && sims[end] === sims[start]) {
      if (rankedGrades[end]! > 0) relevant++;
      end++;
    }
    best.fill(1, start, start + relevant);
    worst.fill(1, end - relevant, end);
    if (relevant > 0 && relevant < end - start) affected = true;
    start = end;
  }
  return {
    lowest: averagePrecision(worst, relevantCount),
    highest: averagePrecision(best, relevantCount),
    affected,
  };
}
