import { createHash } from "node:crypto";
import type { Split } from "../../src/datasets/types.ts";
import { combinedSha256 } from "../../src/files/hashFiles.ts";
import { averagePrecision } from "../../src/metrics/averagePrecision.ts";
import { macroF1 } from "../../src/metrics/macroF1.ts";
import { ndcg } from "../../src/metrics/ndcg.ts";
import { numpyMean } from "../../src/metrics/numpyMean.ts";
import type { RunRecord, TaskResult } from "../../src/results/schema.ts";
import { generator } from "../../src/stats/random/generator.ts";
import { scidocs } from "../../src/suites/scidocs/scidocs.ts";
import { labelFiles, scoresOf, spreadOf, taskOf } from "../../src/suites/suite.ts";
import type { ClassificationResult } from "../../src/tasks/classification/classificationResult.ts";
import type { PaperCounts } from "../../src/tasks/paperCounts.ts";
import type { RankingResult } from "../../src/tasks/ranking/rankingResult.ts";
import type { RecommendationResult } from "../../src/tasks/recommendation/recommendationResult.ts";

/** What a made-up record is made of. The same recipe gives the same record. */
export interface RecordRecipe {
  readonly name?: string;
  /** Decides the data: two records of one value share queries, papers, clicks and their difficulty. */
  readonly dataSeed?: number;
  /** Decides the model's luck on each item. */
  readonly modelSeed?: number;
  /** Higher is better; 0.5 lies near published models. */
  readonly quality?: number;
  /** Items a task: queries, clicks; papers are three times as many. 1,000 is the benchmark's size. */
  readonly items?: number;
  readonly tasks?: readonly string[];
  /** Leaves out this many of the last queries of each ranking task, as missing vectors do. */
  readonly queriesLeftOut?: number;
  readonly createdAt?: string;
  readonly split?: Split;
}

const allTasks: readonly string[] = ["mag", "mesh", "co-view", "co-read", "cite", "co-cite", "recomm"];
const positions = 8;

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A 40-digit paper id, as Semantic Scholar's are. */
export function paperId(kind: string, index: number): string {
  return createHash("sha1").update(`${kind} ${index}`).digest("hex");
}

function counts(expected: number, missing = 0): PaperCounts {
  return { expected, embedded: expected - missing, missing, emptyVector: 0, emptyText: 0, truncated: 0 };
}

function classification(task: string, recipe: Required<RecordRecipe>, index: number): ClassificationResult {
  const classes = task === "mag" ? 19 : 11;
  const data = generator(recipe.dataSeed, index);
  const model = generator(recipe.modelSeed, 100 + index);
  const rows = 3 * recipe.items;
  const truth = new Int32Array(rows);
  const prediction = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    truth[row] = Math.floor(classes * data.uniform() ** 1.5);
    const difficulty = data.uniform();
    const right = difficulty + 0.2 * model.normal() < 0.4 + recipe.quality;
    prediction[row] = right ? truth[row]! : Math.floor(classes * model.uniform());
  }
  const report = macroF1(truth, prediction);
  return {
    kind: "classification",
    papers: counts(8 * rows),
    macroF1: report.macroF1,
    accuracy: report.accuracy,
    classifier: "svm",
    solver: "auto",
    bestC: 0.1,
    candidates: [{ C: 0.1, accuracy: 0.8, foldAccuracies: [0.79, 0.8, 0.81], path: "reference", clearance: null }],
    unconvergedClasses: 0,
    trainRows: 5 * rows,
    trainRowsMissing: 0,
    classes: Array.from({ length: classes }, (_, label) => ({ label, name: `Class ${label}` })),
    rows: {
      paper: Array.from({ length: rows }, (_, row) => paperId(task, row)),
      truth: [...truth],
      prediction: [...prediction],
    },
  };
}

function ranking(task: string, recipe: Required<RecordRecipe>, index: number): RankingResult {
  const data = generator(recipe.dataSeed, index);
  const model = generator(recipe.modelSeed, 100 + index);
  const result: RankingResult["rows"] = { query: [], averagePrecision: [], ndcg: [], order: [], relevance: [] };
  for (let query = 0; query < recipe.items; query++) {
    const candidates = 25 + Math.floor(6 * data.uniform());
    const grades = Array.from({ length: candidates }, (_, position) => (position < 5 ? 1 : 0));
    const scores = grades.map((grade) => grade * 4 * recipe.quality + data.normal() + 0.5 * model.normal());
    const order = grades.map((_, position) => position).sort((i, j) => scores[j]! - scores[i]!);
    const relevance = order.map((position) => grades[position]!);
    if (query >= recipe.items - recipe.queriesLeftOut) continue;
    result.query.push(paperId(task, query));
    result.averagePrecision.push(averagePrecision(relevance, 5));
    result.ndcg.push(ndcg(relevance, grades));
    result.order.push(order);
    result.relevance.push(relevance);
  }
  const map = numpyMean(result.averagePrecision);
  return {
    kind: "ranking",
    papers: counts(28 * recipe.items, recipe.queriesLeftOut),
    queries: recipe.items,
    queriesScored: result.query.length,
    queriesLeftOut: recipe.queriesLeftOut,
    candidatesUnranked: 0,
    queriesWithoutRelevant: 0,
    map,
    ndcg: numpyMean(result.ndcg),
    ties: { queriesAffected: 0, lowestMap: map, highestMap: map },
    rows: result,
  };
}

function weightedMean(weights: readonly number[], values: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.reduce((sum, weight, i) => sum + weight * values[i]!, 0) / total;
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function recommendation(recipe: Required<RecordRecipe>, index: number): RecommendationResult {
  const data = generator(recipe.dataSeed, index);
  const model = generator(recipe.modelSeed, 100 + index);
  const clicks = recipe.items;
  const clickedPosition = Array.from({ length: clicks }, () => 1 + Math.floor(positions * data.uniform() ** 2));
  const weight = clickedPosition.map((position) => 0.4 + 0.3 * position);
  const difficulty = Array.from({ length: clicks }, () => data.uniform());
  const luck = Array.from({ length: clicks }, () => 0.2 * model.normal());
  const rankedAbove = Array.from({ length: 5 }, () => {
    const level = 0.03 * model.normal() - 0.5 * recipe.quality;
    return difficulty.map((hard: number, click) => {
      const share = Math.min(0.999, Math.max(0, hard + level + luck[click]! + 0.1 * model.normal()));
      return Math.floor(positions * share);
    });
  });
  const ndcgs = rankedAbove.map((above) =>
    weightedMean(
      weight,
      above.map((n) => 1 / Math.log2(2 + n)),
    ),
  );
  const firsts = rankedAbove.map((above) =>
    weightedMean(
      weight,
      above.map((n) => (n === 0 ? 1 : 0)),
    ),
  );
  return {
    kind: "recommendation",
    papers: counts(9 * clicks),
    papersWithoutMetadata: 0,
    clicks,
    trainClicks: 4 * clicks,
    trainTriples: 28 * clicks,
    ndcg: ndcgs.reduce((sum, value) => sum + value, 0) / 5,
    precisionAt1: firsts.reduce((sum, value) => sum + value, 0) / 5,
    ndcgSd: standardDeviation(ndcgs),
    precisionAt1Sd: standardDeviation(firsts),
    seeds: ndcgs.map((value, s) => ({
      seed: 7 + s,
      ndcg: value,
      precisionAt1: firsts[s]!,
      bestEpoch: 3,
      validationLoss: 0.05,
    })),
    baselines: {
      displayedOrder: { ndcg: 0.5, precisionAt1: 0.17 },
      untrained: { ndcg: 0.51, precisionAt1: 0.16 },
    },
    rows: {
      query: Array.from({ length: clicks }, (_, click) => paperId("recomm", click)),
      clicked: Array.from({ length: clicks }, (_, click) => paperId("clicked", click)),
      clickedPosition,
      weight,
      rankedAbove,
    },
  };
}

function taskResult(task: string, recipe: Required<RecordRecipe>): TaskResult {
  const index = allTasks.indexOf(task);
  switch (task) {
    case "mag":
    case "mesh":
      return classification(task, recipe, index);
    case "recomm":
      return recommendation(recipe, index);
    default:
      return ranking(task, recipe, index);
  }
}

/** A made-up run record whose rows, means and scores agree with each other, at any size. */
export function buildRecord(recipe: RecordRecipe = {}): RunRecord {
  const full: Required<RecordRecipe> = {
    name: "made-up",
    dataSeed: 1,
    modelSeed: 1,
    quality: 0.4,
    items: 40,
    tasks: allTasks,
    queriesLeftOut: 0,
    createdAt: "2026-01-02T03:04:05.000Z",
    split: "test",
    ...recipe,
  };
  const tasks: Record<string, TaskResult> = {};
  for (const task of allTasks) {
    tasks[task] = full.tasks.includes(task) ? taskResult(task, full) : { kind: "skipped", reason: "not asked for" };
  }
  const file = (path: string) => ({ path, bytes: 1000, sha256: sha256(`${path} ${full.dataSeed} ${full.items}`) });
  const files = allTasks.flatMap((task) => labelFiles(taskOf(scidocs, task), full.split).map(file));
  const identity = sha256(`${full.name} ${full.modelSeed} ${full.quality}`);
  const modelFiles = [{ path: "model.onnx", bytes: 1000, sha256: identity }];
  return {
    schemaVersion: 2,
    suite: "scidocs",
    createdAt: full.createdAt,
    model: {
      name: full.name,
      source: "onnx",
      files: modelFiles,
      sha256: combinedSha256(modelFiles),
      fingerprint: identity,
      dimensions: 32,
      recipe: "hf",
      pooling: "cls",
      precision: "fp32",
      provider: "cpu",
      maxLength: 512,
    },
    dataset: { name: "made-up-data", files, sha256: combinedSha256(files), synthetic: true },
    split: full.split,
    settings: { tasks: full.tasks.join(","), classifier: "svm", solver: "auto", seeds: 5 },
    scores: scoresOf(scidocs, tasks),
    spread: spreadOf(scidocs, tasks),
    tasks,
    notes: [],
    versions: { scidocs: "0.1.0", node: "20.20.2" },
    timings: [
      { stage: "embedding", elapsedMs: 61_000 },
      { stage: "MAG", elapsedMs: 8_000 },
    ],
  };
}
