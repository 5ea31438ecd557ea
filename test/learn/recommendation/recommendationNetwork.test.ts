import { expect, test } from "vitest";
import { initialParameters, layout, parametersFrom } from "../../../src/learn/recommendation/recommendationNetwork.ts";
import { mt19937 } from "../../../src/stats/random/mt19937.ts";

test("fresh parameters fill plus and minus one over the root of a layer's inputs", () => {
  const parameters = initialParameters(mt19937(1));
  const hidden = parameters.subarray(0, layout.outputWeights).map(Math.abs);
  const output = parameters.subarray(layout.outputWeights).map(Math.abs);
  expect(parameters.filter((value) => value !== 0).length).toBe(651);
  expect(Math.max(...hidden)).toBeLessThanOrEqual(1 / Math.sqrt(11));
  expect(Math.max(...hidden)).toBeGreaterThan(0.98 / Math.sqrt(11));
  expect(Math.max(...output)).toBeLessThanOrEqual(1 / Math.sqrt(50));
  expect(Math.max(...output)).toBeGreaterThan(0.9 / Math.sqrt(50));
});

test("the first draws go to the first hidden unit's weights", () => {
  const draws = mt19937(3);
  const parameters = initialParameters(mt19937(3));
  for (let feature = 0; feature < 3; feature++) {
    const share = (draws.nextUint32() >>> 8) / 2 ** 24;
    expect(parameters[feature * layout.rowLength]).toBe(Math.fround((2 * share - 1) / Math.sqrt(11)));
  }
});

test("layers go to their rows, one column a hidden unit", () => {
  const parameters = parametersFrom({
    hiddenWeights: [[1, 2], [3]],
    hiddenBiases: [4, 5],
    outputWeights: [6],
    outputBias: 7,
  });
  expect([0, 1].map((unit) => parameters[unit])).toEqual([1, 3]);
  expect(parameters[layout.rowLength]).toBe(2);
  expect(parameters[layout.hiddenBiases + 1]).toBe(5);
  expect(parameters[layout.outputWeights]).toBe(6);
  expect(parameters[layout.outputBias]).toBe(7);
});
