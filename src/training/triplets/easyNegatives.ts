import type { EasyNegatives } from "./sampler.ts";

/**
 * All papers but a query and its neighbours, without a list of them: papers are numbered from 0 in the order that is
 * drawn from, and the few that are left out are stepped over.
 *
 * The reference draws from a Python set, whose order hangs on the hashes of strings and is another in each process; here
 * the order is that of the ids' code points.
 * @param paperCount papers are 0 to paperCount - 1; greater numbers are ids without a paper
 */
export function easyNegatives(paperCount: number, query: number, neighbours: Int32Array): EasyNegatives {
  const excluded = Int32Array.from(new Set([query, ...neighbours]))
    .filter((id) => id < paperCount)
    .sort();
  return {
    size: paperCount - excluded.length,
    at: (position) => {
      // The paper is `position` plus the number of excluded ones up to it: those with excluded[i] - i <= position.
      let low = 0;
      let high = excluded.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (excluded[middle]! - middle <= position) low = middle + 1;
        else high = middle;
      }
      return position + low;
    },
  };
}
