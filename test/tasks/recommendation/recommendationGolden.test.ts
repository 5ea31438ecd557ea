import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { readPapers } from "../../../src/datasets/papers.ts";
import type { RecommendationData } from "../../../src/datasets/types.ts";
import { adadeltaState } from "../../../src/learn/recommendation/adadelta.ts";
import { openKernel } from "../../../src/learn/recommendation/recommendationKernel.ts";
import { featureCount, layout, parametersFrom } from "../../../src/learn/recommendation/recommendationNetwork.ts";
import {
  batchSize,
  type PairTriples,
  type RecommendationTrainingData,
  scorePairs,
  trainBatch,
  trainRecommendation,
} from "../../../src/learn/recommendation/recommendationTraining.ts";
import { adjustedScores, normalisedPropensities } from "../../../src/metrics/propensity.ts";
import { openDataset } from "../../../src/suites/dataset.ts";
import { featureWriter } from "../../../src/tasks/recommendation/recommendationFeatures.ts";
import {
  clickTriples,
  type PairPlan,
  planPairs,
  rankedAbove,
} from "../../../src/tasks/recommendation/recommendationPairs.ts";
import { blankTitle, titleWords } from "../../../src/tasks/recommendation/titleWords.ts";
import { readVectors } from "../../../src/vectors/readVectors.ts";
import type { VectorTable } from "../../../src/vectors/vectorTable.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { readRecommendation } from "../../suites/readTask.ts";

interface Parameters {
  "0.weight": number[][];
  "0.bias": number[];
  "3.weight": number[][];
  "3.bias": number[];
}

interface Spread {
  mean: number;
  sd: number;
}

/** What the reference computed on the small golden dataset (`expected-recomm.json`). */
interface Golden {
  n_triples: { train: number; val: number };
  seeds: number;
  seed_statistics: Record<"val" | "test", Record<"adj-NDCG" | "adj-P@1", Spread>>;
  fixed_weights: {
    weights: Parameters;
    test_pairs: { query: string; candidate: string; features: number[]; score: number }[];
    test_metrics: Record<string, number>;
    test_reported: Record<string, number>;
    per_click: { clicked_position: number; adj: number; ranked_above: number; ndcg: number }[];
  };
  three_steps_no_dropout: { loss: number; gradients: Parameters | null; weights_after: Parameters }[];
  title_tokens: Record<string, string[]>;
}

const blockOf = (layers: Parameters): Float32Array =>
  parametersFrom({
    hiddenWeights: layers["0.weight"],
    hiddenBiases: layers["0.bias"],
    outputWeights: layers["3.weight"].flat(),
    outputBias: layers["3.bias"][0]!,
  });

/** Largest |ours - theirs| in units of the tolerance `relative * |theirs| + floor`; equal enough when at most 1. */
function worst(ours: ArrayLike<number>, theirs: ArrayLike<number>, relative: number, floor: number): number {
  expect(ours.length).toBe(theirs.length);
  return Math.max(
    ...Array.from(theirs, (value, i) => Math.abs(ours[i]! - value) / (relative * Math.abs(value) + floor)),
  );
}

describe.skipIf(!hasShared)("against the reference, on the small golden dataset", () => {
  const golden = hasShared
    ? (JSON.parse(readFileSync(sharedPath("goldens/reference-small/expected-recomm.json"), "utf8")) as Golden)
    : ({} as Golden);
  let data: RecommendationData;
  let vectors: VectorTable;
  let plans: Record<"train" | "val" | "test", PairPlan>;
  let training: RecommendationTrainingData;
  let features: (plan: PairPlan) => Float32Array;
  let weights: Record<"val" | "test", number[]>;

  beforeAll(async () => {
    data = await readRecommendation(await openDataset(sharedPath("goldens/reference-small")));
    vectors = await readVectors([sharedPath("goldens/reference-small/recomm.jsonl")]);
    plans = {
      train: planPairs(data.train, "train"),
      val: planPairs(data.val, "val"),
      test: planPairs(data.test, "test"),
    };
    const write = featureWriter(data.papers, vectors);
    features = (plan) => {
      const block = new Float32Array(plan.pairCount * featureCount);
      for (const { queryId, candidateIds, firstPair } of plan.queries) write(queryId, candidateIds, block, firstPair);
      return block;
    };
    const propensities = normalisedPropensities(data.propensities);
    const triplesOf = (plan: PairPlan): PairTriples => ({ features: features(plan), triples: clickTriples(plan) });
    training = {
      train: triplesOf(plans.train),
      validation: triplesOf(plans.val),
      lossDivisor: propensities[propensities.length - 1]!,
    };
    const weightsOf = (plan: PairPlan) =>
      plan.clicks.map(({ clickedPosition }) => Math.fround(1 / propensities[clickedPosition - 1]!));
    weights = { val: weightsOf(plans.val), test: weightsOf(plans.test) };
  });

  test("titles have the reference's words", async () => {
    const file = sharedPath("goldens/reference-small/paper_metadata_recomm.json");
    const { papers } = await readPapers(file, new Set(Object.keys(golden.title_tokens)));
    const ours = Object.keys(golden.title_tokens).map((id) => titleWords(papers.get(id)?.title || blankTitle));
    expect(ours).toEqual(Object.values(golden.title_tokens));
  });

  test("there are as many triples", () => {
    expect(training.train.triples.length / 2).toBe(golden.n_triples.train);
    expect(training.validation.triples.length / 2).toBe(golden.n_triples.val);
  });

  test("features agree to 1e-6 of their size (the cosines, sums of single precision, within 5e-8 besides)", () => {
    const write = featureWriter(data.papers, vectors);
    const row = new Float32Array(featureCount);
    for (const pair of golden.fixed_weights.test_pairs) {
      write(pair.query, [pair.candidate], row, 0);
      const cosine = 3;
      expect(worst(row.subarray(cosine, cosine + 1), [pair.features[cosine]!], 1e-6, 5e-8)).toBeLessThanOrEqual(1);
      for (let k = 0; k < featureCount; k++) {
        if (k !== cosine) expect(worst([row[k]!], [pair.features[k]!], 1e-6, 1e-30)).toBeLessThanOrEqual(1);
      }
    }
  });

  test("scores of given parameters on given features agree to 1e-6", () => {
    const pairs = golden.fixed_weights.test_pairs;
    const scores = scorePairs(
      blockOf(golden.fixed_weights.weights),
      Float32Array.from(pairs.flatMap((pair) => pair.features)),
    );
    expect(
      worst(
        scores,
        pairs.map((pair) => pair.score),
        1e-6,
        0,
      ),
    ).toBeLessThanOrEqual(1);
  });

  test("from the reference's scores the metrics follow exactly", () => {
    const scoreOf = new Map(golden.fixed_weights.test_pairs.map((p) => [`${p.query} ${p.candidate}`, p.score]));
    const scores = new Float32Array(plans.test.pairCount);
    for (const { queryId, candidateIds, firstPair } of plans.test.queries) {
      for (const [i, id] of candidateIds.entries()) scores[firstPair + i] = scoreOf.get(`${queryId} ${id}`)!;
    }
    const above = rankedAbove(plans.test, scores);
    const clicks = golden.fixed_weights.per_click;
    expect(above).toEqual(clicks.map((click) => click.ranked_above));
    expect(weights.test).toEqual(clicks.map((click) => click.adj));
    expect(plans.test.clicks.map((click) => click.clickedPosition)).toEqual(clicks.map((c) => c.clicked_position));

    const ours = adjustedScores(weights.test, above);
    expect(ours.ndcg).toBe(golden.fixed_weights.test_metrics["Adj-ndcg"]);
    expect(ours.precisionAt1).toBe(golden.fixed_weights.test_metrics["Adj-Rprec/P@1"]);
    expect((100 * ours.ndcg).toFixed(2)).toBe(String(golden.fixed_weights.test_reported["adj-NDCG"]));
    expect((100 * ours.precisionAt1).toFixed(2)).toBe(String(golden.fixed_weights.test_reported["adj-P@1"]));
  });

  test("loss, gradients and three steps of the optimiser agree to float32 precision", () => {
    const kernel = openKernel(training.train.features, training.train.triples);
    kernel.parameters.set(blockOf(golden.fixed_weights.weights));
    const state = adadeltaState(layout.length);
    for (const [i, step] of golden.three_steps_no_dropout.entries()) {
      const loss = trainBatch(kernel, state, training.lossDivisor, i * batchSize, (i + 1) * batchSize, false);
      expect(worst([loss], [step.loss], 1e-6, 0)).toBeLessThanOrEqual(1);
      // A gradient is the difference of two single-precision sums of up to 0.5 (the clicked papers' and the others'),
      // whose last bit is 6e-8: the reference itself is no nearer to the true value.
      if (step.gradients) expect(worst(kernel.gradient, blockOf(step.gradients), 1e-6, 1.2e-7)).toBeLessThanOrEqual(1);
      // Weights lie within 0.4, where the last bit is 3e-8, and every step passes a gradient's error on.
      expect(worst(kernel.parameters, blockOf(step.weights_after), 1e-6, 1.2e-7)).toBeLessThanOrEqual(1);
    }
  });

  test("over as many seeds, mean and spread on val and test lie within three standard errors", () => {
    const { seeds } = golden;
    const evaluated = { val: training.validation.features, test: features(plans.test) };
    const scores = { val: [] as number[][], test: [] as number[][] };
    for (let seed = 1; seed <= seeds; seed++) {
      const { parameters } = trainRecommendation(training, seed);
      for (const split of ["val", "test"] as const) {
        const above = rankedAbove(plans[split], scorePairs(parameters, evaluated[split]));
        const { ndcg, precisionAt1 } = adjustedScores(weights[split], above);
        scores[split].push([100 * ndcg, 100 * precisionAt1]);
      }
    }
    for (const split of ["val", "test"] as const) {
      for (const [column, metric] of (["adj-NDCG", "adj-P@1"] as const).entries()) {
        const reference = golden.seed_statistics[split][metric];
        const values = scores[split].map((row) => row[column]!);
        const mean = values.reduce((a, b) => a + b) / seeds;
        const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (seeds - 1));
        expect(Math.abs(mean - reference.mean)).toBeLessThan((3 * reference.sd) / Math.sqrt(seeds));
        expect(Math.abs(sd - reference.sd)).toBeLessThan((3 * reference.sd) / Math.sqrt(2 * (seeds - 1)));
      }
    }
  });
});
