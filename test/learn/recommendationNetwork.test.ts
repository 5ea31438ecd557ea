import { expect, test } from "vitest";
import { mt19937 } from "../../src/learn/mt19937.ts";
import {
  addPairGradient,
  featureCount,
  hiddenUnits,
  initialParameters,
  layout,
  scorePair,
  scorePairs,
} from "../../src/learn/recommendationNetwork.ts";

function randomFeatures(pairs: number, seed: number): Float32Array {
  const generator = mt19937(seed);
  return Float32Array.from({ length: pairs * featureCount }, () => generator.nextUint32() / 2 ** 31 - 1);
}

test("fresh parameters fill plus and minus one over the root of a layer's inputs", () => {
  const parameters = initialParameters(mt19937(1));
  const hidden = parameters.subarray(0, layout.outputWeights).map(Math.abs);
  const output = parameters.subarray(layout.outputWeights).map(Math.abs);
  expect(parameters.length).toBe(651);
  expect(Math.max(...hidden)).toBeLessThanOrEqual(1 / Math.sqrt(11));
  expect(Math.max(...hidden)).toBeGreaterThan(0.98 / Math.sqrt(11));
  expect(Math.max(...output)).toBeLessThanOrEqual(1 / Math.sqrt(50));
  expect(Math.max(...output)).toBeGreaterThan(0.9 / Math.sqrt(50));
});

test("a network of zeros scores one half, and one open path scores its sigmoid", () => {
  const parameters = new Float32Array(layout.length);
  const features = new Float32Array(2 * featureCount);
  features[featureCount + 3] = 0.5;
  expect([...scorePairs(parameters, features)]).toEqual([0.5, 0.5]);
  parameters[layout.hiddenWeights + 7 * featureCount + 3] = 2;
  parameters[layout.outputWeights + 7] = 3;
  parameters[layout.outputBias] = -1;
  expect([...scorePairs(parameters, features)]).toEqual(
    [-1, 2].map((logit) => Math.fround(1 / (1 + Math.exp(-logit)))),
  );
});

test("pairs with the same features tie exactly", () => {
  const features = randomFeatures(1, 3);
  const [first, second] = scorePairs(initialParameters(mt19937(4)), Float32Array.of(...features, ...features));
  expect(first).toBe(second);
});

test("the gradient is the slope of the score, silenced units included", () => {
  const features = randomFeatures(2, 5);
  const keep = Float64Array.from({ length: hiddenUnits }, (_, unit) => (unit % 3 === 0 ? 0 : 1.5));
  const hidden = new Float64Array(hiddenUnits);
  const parameters = initialParameters(mt19937(6));
  const scoreWith = (changed: Float32Array) => scorePair(changed, features, 1, keep, 0, hidden, 0);

  const gradient = new Float64Array(layout.length);
  const score = scoreWith(parameters);
  addPairGradient(parameters, features, 1, keep, 0, hidden, 0, score, 1, gradient);
  expect(gradient.some((slope) => slope !== 0)).toBe(true);
  for (let i = 0; i < layout.length; i++) {
    const above = parameters.slice();
    const below = parameters.slice();
    above[i]! += 2e-3;
    below[i]! -= 2e-3;
    const slope = (scoreWith(above) - scoreWith(below)) / (above[i]! - below[i]!);
    expect(Math.abs(gradient[i]! - slope)).toBeLessThan(1e-5);
  }
});
