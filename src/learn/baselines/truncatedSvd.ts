import { EigenvalueDecomposition } from "ml-matrix";
import type { RunControl } from "../../progress.ts";
import { generator } from "../../stats/random/generator.ts";
import { forEachRow } from "../forEachRow.ts";
import { gramOf, orthonormalize } from "../orthonormal.ts";
import { type SparseRows, timesDense, transposeTimesDense } from "./sparseRows.ts";

/** The leading right singular vectors of a matrix. */
export interface TruncatedSvd {
  /** How many were found: as many as were asked for, or fewer where the matrix has a lower rank. */
  readonly rank: number;
  /** columns x rank, row-major; each of length 1, at right angles to the others, the largest singular value first. */
  readonly vectors: Float64Array;
  readonly singularValues: Float64Array;
}

/** More random directions than are wanted, and two rounds of iteration, make the leading ones accurate (Halko et al., 2011). */
const oversampling = 20;
const rounds = 2;

/**
 * Leading right singular vectors by randomised iteration (Halko, Martinsson and Tropp, SIAM Review 2011): random
 * directions are multiplied by the matrix and its transpose in turn, and the small problem that is left is solved exactly.
 * @param wanted how many
 * @param seed of the random directions; the same seed gives the same vectors
 */
export async function truncatedSvd(
  matrix: SparseRows,
  wanted: number,
  seed: number,
  control: RunControl = {},
): Promise<TruncatedSvd> {
  const width = Math.min(wanted + oversampling, matrix.rows, matrix.columns);
  const random = generator(seed);
  const directions = Float64Array.from({ length: matrix.columns * width }, random.normal);
  let left = await timesDense(matrix, directions, width, control);
  for (let round = 0; round < rounds; round++) {
    control.onProgress?.({ stage: "reducing TF-IDF", done: round, total: rounds + 1, unit: "rounds" });
    await orthonormalize(left, width, control);
    const right = await transposeTimesDense(matrix, left, width, control);
    await orthonormalize(right, width, control);
    left = await timesDense(matrix, right, width, control);
  }
  await orthonormalize(left, width, control);
  const right = await transposeTimesDense(matrix, left, width, control);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(await gramOf(right, width, control), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, index) => index).sort((i, j) => realEigenvalues[j]! - realEigenvalues[i]!);
  const largest = realEigenvalues[order[0] ?? 0] ?? 0;
  const kept = order.slice(0, wanted).filter((index) => realEigenvalues[index]! > 1e-10 * largest);
  const rank = kept.length;
  const singularValues = Float64Array.from(kept, (index) => Math.sqrt(realEigenvalues[index]!));
  const rotation = new Float64Array(width * rank);
  for (const [j, index] of kept.entries()) {
    for (let i = 0; i < width; i++) rotation[i * rank + j] = eigenvectorMatrix.get(i, index) / singularValues[j]!;
  }
  const vectors = new Float64Array(matrix.columns * rank);
  await forEachRow(
    matrix.columns,
    (row) => {
      for (let i = 0; i < width; i++) {
        const value = right[row * width + i]!;
        if (value === 0) continue;
        for (let j = 0; j < rank; j++) vectors[row * rank + j]! += value * rotation[i * rank + j]!;
      }
    },
    control,
  );
  control.onProgress?.({ stage: "reducing TF-IDF", done: rounds + 1, total: rounds + 1, unit: "rounds" });
  return { rank, vectors, singularValues };
}
