import type { Citations } from "./citations.ts";

/** What a neighbour counts: SPECTER's positives are cited papers, its hard negatives are cited by those alone. */
export const directCount = 5;
export const secondHandCount = 1;

/** The neighbours of one paper: those it cites, and those that are cited by what it cites and not by itself. */
export interface CitationNeighbours {
  readonly direct: readonly number[];
  readonly secondHand: readonly number[];
}

/**
 * A function from a paper to its neighbours. Only papers that a triplet may have are among them, but a citation of a
 * citation also leads through papers that are known by their citations alone.
 */
export function citationNeighbours({ ids, entry, cites }: Citations): (paper: number) => CitationNeighbours {
  // Marks instead of sets: a real paper has hundreds of neighbours, and there are hundreds of thousands of papers.
  const seenBy = new Int32Array(ids.length).fill(-1);
  return (paper) => {
    const direct: number[] = [];
    const secondHand: number[] = [];
    seenBy[paper] = paper;
    const cited = cites(paper);
    for (const target of cited) {
      seenBy[target] = paper;
      if (entry[target]! >= 0) direct.push(target);
    }
    for (const through of cited) {
      for (const target of cites(through)) {
        if (seenBy[target] === paper) continue;
        seenBy[target] = paper;
        if (entry[target]! >= 0) secondHand.push(target);
      }
    }
    return { direct, secondHand };
  };
}
