import type { Paper } from "../../datasets/types.ts";
import { featureCount } from "../../learn/recommendation/recommendationNetwork.ts";
import type { VectorTable } from "../../vectors/vectorTable.ts";
import { blankTitle, titleWords } from "./titleWords.ts";

/** The network's features, in its order. */
export const featureNames = [
  "authorMatch",
  "position",
  "titleMatch",
  "embeddingSimilarity",
  "citationOverlap",
  "referenceOverlap",
  "candidateCitesQuery",
  "queryCitesCandidate",
  "oldness",
  "relativeOldness",
  "citations",
] as const;

/** Where dates are counted from and how many years make a whole unit. */
const presentYear = 2020;
const yearsPerUnit = 20;

/** Writes the features of one query's pairs: {@link featureCount} numbers a candidate, from row `firstRow` of `features` on. */
export type FeatureWriter = (
  queryId: string,
  candidateIds: readonly string[],
  features: Float32Array,
  firstRow: number,
) => void;

/**
 * A writer of the recommendation task's pair features. What it works out about a paper it keeps for the next pair.
 *
 * - A paper without metadata has no authors, citations, references or year, and a blank title.
 * - A missing title is the text "<blank>", so two of them match.
 * - The position is always 0: the reference sets it and then overwrites it.
 * - The cosine is 0 where an embedding is missing.
 */
export function featureWriter(papers: ReadonlyMap<string, Paper>, vectors: VectorTable): FeatureWriter {
  const wordsOf = cached((id) => [...new Set(titleWords(papers.get(id)?.title || blankTitle))]);
  const citationsOf = cached((id) => new Set(papers.get(id)?.citedBy).size);
  const cosine = cosines(vectors);

  return (queryId, candidateIds, features, firstRow) => {
    const query = papers.get(queryId);
    const authors = new Set(query?.authors);
    const citedBy = new Set(query?.citedBy);
    const references = new Set(query?.references);
    const words = new Set(wordsOf(queryId));
    for (const [i, candidateId] of candidateIds.entries()) {
      const candidate = papers.get(candidateId);
      const row = [
        jaccard(authors, candidate?.authors),
        0,
        jaccard(words, wordsOf(candidateId)),
        cosine(queryId, candidateId),
        jaccard(citedBy, candidate?.citedBy),
        jaccard(references, candidate?.references),
        // Either paper's list may know of the citation; the other paper need not be in the metadata.
        citedBy.has(candidateId) || candidate?.references.includes(queryId) ? 1 : 0,
        references.has(candidateId) || candidate?.citedBy.includes(queryId) ? 1 : 0,
        yearDifference(presentYear, candidate?.year),
        yearDifference(query?.year, candidate?.year),
        Math.log(citationsOf(candidateId) + 1) / 10,
      ];
      features.set(row, (firstRow + i) * featureCount);
    }
  };
}

/** Shared share of two sets, the second given as a list that may repeat itself; 0 where nothing is shared. */
function jaccard(first: ReadonlySet<string>, second: readonly string[] | undefined): number {
  if (first.size === 0 || second === undefined) return 0;
  const shared = second.filter((item) => first.has(item));
  // Most pairs share nothing, and then the sizes do not matter.
  if (shared.length === 0) return 0;
  const intersection = new Set(shared).size;
  return intersection / (first.size + new Set(second).size - intersection);
}

function yearDifference(year: number | null | undefined, earlier: number | null | undefined): number {
  if (year == null || earlier == null) return 0;
  return Math.max(-1, Math.min(1, (year - earlier) / yearsPerUnit));
}

/** Cosines of papers' embeddings, which the reference narrows to 32 bits before it multiplies them. */
function cosines(vectors: VectorTable): (id: string, otherId: string) => number {
  const { data, dimensions, rowOf } = vectors;
  const norms = new Float64Array(vectors.ids.length).fill(-1);
  const dot = (row: number, otherRow: number): number => {
    const end = (row + 1) * dimensions;
    let sum = 0;
    for (let i = row * dimensions, j = otherRow * dimensions; i < end; i++, j++) {
      sum += Math.fround(data[i]!) * Math.fround(data[j]!);
    }
    return sum;
  };
  const norm = (row: number): number => {
    if (norms[row]! < 0) norms[row] = Math.sqrt(dot(row, row));
    return norms[row]!;
  };
  return (id, otherId) => {
    const row = rowOf.get(id);
    const otherRow = rowOf.get(otherId);
    if (row === undefined || otherRow === undefined) return 0;
    // PyTorch holds the denominator at 1e-8 or more, so that zero vectors give 0.
    return dot(row, otherRow) / Math.max(norm(row) * norm(otherRow), 1e-8);
  };
}

function cached<T>(compute: (id: string) => T): (id: string) => T {
  const known = new Map<string, T>();
  return (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const value = compute(id);
    known.set(id, value);
    return value;
  };
}
