import { expect, test } from "vitest";
import { adadeltaState } from "../../src/learn/adadelta.ts";
import { mt19937 } from "../../src/learn/mt19937.ts";
import { featureCount, initialParameters, layout, scorePairs } from "../../src/learn/recommendationNetwork.ts";
import { type PairTriples, trainBatch, trainRecommendation } from "../../src/learn/recommendationTraining.ts";

/** Clicks of a user who always takes the paper with the higher fourth feature, all else being noise. */
function clicks(count: number, seed: number): PairTriples {
  const generator = mt19937(seed);
  const features = Float32Array.from({ length: 2 * count * featureCount }, () => generator.nextUint32() / 2 ** 32);
  const triples = new Int32Array(2 * count);
  for (let i = 0; i < triples.length; i += 2) {
    const firstWins = features[i * featureCount + 3]! > features[(i + 1) * featureCount + 3]!;
    triples.set(firstWins ? [i, i + 1] : [i + 1, i], i);
  }
  return { features, triples };
}

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

test("a triple whose clicked paper is ahead by the margin teaches nothing", () => {
  const features = new Float32Array(2 * featureCount);
  features[3] = 1;
  const parameters = new Float32Array(layout.length);
  parameters[layout.hiddenWeights + 3] = 1;
  parameters[layout.outputWeights] = 1;
  const ahead = { ...data, train: { features, triples: Int32Array.of(0, 1) } };
  const step = trainBatch(parameters.slice(), adadeltaState(layout.length), ahead, Int32Array.of(0), null);
  expect(step.loss).toBe(0);
  expect(step.gradient.every((slope) => slope === 0)).toBe(true);
});

test("the loss is the mean shortfall from the margin, divided by the last propensity", () => {
  const features = new Float32Array(2 * featureCount);
  const triples = Int32Array.of(0, 1, 1, 0);
  const even = { train: { features, triples }, validation: data.validation, lossDivisor: 0.25 };
  const parameters = initialParameters(mt19937(1));
  const step = trainBatch(parameters, adadeltaState(layout.length), even, Int32Array.of(0, 1), null);
  expect(step.loss).toBeCloseTo(0.4, 12);
});

test("no element of a gradient exceeds 5", () => {
  const features = Float32Array.from({ length: 2 * featureCount }, (_, i) => (i < featureCount ? 0 : 1e4));
  const parameters = new Float32Array(layout.length);
  parameters.fill(1e-6, 0, layout.outputWeights);
  parameters.fill(1, layout.outputWeights, layout.outputBias);
  const steep = { ...data, train: { features, triples: Int32Array.of(0, 1) }, lossDivisor: 0.01 };
  const { gradient } = trainBatch(parameters, adadeltaState(layout.length), steep, Int32Array.of(0), null);
  expect(Math.max(...gradient)).toBe(5);
});
