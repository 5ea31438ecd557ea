import { expect, test } from "vitest";
import {
  adjustedScores,
  ndcgOfClick,
  normalisedPropensities,
  precisionAt1OfClick,
  propensityAdjustedMean,
} from "../../src/metrics/propensity.ts";

test("normalised propensities keep their ratios and average 1", () => {
  expect([...normalisedPropensities([3, 2, 1])]).toEqual([1.5, 1, 0.5]);
});

test.each([[[]], [[1, 0]], [[1, -1]], [[Number.NaN]], [[Number.POSITIVE_INFINITY]]])(
  "propensities that cannot weigh a click are refused: %j",
  (propensities) => {
    expect(() => normalisedPropensities(propensities)).toThrow(/propensities must be positive numbers/);
  },
);

test("a refused propensity is named with its position", () => {
  expect(() => normalisedPropensities([1, 0])).toThrow(/position 2 has 0/);
});

test("nDCG and P@1 of a click follow from how many papers stand above it", () => {
  expect([0, 0.5, 1, 2].map(precisionAt1OfClick)).toEqual([1, 0, 0, 0]);
  expect(ndcgOfClick(0)).toBe(1);
  expect(ndcgOfClick(2)).toBe(0.5);
  expect(ndcgOfClick(0.5)).toBe(1 / Math.log2(2.5));
});

test("a click with three times the weight counts three times", () => {
  expect(propensityAdjustedMean([3, 1], [1, 0])).toBe(0.75);
  expect(adjustedScores([3, 1], [0, 2])).toEqual({ ndcg: 0.875, precisionAt1: 0.75 });
});

test("the sums run in single precision, as the reference's do", () => {
  const large = 2 ** 24;
  expect(propensityAdjustedMean([large, 1], [1, 1])).toBe(1);
  expect(propensityAdjustedMean([large, 1], [0, 1])).toBe(Math.fround(1 / large));
});

test("the sum that propensities are normalised by runs in single precision too", () => {
  // Each addend is half of the last place of 1 or less: seven of them vanish one by one, and would show in double precision.
  const small = 2 ** -25;
  const [first, second] = normalisedPropensities([1, ...Array(7).fill(small)]);
  expect(first).toBe(8);
  expect(second).toBe(8 * small);
});

test("each of the two sums of an adjusted mean loses what single precision loses, and each product and value is rounded", () => {
  const small = Array(7).fill(2 ** -25);
  const [ones, first] = [Array(8).fill(1), [1, ...Array(7).fill(0)]];
  expect(propensityAdjustedMean([1, ...small], ones)).toBe(1);
  expect(propensityAdjustedMean([1, ...small], first)).toBe(1);
  // 0.1 in single precision is larger than 0.1, and a third of it is rounded again.
  expect(propensityAdjustedMean([1], [0.1])).toBe(Math.fround(0.1));
  expect(propensityAdjustedMean([3], [0.1])).toBe(Math.fround(Math.fround(3 * Math.fround(0.1)) / 3));
});
