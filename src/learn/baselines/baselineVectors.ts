import { createHash } from "node:crypto";
import { ScidocsError } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";
import { generator } from "../../stats/random/generator.ts";
import { type VectorTable, vectorTable } from "../../vectors/vectorTable.ts";
import { timesDense } from "./sparseRows.ts";
import { tfidfRows, tfidfVocabulary } from "./tfidf.ts";
import { truncatedSvd } from "./truncatedSvd.ts";

/** Dimensions of the paper's random vectors. */
export const randomDimensions = 25;
/** Dimensions that TF-IDF is reduced to. */
export const tfidfDimensions = 300;
/** Papers that the reduction is fitted on, spread evenly over all; the others are projected. */
const fittedPapers = 10_000;
/** Words that take part, the most frequent first. */
const mostWords = 30_000;

/**
 * Normal numbers that depend on the paper's id and the seed alone, so that a paper has one vector whatever the tasks.
 * @param ids papers, each once
 */
export function randomVectors(ids: readonly string[], seed: number): VectorTable {
  const data = new Float32Array(ids.length * randomDimensions);
  for (const [row, id] of ids.entries()) {
    const random = generator(createHash("sha256").update(`${seed} ${id}`).digest().readUInt32LE(0), seed);
    for (let i = 0; i < randomDimensions; i++) data[row * randomDimensions + i] = random.normal();
  }
  return vectorTable(ids, randomDimensions, data);
}

/** The zero vector for every paper: what the protocol's tie-breaking and class balance give away for nothing. */
export function zeroVectors(ids: readonly string[]): VectorTable {
  return vectorTable(ids, 1, new Float32Array(ids.length));
}

/**
 * TF-IDF of title and abstract, reduced to 300 dimensions by a truncated singular value decomposition.
 * @throws ScidocsError `BAD_INPUT` when the texts share no words, `INTERRUPTED`
 */
export async function tfidfVectors(
  texts: ReadonlyMap<string, string>,
  seed: number,
  control: RunControl = {},
): Promise<VectorTable> {
  const ids = [...texts.keys()];
  const all = [...texts.values()];
  const vocabulary = await tfidfVocabulary(all, mostWords, control);
  if (vocabulary.columnOf.size === 0) {
    throw new ScidocsError("BAD_INPUT", "no word occurs in two papers: TF-IDF has nothing to compare");
  }
  const step = Math.max(1, all.length / fittedPapers);
  const fitted = Array.from({ length: Math.min(all.length, fittedPapers) }, (_, i) => all[Math.floor(i * step)] ?? "");
  const svd = await truncatedSvd(await tfidfRows(fitted, vocabulary, control), tfidfDimensions, seed, control);
  const data = new Float32Array(all.length * svd.rank);
  // Projected in parts, so that the rows of a full-size dataset need not lie in memory at once.
  for (let from = 0; from < all.length; from += fittedPapers) {
    const rows = await tfidfRows(all.slice(from, from + fittedPapers), vocabulary, control);
    data.set(await timesDense(rows, svd.vectors, svd.rank, control), from * svd.rank);
    const done = Math.min(all.length, from + fittedPapers);
    control.onProgress?.({ stage: "projecting papers", done, total: all.length, unit: "papers" });
  }
  return vectorTable(ids, svd.rank, data);
}
