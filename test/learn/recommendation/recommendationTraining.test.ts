import { expect, test } from "vitest";
import { adadeltaState } from "../../../src/learn/recommendation/adadelta.ts";
import { openKernel } from "../../../src/learn/recommendation/recommendationKernel.ts";
import {
  featureCount,
  initialParameters,
  layout,
  parametersFrom,
} from "../../../src/learn/recommendation/recommendationNetwork.ts";
import {
  type PairTriples,
  scorePairs,
  trainBatch,
  trainRecommendation,
} from "../../../src/learn/recommendation/recommendationTraining.ts";
import { mt19937 } from "../../../src/stats/random/mt19937.ts";
import { clicks } from "./clicks.ts";

const data = { train: clicks(600, 1), validation: clicks(200, 2), lossDivisor: 0.5 };

/** Share of triples whose clicked paper scores higher. */
function accuracy(parameters: Float32Array, { features, triples }: PairTriples): number {
  const scores = scorePairs(parameters, features);
  let right = 0;
  for (let i = 0; i < triples.length; i += 2) if (scores[triples[i]!]! > scores[triples[i + 1]!]!) right += 1;
  return right / (triples.length / 2);
}

test("training finds the feature that decides the clicks", () => {
  const { initial, parameters, bestEpoch } = trainRecommendation(data, 7);
  const unseen = clicks(500, 3);
  expect(accuracy(parameters, unseen)).toBeGreaterThan(0.9);
  expect(accuracy(initial, unseen)).toBeLessThan(0.8);
  expect(bestEpoch).toBe(5);
});

test("the same seed gives the same bits, another seed others", () => {
  const first = trainRecommendation(data, 7);
  expect(trainRecommendation(data, 7)).toEqual(first);
  expect(trainRecommendation(data, 8).parameters).not.toEqual(first.parameters);
});

test("the epoch with the lowest validation loss is kept, which need not be the last", () => {
  // Where validation wants the opposite of training, every epoch makes it worse.
  const opposite = { features: data.validation.features, triples: data.validation.triples.slice().reverse() };
  const seen: number[] = [];
  const kept = trainRecommendation({ ...data, validation: opposite }, 7, (epoch) => seen.push(epoch));
  expect(seen).toEqual([1, 2, 3, 4, 5]);
  expect(kept.bestEpoch).toBe(1);
  expect(kept.parameters).not.toEqual(kept.initial);
});

test("training takes its random numbers in the stated order: parameters, dropout's seed, then a shuffle an epoch", () => {
  const generator = mt19937(7);
  const kernel = openKernel(data.train.features, data.train.triples);
  kernel.parameters.set(initialParameters(generator));
  kernel.seedDropout(generator.nextUint32());
  const state = adadeltaState(layout.length);
  const { order } = kernel;
  const losses: number[] = [];
  const after: Float32Array[] = [];
  for (let epoch = 0; epoch < 5; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = generator.interval(i);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    for (const start of [0, 128, 256, 384, 512]) {
      trainBatch(kernel, state, data.lossDivisor, start, Math.min(start + 128, 600), true);
    }
    after.push(kernel.parameters.slice());
    losses.push(validationLossOf(kernel.parameters));
  }
  const trained = trainRecommendation(data, 7);
  const best = losses.indexOf(Math.min(...losses));
  expect(trained.bestEpoch).toBe(best + 1);
  expect(trained.parameters).toEqual(after[best]);
  expect(trained.validationLoss).toBeCloseTo(losses[best]!, 12);
});

/** The mean over batches of 128 of their mean shortfalls from the margin: of 200 triples the last 72 weigh more. */
function validationLossOf(parameters: Float32Array): number {
  const { features, triples } = data.validation;
  const scores = scorePairs(parameters, features);
  const shortfalls = Array.from({ length: 200 }, (_, i) =>
    Math.max(0, 0.1 - (scores[triples[2 * i]!]! - scores[triples[2 * i + 1]!]!)),
  );
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return mean([mean(shortfalls.slice(0, 128)), mean(shortfalls.slice(128))]) / data.lossDivisor;
}

/** A step of training on all of these triples, without dropout. */
function oneStep(features: Float32Array, triples: Int32Array, parameters: Float32Array, lossDivisor: number) {
  const kernel = openKernel(features, triples);
  kernel.parameters.set(parameters);
  const loss = trainBatch(kernel, adadeltaState(layout.length), lossDivisor, 0, triples.length / 2, false);
  return { loss, gradient: kernel.gradient, parameters: kernel.parameters };
}

test("a triple whose clicked paper is ahead by the margin teaches nothing", () => {
  const features = new Float32Array(2 * featureCount);
  features[3] = 1;
  const parameters = parametersFrom({
    hiddenWeights: [[0, 0, 0, 1]],
    hiddenBiases: [],
    outputWeights: [1],
    outputBias: 0,
  });
  const step = oneStep(features, Int32Array.of(0, 1), parameters, 0.5);
  expect(step.loss).toBe(0);
  expect(step.parameters).toEqual(parameters);
});

test("the loss is the mean shortfall from the margin, divided by the last propensity", () => {
  const features = new Float32Array(2 * featureCount);
  expect(oneStep(features, Int32Array.of(0, 1, 1, 0), initialParameters(mt19937(1)), 0.25).loss).toBeCloseTo(0.4, 12);
});

test("no element of a gradient exceeds 5", () => {
  const features = Float32Array.from({ length: 2 * featureCount }, (_, i) => (i < featureCount ? 0 : 1e4));
  const parameters = parametersFrom({
    hiddenWeights: [new Array(featureCount).fill(1e-6)],
    hiddenBiases: [],
    outputWeights: [1],
    outputBias: 0,
  });
  expect(Math.max(...oneStep(features, Int32Array.of(0, 1), parameters, 0.01).gradient)).toBe(5);
});
