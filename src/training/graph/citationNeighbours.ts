import type { Mt19937 } from "../../stats/random/mt19937.ts";
import type { Citations } from "./citations.ts";

/** What a neighbour counts: SPECTER's positives are cited papers, its hard negatives are cited by those alone. */
export const directCount = 5;
export const secondHandCount = 1;

/** The neighbours of one paper: those it cites, and those that are cited by what it cites and not by itself. */
export interface CitationNeighbours {
  readonly direct: readonly number[];
  readonly secondHand: readonly number[];
  /** Second-hand neighbours beyond the most that are kept. */
  readonly leftOut: number;
  /** Citations that were looked at. */
  readonly looked: number;
}

/** Which second-hand neighbours are kept: so many of a paper, drawn at random. */
export interface SecondHandLimit {
  readonly most: number;
  readonly random: Mt19937;
}

/**
 * A function from a paper to its neighbours. Only papers that a triplet may have are among them, but a citation of a
 * citation also leads through papers that are known by their citations alone.
 * @param limit null keeps all
 */
export function citationNeighbours(
  { ids, entry, cites }: Citations,
  limit: SecondHandLimit | null,
): (paper: number) => CitationNeighbours {
  // Marks instead of sets: a real paper has hundreds of neighbours, and there are hundreds of thousands of papers.
  const seenBy = new Int32Array(ids.length).fill(-1);
  return (paper) => {
    const direct: number[] = [];
    const secondHand: number[] = [];
    seenBy[paper] = paper;
    const cited = cites(paper);
    let looked = cited.length;
    for (const target of cited) {
      seenBy[target] = paper;
      if (entry[target]! >= 0) direct.push(target);
    }
    for (const through of cited) {
      const second = cites(through);
      looked += second.length;
      for (const target of second) {
        if (seenBy[target] === paper) continue;
        seenBy[target] = paper;
        if (entry[target]! >= 0) secondHand.push(target);
      }
    }
    const kept = limit === null ? secondHand : drawn(secondHand, limit);
    return { direct, secondHand: kept, leftOut: secondHand.length - kept.length, looked };
  };
}

/** At most so many of the papers, every such part as likely as another (Floyd's draw), in their order. */
function drawn(papers: readonly number[], { most, random }: SecondHandLimit): readonly number[] {
  if (papers.length <= most) return papers;
  const kept = new Set<number>();
  for (let last = papers.length - most; last < papers.length; last++) {
    const place = random.interval(last);
    kept.add(kept.has(place) ? last : place);
  }
  return Array.from(Int32Array.from(kept).sort(), (place) => papers[place]!);
}
