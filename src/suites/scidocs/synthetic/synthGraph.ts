import type { Generator } from "../../../stats/random/generator.ts";
import { breathe } from "../../../threads/breathe.ts";
import { below } from "./synthText.ts";

/** Lists of papers by number, one list a paper, back to back. */
export interface PaperLists {
  readonly of: (paper: number) => Int32Array;
}

/** Who cites whom. */
export interface CitationGraph {
  readonly references: PaperLists;
  readonly citedBy: PaperLists;
}

/** Papers that follow each other in `papers` order, grouped by some number; a group's papers come in ascending order. */
export interface PaperGroups {
  readonly members: (group: number) => Int32Array;
}

/** Groups `count` papers from `start` on by `groupOf`, counting instead of sorting. */
export function groupPapers(
  start: number,
  count: number,
  groups: number,
  groupOf: (paper: number) => number,
): PaperGroups {
  const offsets = new Int32Array(groups + 1);
  for (let paper = start; paper < start + count; paper += 1) offsets[groupOf(paper) + 1]! += 1;
  for (let group = 0; group < groups; group += 1) offsets[group + 1]! += offsets[group]!;
  const next = offsets.slice();
  const members = new Int32Array(count);
  for (let paper = start; paper < start + count; paper += 1) {
    const group = groupOf(paper);
    members[next[group]!] = paper;
    next[group]! += 1;
  }
  return { members: (group) => members.subarray(offsets[group], offsets[group + 1]) };
}

/** A stretch of papers that cite among themselves. */
export interface Home {
  readonly start: number;
  readonly size: number;
}

/**
 * Draws references: a paper cites earlier papers of its home, most of its own subject, some of its domain, a few of any.
 * @param referencesAtMost longest list; each paper draws its own length
 */
export async function citationGraph(
  random: Generator,
  homes: readonly Home[],
  subjectOf: Uint16Array,
  domains: number,
  referencesAtMost: number,
  signal?: AbortSignal,
): Promise<CitationGraph> {
  const lists: number[] = [];
  const offsets = new Int32Array(subjectOf.length + 1);
  let subjects = 0;
  for (const subject of subjectOf) subjects = Math.max(subjects, subject + 1);
  for (const { start, size } of homes) {
    const bySubject = groupPapers(start, size, subjects, (paper) => subjectOf[paper]!);
    const byDomain = groupPapers(start, size, domains, (paper) => subjectOf[paper]! % domains);
    const rankInSubject = ranks(start, size, subjects, (paper) => subjectOf[paper]!);
    const rankInDomain = ranks(start, size, domains, (paper) => subjectOf[paper]! % domains);
    for (let paper = start; paper < start + size; paper += 1) {
      if (paper % 8192 === 0) await breathe({ signal });
      const cited = new Set<number>();
      const wanted = 3 + below(random, referencesAtMost - 2);
      for (let draw = 0; draw < wanted; draw += 1) {
        const kind = random.uniform();
        const subject = subjectOf[paper]!;
        const place = paper - start;
        const target =
          kind < 0.78
            ? earlier(random, bySubject.members(subject), rankInSubject[place]!)
            : kind < 0.9
              ? earlier(random, byDomain.members(subject % domains), rankInDomain[place]!)
              : place > 0
                ? start + below(random, place)
                : null;
        if (target !== null) cited.add(target);
      }
      lists.push(...cited);
      offsets[paper + 1] = lists.length;
    }
  }
  const references = Int32Array.from(lists);
  return { references: listsOf(references, offsets), citedBy: inverted(references, offsets) };
}

/** Place of each paper in its group. */
function ranks(start: number, count: number, groups: number, groupOf: (paper: number) => number): Int32Array {
  const next = new Int32Array(groups);
  return Int32Array.from({ length: count }, (_, place) => {
    const group = groupOf(start + place);
    next[group]! += 1;
    return next[group]! - 1;
  });
}

function earlier(random: Generator, members: Int32Array, rank: number): number | null {
  return rank === 0 ? null : members[below(random, rank)]!;
}

function listsOf(values: Int32Array, offsets: Int32Array): PaperLists {
  return { of: (paper) => values.subarray(offsets[paper], offsets[paper + 1]) };
}

function inverted(references: Int32Array, offsets: Int32Array): PaperLists {
  const size = offsets.length - 1;
  const starts = new Int32Array(size + 1);
  for (const cited of references) starts[cited + 1]! += 1;
  for (let paper = 0; paper < size; paper += 1) starts[paper + 1]! += starts[paper]!;
  const next = starts.slice();
  const citing = new Int32Array(references.length);
  for (let paper = 0; paper < size; paper += 1) {
    for (let at = offsets[paper]!; at < offsets[paper + 1]!; at += 1) {
      const cited = references[at]!;
      citing[next[cited]!] = paper;
      next[cited]! += 1;
    }
  }
  return listsOf(citing, starts);
}
