import { z } from "zod";
import { splits, taskIds } from "../datasets/types.ts";

/** Version of the record's form. It rises whenever an older reader would misread a newer record. */
export const schemaVersion = 1;

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** The counters behind "nothing is skipped silently". Every number counts distinct papers unless its name says otherwise. */
const paperCounts = z.object({
  /** Distinct papers that the task and split need. */
  expected: count,
  /** Of those, how many had a vector. */
  embedded: count,
  /** Of those, how many had none, an empty vector (`[]`) included. */
  missing: count,
  /** Papers given an empty vector (`[]`); they are among `missing`. */
  emptyVector: count,
  /** Papers whose title and abstract are both empty; null where the texts were not read. */
  emptyText: count.nullable(),
  /** Papers whose text was cut to the maximum length; null where the texts were not read. */
  truncated: count.nullable(),
});
export type PaperCounts = z.infer<typeof paperCounts>;

/** How one C of the grid got its cross-validation accuracy. */
const candidateC = z.object({
  C: z.number().positive(),
  /** Mean accuracy over the folds, in [0, 1]; null when it was ruled out without a full computation. */
  accuracy: z.number().nullable(),
  foldAccuracies: z.array(z.number()),
  /**
   * `reference`: the exact coordinate-descent path; `optimum`: the fast exact-optimum solver;
   * `ruled-out`: the fast solver stopped early because this C could no longer come within the margin of the best.
   */
  path: z.enum(["reference", "optimum", "ruled-out"]),
});
export type CandidateC = z.infer<typeof candidateC>;

const classificationResult = z.object({
  kind: z.literal("classification"),
  papers: paperCounts,
  /** Macro F1 over the evaluated split, in [0, 1]. */
  macroF1: z.number(),
  accuracy: z.number(),
  /** `svm` is the paper's protocol; `logistic` is a quick probe and never comparable with it. */
  classifier: z.enum(["svm", "logistic"]),
  solver: z.enum(["auto", "reference", "logistic"]),
  bestC: z.number().nullable(),
  candidates: z.array(candidateC),
  /** Binary problems of the refit that stopped at the iteration limit (the reference does so silently). */
  unconvergedClasses: count.nullable(),
  trainRows: count,
  /** Training rows that were zero vectors because their paper had none. */
  trainRowsMissing: count,
  /** Integer labels in ascending order, with the names where the dataset knows them. */
  classes: z.array(z.object({ label: z.int(), name: z.string().nullable() })),
  rows: z.object({ paper: z.array(z.string()), truth: z.array(z.int()), prediction: z.array(z.int()) }),
});
export type ClassificationResult = z.infer<typeof classificationResult>;

const tieReport = z.object({
  /** Queries whose average precision depends on the order of tied candidates. */
  queriesAffected: count,
  /** Lowest and highest mean average precision over all tie orders, in [0, 1]. */
  lowestMap: z.number(),
  highestMap: z.number(),
});

const rankingResult = z.object({
  kind: z.literal("ranking"),
  papers: paperCounts,
  queries: count,
  queriesScored: count,
  /** Queries left out of the mean because their paper had no vector (or, as in the reference, no ranked candidate). */
  queriesLeftOut: count,
  /** (query, candidate) pairs without a rank because the candidate had no vector; they stay in the recall base. */
  candidatesUnranked: count,
  /** Queries without a relevant candidate; they score 0 and count. */
  queriesWithoutRelevant: count,
  /** Means over scored queries, in [0, 1]. */
  map: z.number(),
  ndcg: z.number(),
  ties: tieReport,
  /** One entry a scored query, in order of first appearance in the qrel. */
  rows: z.object({
    query: z.array(z.string()),
    averagePrecision: z.array(z.number()),
    ndcg: z.array(z.number()),
    /** Ranked candidates, best first, as positions in the query's qrel lines (from 0). Unranked candidates do not occur. */
    order: z.array(z.array(count)),
    /** Grades of the ranked candidates, in the same order. */
    relevance: z.array(z.array(z.int())),
  }),
});
export type RankingResult = z.infer<typeof rankingResult>;

const recommendationScores = z.object({
  /** Propensity-adjusted, in [0, 1]. */
  ndcg: z.number(),
  precisionAt1: z.number(),
});

const recommendationResult = z.object({
  kind: z.literal("recommendation"),
  papers: paperCounts,
  /** Papers the clicks name that have no metadata: their features are zeros, as in the reference. */
  papersWithoutMetadata: count,
  clicks: count,
  trainClicks: count,
  trainTriples: count,
  /** Means over the seeds, propensity-adjusted, in [0, 1]. */
  ndcg: z.number(),
  precisionAt1: z.number(),
  /** Sample standard deviations over the seeds; null for one seed. */
  ndcgSd: z.number().nullable(),
  precisionAt1Sd: z.number().nullable(),
  seeds: z.array(
    recommendationScores.extend({
      seed: z.int(),
      /** Epoch kept, from 1: the one with the lowest validation loss. */
      bestEpoch: count,
      validationLoss: z.number(),
    }),
  ),
  /** What a reader compares with: papers in displayed order, and the network before training (mean over the seeds). */
  baselines: z.object({ displayedOrder: recommendationScores, untrained: recommendationScores }),
  rows: z.object({
    query: z.array(z.string()),
    clicked: z.array(z.string()),
    /** Displayed position of the clicked paper, from 1. */
    clickedPosition: z.array(count),
    /** Weight of the click: 1 / normalised propensity of its position. */
    weight: z.array(z.number()),
    /** Per seed, per click: candidates scored above the clicked one, ties counting one half. */
    rankedAbove: z.array(z.array(z.number())),
  }),
});
export type RecommendationResult = z.infer<typeof recommendationResult>;

const skippedTask = z.object({
  kind: z.literal("skipped"),
  /** Why it did not run, as a reader should see it. */
  reason: z.string(),
});
export type SkippedTask = z.infer<typeof skippedTask>;

const taskResult = z.discriminatedUnion("kind", [
  classificationResult,
  rankingResult,
  recommendationResult,
  skippedTask,
]);
export type TaskResult = z.infer<typeof taskResult>;

const hashedFile = z.object({ path: z.string(), bytes: count, sha256 });
export type HashedFile = z.infer<typeof hashedFile>;

/** The record of one run: everything needed to read, compare, gate and reproduce its numbers. */
export const runRecordSchema = z.object({
  schemaVersion: z.literal(schemaVersion),
  createdAt: z.iso.datetime(),
  model: z.object({
    name: z.string(),
    /** Where the vectors came from. */
    source: z.enum(["onnx", "huggingface", "allennlp", "vectors", "api", "baseline"]),
    files: z.array(hashedFile),
    /** SHA-256 over the files' hashes; the identity of the model's bytes. */
    sha256: sha256.nullable(),
    /** Identity of the vectors: model, tokenizer, recipe, pooling, length, precision and provider. */
    fingerprint: sha256.nullable(),
    dimensions: z.int().positive().nullable(),
    recipe: z.string().nullable(),
    pooling: z.string().nullable(),
    precision: z.string().nullable(),
    provider: z.string().nullable(),
    maxLength: z.int().positive().nullable(),
    /** What the model's folder declares about its use, in words; null where it declares nothing. */
    declared: z.string().nullish(),
  }),
  dataset: z.object({
    name: z.string(),
    files: z.array(hashedFile),
    /** SHA-256 over the files' hashes. */
    sha256,
    /** True for data made by `scidocs data synth`: its numbers are never comparable with published ones. */
    synthetic: z.boolean(),
  }),
  split: z.enum(splits),
  /** Every option that can change a number, by its flag's name. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** Column id to the UNROUNDED value x100, null where the task did not run. */
  scores: z.record(z.string(), z.number().nullable()),
  /** Standard deviation x100 of the columns that have one. */
  spread: z.record(z.string(), z.number()),
  tasks: z.partialRecord(z.enum(taskIds), taskResult),
  /** What a reader must know beside the numbers, one sentence each. */
  notes: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  timings: z.array(z.object({ stage: z.string(), elapsedMs: z.number().nonnegative() })),
});
export type RunRecord = z.infer<typeof runRecordSchema>;
