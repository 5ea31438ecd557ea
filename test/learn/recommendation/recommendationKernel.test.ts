import { expect, test } from "vitest";
import { openKernel } from "../../../src/learn/recommendation/recommendationKernel.ts";
import {
  featureCount,
  hiddenUnits,
  initialParameters,
  layout,
} from "../../../src/learn/recommendation/recommendationNetwork.ts";
import { mt19937 } from "../../../src/stats/random/mt19937.ts";

const pairs = 40;
const triples = 19;
const random = mt19937(5);
const uniform = (): number => random.nextUint32() / 2 ** 31 - 1;
const features = Float32Array.from({ length: pairs * featureCount }, uniform);
const tripleList = Int32Array.from({ length: 2 * triples }, () => random.interval(pairs - 1));
const parameters = initialParameters(mt19937(6)).map((value) => 2 * value);

/** The network in plain double precision: the score of a pair and the derivatives of its logit. */
function plainPass(pair: number, keep: readonly number[]) {
  const { rowLength, hiddenBiases, outputWeights, outputBias } = layout;
  const byParameter = new Float64Array(layout.length);
  let logit = parameters[outputBias]!;
  byParameter[outputBias] = 1;
  for (let unit = 0; unit < hiddenUnits; unit++) {
    let sum = parameters[hiddenBiases + unit]!;
    for (let k = 0; k < featureCount; k++)
      sum += parameters[k * rowLength + unit]! * features[pair * featureCount + k]!;
    if (sum <= 0) continue;
    const weight = parameters[outputWeights + unit]!;
    logit += sum * keep[unit]! * weight;
    byParameter[outputWeights + unit] = sum * keep[unit]!;
    byParameter[hiddenBiases + unit] = weight * keep[unit]!;
    for (let k = 0; k < featureCount; k++) {
      byParameter[k * rowLength + unit] = weight * keep[unit]! * features[pair * featureCount + k]!;
    }
  }
  return { score: 1 / (1 + Math.exp(-logit)), byParameter };
}

/** Gradient and summed shortfalls of a batch, plainly; `draw` gives the factor of the next unit. */
function plainBatch(batch: readonly number[], margin: number, slope: number, draw: () => number) {
  const gradient = new Float64Array(layout.length);
  const drawRow = () => Array.from({ length: layout.rowLength }, draw);
  let shortfalls = 0;
  for (const triple of batch) {
    const clicked = plainPass(tripleList[2 * triple]!, drawRow());
    const other = plainPass(tripleList[2 * triple + 1]!, drawRow());
    const shortfall = margin - (clicked.score - other.score);
    if (shortfall < 0) continue;
    shortfalls += shortfall;
    for (let i = 0; i < layout.length; i++) {
      gradient[i]! -= slope * clicked.score * (1 - clicked.score) * clicked.byParameter[i]!;
      gradient[i]! += slope * other.score * (1 - other.score) * other.byParameter[i]!;
    }
  }
  return { gradient, shortfalls };
}

function kernel() {
  const opened = openKernel(features, tripleList);
  opened.parameters.set(parameters);
  return opened;
}

const largestDifference = (a: Float64Array, b: Float64Array) =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);

test("scores are those of the plain network, narrowed to 32 bits", () => {
  const scores = kernel().scorePairs();
  for (let pair = 0; pair < pairs; pair++) {
    expect(Math.abs(scores[pair]! - plainPass(pair, new Array(hiddenUnits).fill(1)).score)).toBeLessThan(2e-7);
  }
});

test("a network of zeros scores one half", () => {
  const opened = openKernel(features, tripleList);
  expect(new Set(opened.scorePairs())).toEqual(new Set([0.5]));
});

test.each([1, 3, 4, 7, 19])("the gradient of %i triples is that of the plain network", (count) => {
  const opened = kernel();
  const shortfalls = opened.addBatchGradient(0, count, 0.05, 0.25, false);
  const batch = Array.from({ length: count }, (_, i) => i);
  const plain = plainBatch(batch, 0.05, 0.25, () => 1);
  expect(Math.abs(shortfalls - plain.shortfalls)).toBeLessThan(1e-6);
  expect(largestDifference(opened.gradient, plain.gradient)).toBeLessThan(1e-6);
  expect(plain.gradient.some((slope) => Math.abs(slope) > 0.01)).toBe(true);
});

test("with dropout it is too, the factors being drawn 52 a pass, clicked paper first, across batches", () => {
  const opened = kernel();
  opened.seedDropout(99);
  opened.order.reverse();
  const shortfalls = [0, 5, 10].map((start) => opened.addBatchGradient(start, start + 5, 1, 0.5, true));
  const draws = mt19937(99);
  const draw = () => (draws.nextUint32() < 0.4 * 2 ** 32 ? 0 : 1 / 0.6);
  const batch = Array.from({ length: 15 }, (_, i) => triples - 1 - i);
  const plain = plainBatch(batch, 1, 0.5, draw);
  expect(Math.abs(shortfalls.reduce((a, b) => a + b) - plain.shortfalls)).toBeLessThan(5e-6);
  expect(largestDifference(opened.gradient, plain.gradient)).toBeLessThan(5e-6);
});

test("the filling columns of a row stay zero", () => {
  const opened = kernel();
  opened.seedDropout(1);
  opened.addBatchGradient(0, triples, 1, 1, true);
  for (let row = 0; row < featureCount + 2; row++) {
    expect([...opened.gradient.subarray(row * layout.rowLength + hiddenUnits, (row + 1) * layout.rowLength)]).toEqual([
      0, 0,
    ]);
  }
});
