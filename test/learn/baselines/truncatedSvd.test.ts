import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import type { SparseRows } from "../../../src/learn/baselines/sparseRows.ts";
import { truncatedSvd } from "../../../src/learn/baselines/truncatedSvd.ts";
import { generator } from "../../../src/stats/random/generator.ts";

function sparse(dense: readonly (readonly number[])[]): SparseRows {
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const row of dense) {
    for (const [column, value] of row.entries()) {
      if (value === 0) continue;
      indices.push(column);
      values.push(value);
    }
    starts.push(indices.length);
  }
  return {
    rows: dense.length,
    columns: dense[0]?.length ?? 0,
    starts: Uint32Array.from(starts),
    indices: Uint32Array.from(indices),
    values: Float64Array.from(values),
  };
}

const random = generator(4);
// Rank 60 with falling singular values, two thirds zeros: what TF-IDF looks like.
const dense = Array.from({ length: 90 }, (_, row) =>
  Array.from({ length: 60 }, (_, column) =>
    random.uniform() < 0.3 ? random.normal() / (1 + ((row + column) % 7)) : 0,
  ),
);

describe("the truncated SVD", () => {
  it("finds the leading singular values and vectors of the exact decomposition", async () => {
    const { rank, vectors, singularValues } = await truncatedSvd(sparse(dense), 5, 1);
    const exact = new SingularValueDecomposition(new Matrix(dense.map((row) => [...row])));
    expect(rank).toBe(5);
    for (let k = 0; k < 5; k++) {
      expect(singularValues[k]! / exact.diagonal[k]!).toBeCloseTo(1, 2);
      let dot = 0;
      for (let i = 0; i < 60; i++) dot += vectors[i * rank + k]! * exact.rightSingularVectors.get(i, k);
      expect(Math.abs(dot)).toBeGreaterThan(0.98);
    }
  });

  it("gives orthonormal vectors, and no more than the rank", async () => {
    const twoDirections = Array.from({ length: 30 }, (_, row) => [row, 2 * row, row % 3, 0]);
    const { rank, vectors } = await truncatedSvd(sparse(twoDirections), 4, 1);
    expect(rank).toBe(2);
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j < rank; j++) {
        let dot = 0;
        for (let row = 0; row < 4; row++) dot += vectors[row * rank + i]! * vectors[row * rank + j]!;
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 6);
      }
    }
  });

  it("repeats itself for one seed", async () => {
    expect(await truncatedSvd(sparse(dense), 3, 7)).toEqual(await truncatedSvd(sparse(dense), 3, 7));
  });
});
