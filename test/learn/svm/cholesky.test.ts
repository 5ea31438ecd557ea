import { expect, test } from "vitest";
import { inverseCholesky, transposed } from "../../../src/learn/svm/cholesky.ts";
import { randomRows } from "../randomRows.ts";

test("the inverse factor undoes I + scale * G", () => {
  const size = 6;
  const { data } = randomRows({ dimensions: size, classes: 2, rows: 20, single: true, seed: 1 });
  const gram = new Float32Array(size * size);
  for (let row = 0; row < 20; row++)
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) gram[i * size + j]! += data[row * size + i]! * data[row * size + j]!;
  const inverse = inverseCholesky(gram, size, 0.3);
  // (L^-1) (I + 0.3 G) (L^-1)' is the identity.
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      let entry = 0;
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          const matrix = (i === j ? 1 : 0) + 0.3 * gram[i * size + j]!;
          entry += inverse[a * size + i]! * matrix * inverse[b * size + j]!;
        }
      }
      expect(entry).toBeCloseTo(a === b ? 1 : 0, 5);
    }
  }
});

test("a matrix that rounding has left indefinite still gives finite numbers", () => {
  const inverse = inverseCholesky(Float32Array.of(1e6, 1e6 + 1, 1e6 + 1, 1e6), 2, 1e3);
  expect([...inverse].every(Number.isFinite)).toBe(true);
});

test("transposing exchanges rows and columns", () => {
  expect([...transposed(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
});
