import { createHash } from "node:crypto";
import type { Dataset } from "../datasets/dataset.ts";
import { neededPapers } from "../datasets/neededPapers.ts";
import { readPaperTexts } from "../datasets/papers.ts";
import type { TaskId } from "../datasets/types.ts";
import { ScidocsError } from "../errors.ts";
import { timesDense } from "../learn/baselines/sparseRows.ts";
import { tfidfRows, tfidfVocabulary } from "../learn/baselines/tfidf.ts";
import { truncatedSvd } from "../learn/baselines/truncatedSvd.ts";
import type { RunControl } from "../progress.ts";
import type { RunRecord } from "../results/schema.ts";
import { generator } from "../stats/random/generator.ts";
import { type VectorTable, vectorTable } from "../vectors/vectorTable.ts";
import { makeRecord } from "./makeRecord.ts";
import { forAllGroups, scoreSuite } from "./scoreSuite.ts";
import { type ScoreRequest, unknownModel } from "./scoreVectors.ts";
import { planSuite } from "./suitePlan.ts";

/** The baselines: what a score means is what it adds to these. */
export const baselines = ["random", "zero", "tfidf"] as const;
export type Baseline = (typeof baselines)[number];

/** Dimensions of the paper's random vectors. */
const randomDimensions = 25;
/** Dimensions that TF-IDF is reduced to. */
const tfidfDimensions = 300;
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

async function baselineVectors(
  dataset: Dataset,
  tasks: readonly TaskId[],
  split: "val" | "test",
  baseline: Baseline,
  seed: number,
  control: RunControl,
): Promise<VectorTable> {
  const texts = new Map<string, string>();
  const ids = new Set<string>();
  for (const needed of await neededPapers(dataset, tasks, split)) {
    for (const id of needed.ids) ids.add(id);
    if (baseline !== "tfidf") continue;
    for (const [id, paper] of (await readPaperTexts(needed.file, needed.ids, control)).papers) {
      if (!texts.has(id)) texts.set(id, `${paper.title ?? ""} ${paper.abstract ?? ""}`);
    }
  }
  switch (baseline) {
    case "random":
      return randomVectors([...ids], seed);
    case "zero":
      return zeroVectors([...ids]);
    case "tfidf":
      return tfidfVectors(texts, seed, control);
  }
}

const notes: Readonly<Record<Baseline, string>> = {
  random: `Baseline: seeded random vectors of ${randomDimensions} dimensions, which know nothing of the papers.`,
  zero: "Baseline: the zero vector for every paper.",
  tfidf: `Baseline: TF-IDF of title and abstract, reduced to at most ${tfidfDimensions} dimensions.`,
};

/**
 * Scores a baseline as any model is scored.
 * @param seed of the vectors, default 0; the training seeds are the request's
 * @throws ScidocsError `NOT_FOUND` when no task can run, `BAD_INPUT` for broken data, `INTERRUPTED`
 */
export async function scoreBaseline(
  dataset: Dataset,
  baseline: Baseline,
  request: ScoreRequest & { readonly vectorSeed?: number } = {},
  control: RunControl = {},
): Promise<RunRecord> {
  const { split = "test", vectorSeed = 0 } = request;
  const texts = baseline === "tfidf";
  const plan = planSuite(dataset, { tasks: request.tasks ?? null, split, texts, groups: null });
  const startedMs = performance.now();
  const table = await baselineVectors(dataset, plan.tasks, split, baseline, vectorSeed, control);
  const timings = [{ stage: "vectors", elapsedMs: performance.now() - startedMs }];
  const vectors = forAllGroups(table);
  const results = await scoreSuite(dataset, plan, vectors, request, null, control);
  const settings = { baseline, ...(baseline === "zero" ? {} : { "vector-seed": vectorSeed }) };
  const model = unknownModel(baseline, "baseline", table.dimensions);
  const parts = { dataset, plan, model, options: request, results, settings, notes: [notes[baseline]], timings, texts };
  return makeRecord(parts, control);
}
