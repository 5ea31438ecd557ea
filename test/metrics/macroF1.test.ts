import { expect, test } from "vitest";
import { macroF1 } from "../../src/metrics/macroF1.ts";

const f1 = (truth: number[], prediction: number[]) => macroF1(Int32Array.from(truth), Int32Array.from(prediction));

test("a perfect labelling scores 1", () => {
  expect(f1([3, 1, 2], [3, 1, 2])).toMatchObject({ labels: [1, 2, 3], macroF1: 1, accuracy: 1 });
});

test("F1 is the harmonic mean of precision and recall, averaged over labels", () => {
  // Label 0: precision 1/1, recall 1/2; label 1: precision 2/3, recall 2/2.
  const report = f1([0, 0, 1, 1], [0, 1, 1, 1]);
  expect([...report.perLabel]).toEqual([2 / 3, expect.closeTo(0.8, 15)]);
  expect(report.macroF1).toBeCloseTo((2 / 3 + 0.8) / 2, 15);
  expect(report.accuracy).toBe(0.75);
});

test("a label that only the truth or only the prediction has counts with 0", () => {
  expect(f1([0, 0, 7], [0, 0, 5])).toMatchObject({ labels: [0, 5, 7], macroF1: 1 / 3 });
});

test("nothing to score is refused", () => {
  expect(() => f1([], [])).toThrow(RangeError);
});
