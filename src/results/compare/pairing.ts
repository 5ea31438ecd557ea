import type { TaskId } from "../../datasets/types.ts";
import { ScidocsError } from "../../errors.ts";
import { macroF1Difference } from "../../stats/macroF1Difference.ts";
import { meanDifference } from "../../stats/meanDifference.ts";
import type { PairedStatistic } from "../../stats/pairedStatistic.ts";
import { type SeededScores, seededDifference } from "../../stats/seededDifference.ts";
import { type Column, columns } from "../../suites/scidocs/scidocs.ts";
import type { ClassificationResult, RankingResult, RecommendationResult, TaskResult } from "../schema.ts";

/** One thing that a task scores and that both runs share. */
export interface PairedItem {
  /** The paper to classify, or the query. */
  readonly paperId: string;
  /** The clicked paper; null outside the recommendation task. */
  readonly clickedId: string | null;
}

/** Two runs of one task, item by item. */
export interface PairedTask {
  readonly task: TaskId;
  readonly unit: "papers" | "queries" | "clicks";
  readonly columns: readonly Column[];
  readonly items: readonly PairedItem[];
  /** Per column, the value of every item under A and B, in [0, 1]; for macro F1 whether the prediction is right. */
  readonly values: readonly { readonly a: Float64Array; readonly b: Float64Array }[];
  readonly statistic: PairedStatistic;
  /** Items that only one of the runs scored; they are in its score and not in the difference. */
  readonly onlyA: number;
  readonly onlyB: number;
}

/** nDCG and P@1 of one click from how many papers were scored above the clicked one, in the order of the columns. */
export const clickMetrics: readonly ((rankedAbove: number) => number)[] = [
  (rankedAbove) => 1 / Math.log2(2 + rankedAbove),
  (rankedAbove) => (rankedAbove === 0 ? 1 : 0),
];

/** The same item may occur twice (a pair clicked on two days); its occurrences are told apart by their number. */
function numbered(keys: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return keys.map((key) => {
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? key : `${key}\n${count}`;
  });
}

/** Indices of the shared items in A and in B, in A's order. */
function shared(keysA: readonly string[], keysB: readonly string[]): { a: Int32Array; b: Int32Array } {
  const indexInB = new Map(numbered(keysB).map((key, index) => [key, index]));
  const a: number[] = [];
  const b: number[] = [];
  for (const [index, key] of numbered(keysA).entries()) {
    const other = indexInB.get(key);
    if (other === undefined) continue;
    a.push(index);
    b.push(other);
  }
  return { a: Int32Array.from(a), b: Int32Array.from(b) };
}

const pick = (values: readonly number[], indices: Int32Array): Float64Array =>
  Float64Array.from(indices, (index) => values[index] ?? Number.NaN);

type Paired = Omit<PairedTask, "task" | "columns" | "onlyA" | "onlyB"> | null;

function pairClassification(task: TaskId, a: ClassificationResult, b: ClassificationResult): Paired {
  const rows = shared(a.rows.paper, b.rows.paper);
  if (rows.a.length === 0) return null;
  const labels = [...new Set([a.rows, b.rows].flatMap((side) => [...side.truth, ...side.prediction]))].sort(
    (x, y) => x - y,
  );
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const coded = (values: readonly number[], indices: Int32Array): Int32Array =>
    indices.map((index) => indexOf.get(values[index] ?? Number.NaN) ?? 0);
  const truth = coded(a.rows.truth, rows.a);
  const truthB = coded(b.rows.truth, rows.b);
  const odd = truth.findIndex((label, item) => label !== truthB[item]);
  if (odd !== -1) {
    const paper = a.rows.paper[rows.a[odd]!];
    throw new ScidocsError("BAD_INPUT", `${task}: paper ${paper} has another label in B than in A: their data differ`);
  }
  const predictionA = coded(a.rows.prediction, rows.a);
  const predictionB = coded(b.rows.prediction, rows.b);
  const right = (prediction: Int32Array): Float64Array =>
    Float64Array.from(prediction, (label, item) => (label === truth[item] ? 1 : 0));
  return {
    unit: "papers",
    items: Array.from(rows.a, (index) => ({ paperId: a.rows.paper[index]!, clickedId: null })),
    values: [{ a: right(predictionA), b: right(predictionB) }],
    statistic: macroF1Difference(truth, predictionA, predictionB, labels.length),
  };
}

function pairRanking(a: RankingResult, b: RankingResult): Paired {
  const rows = shared(a.rows.query, b.rows.query);
  if (rows.a.length === 0) return null;
  const values = [
    { a: pick(a.rows.averagePrecision, rows.a), b: pick(b.rows.averagePrecision, rows.b) },
    { a: pick(a.rows.ndcg, rows.a), b: pick(b.rows.ndcg, rows.b) },
  ];
  return {
    unit: "queries",
    items: Array.from(rows.a, (index) => ({ paperId: a.rows.query[index]!, clickedId: null })),
    values,
    statistic: meanDifference(values.map((column) => column.b.map((value, item) => value - column.a[item]!))),
  };
}

function clickKeys(result: RecommendationResult): string[] {
  const { query, clicked, clickedPosition } = result.rows;
  return query.map((id, click) => `${id}\n${clicked[click]}\n${clickedPosition[click]}`);
}

function seededScores(result: RecommendationResult, indices: Int32Array): SeededScores {
  return {
    metrics: clickMetrics.map((metric) => result.rows.rankedAbove.map((above) => pick(above, indices).map(metric))),
  };
}

function meanOverSeeds(seeds: readonly Float64Array[], items: number): Float64Array {
  return Float64Array.from(
    { length: items },
    (_, item) => seeds.reduce((sum, scores) => sum + scores[item]!, 0) / seeds.length,
  );
}

function pairRecommendation(task: TaskId, a: RecommendationResult, b: RecommendationResult): Paired {
  const rows = shared(clickKeys(a), clickKeys(b));
  if (rows.a.length === 0 || a.rows.rankedAbove.length === 0 || b.rows.rankedAbove.length === 0) return null;
  const weights = pick(a.rows.weight, rows.a);
  const weightsB = pick(b.rows.weight, rows.b);
  if (weights.some((weight, click) => Math.abs(weight - weightsB[click]!) > 1e-9 * weight)) {
    throw new ScidocsError("BAD_INPUT", `${task}: clicks weigh otherwise in B than in A: their propensities differ`);
  }
  const scoresA = seededScores(a, rows.a);
  const scoresB = seededScores(b, rows.b);
  const sameSeeds = a.seeds.length === b.seeds.length && a.seeds.every((run, s) => run.seed === b.seeds[s]?.seed);
  return {
    unit: "clicks",
    items: Array.from(rows.a, (index) => ({
      paperId: a.rows.query[index]!,
      clickedId: a.rows.clicked[index] ?? null,
    })),
    values: clickMetrics.map((_, metric) => ({
      a: meanOverSeeds(scoresA.metrics[metric]!, rows.a.length),
      b: meanOverSeeds(scoresB.metrics[metric]!, rows.a.length),
    })),
    statistic: seededDifference(weights, scoresA, scoresB, sameSeeds),
  };
}

function pair(task: TaskId, a: TaskResult, b: TaskResult): Paired {
  if (a.kind === "classification" && b.kind === "classification") return pairClassification(task, a, b);
  if (a.kind === "ranking" && b.kind === "ranking") return pairRanking(a, b);
  if (a.kind === "recommendation" && b.kind === "recommendation") return pairRecommendation(task, a, b);
  return null;
}

/** How many items a result scored. */
function itemsOf(result: TaskResult): number {
  switch (result.kind) {
    case "classification":
      return result.rows.paper.length;
    case "ranking":
      return result.rows.query.length;
    case "recommendation":
      return result.rows.query.length;
    case "skipped":
      return 0;
  }
}

/**
 * Puts two results of one task side by side, item by item.
 * @returns null where one of them did not run, or they share no item
 * @throws ScidocsError `BAD_INPUT` when a shared paper has two labels, or a shared click two weights
 */
export function pairTask(task: TaskId, a: TaskResult | undefined, b: TaskResult | undefined): PairedTask | null {
  if (a === undefined || b === undefined) return null;
  const paired = pair(task, a, b);
  if (paired === null) return null;
  return {
    ...paired,
    task,
    columns: columns.filter((column) => column.task === task),
    onlyA: itemsOf(a) - paired.items.length,
    onlyB: itemsOf(b) - paired.items.length,
  };
}
