import fc from "fast-check";
import { expect, test } from "vitest";
import { stratifiedFolds } from "../../../src/learn/svm/stratifiedFolds.ts";

const folds = (labels: number[]) => [...stratifiedFolds(Int32Array.from(labels), 3)];

test("rows of a class fill the folds in the order of the data", () => {
  expect(folds([0, 0, 0, 1, 1, 1])).toEqual([0, 1, 2, 0, 1, 2]);
  expect(folds([5, 5, 5, 5, 2, 2, 2, 2])).toEqual([0, 0, 1, 2, 0, 1, 1, 2]);
});

test("the first class met is the first when quotas are dealt, whatever its label", () => {
  expect(folds([9, 9, 1, 1, 1])).toEqual([0, 1, 0, 1, 2]);
});

test("folds of all rows and of each class differ by at most one row", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2, max: 4 }), { minLength: 3, maxLength: 60 }), (labels) => {
      const foldOf = folds(labels);
      const spread = (rows: number[]) => {
        const sizes = [0, 1, 2].map((fold) => rows.filter((row) => foldOf[row] === fold).length);
        return Math.max(...sizes) - Math.min(...sizes);
      };
      expect(spread(labels.map((_, row) => row))).toBeLessThanOrEqual(1);
      for (const label of new Set(labels)) {
        expect(spread(labels.flatMap((other, row) => (other === label ? [row] : [])))).toBeLessThanOrEqual(1);
      }
    }),
  );
});
