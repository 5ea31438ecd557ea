import { expect, it } from "vitest";
import { type SparseRows, timesDense, transposeTimesDense } from "../../../src/learn/baselines/sparseRows.ts";
import { gramOf, orthonormalize } from "../../../src/learn/orthonormal.ts";

/** (0 2 0; 0 0 0; 5 0 -1) */
const sparse: SparseRows = {
  rows: 3,
  columns: 3,
  starts: Uint32Array.of(0, 1, 1, 3),
  indices: Uint32Array.of(1, 0, 2),
  values: Float64Array.of(2, 5, -1),
};

it("a sparse matrix times a dense one is their product, and so is its transpose's", async () => {
  const dense = Float64Array.of(1, 10, 2, 20, 3, 30);
  expect([...(await timesDense(sparse, dense, 2, {}))]).toEqual([4, 40, 0, 0, 2, 20]);
  expect([...(await transposeTimesDense(sparse, dense, 2, {}))]).toEqual([15, 150, 2, 20, -3, -30]);
});

it("the products of all pairs of columns are a symmetric matrix", async () => {
  const gram = await gramOf(Float64Array.of(1, 2, 3, 0, 5, -1), 3, {});
  expect(gram.to2DArray()).toEqual([
    [1, 2, 3],
    [2, 29, 1],
    [3, 1, 10],
  ]);
});

it("columns made orthonormal span the same directions, the first one kept", async () => {
  const matrix = Float64Array.of(3, 1, 4, 1, 0, 2);
  await orthonormalize(matrix, 2, {});
  const column = (j: number): number[] => [0, 1, 2].map((i) => matrix[i * 2 + j]!);
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  for (const [i, value] of [0.6, 0.8, 0].entries()) expect(column(0)[i]).toBeCloseTo(value, 9);
  expect(dot(column(1), column(1))).toBeCloseTo(1, 9);
  expect(dot(column(0), column(1))).toBeCloseTo(0, 9);
  // (1, 1, 2) less its part along (0.6, 0.8, 0), which is 1.4.
  const rest = [1 - 0.84, 1 - 1.12, 2];
  expect(dot(column(1), rest) / Math.hypot(...rest)).toBeCloseTo(1, 9);
});
