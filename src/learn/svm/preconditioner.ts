import { EigenvalueDecomposition } from "ml-matrix";
import { transposed } from "../../onnx/transposed.ts";
import { generator } from "../../stats/random/generator.ts";
import { type DenseProducts, matrixTensor } from "../denseProducts.ts";
import { gramOf, orthonormalize } from "../orthonormal.ts";

/** The leading directions of X'X and what is left beside them. */
export interface Spectrum {
  /** dimensions x rank, row-major: orthonormal columns. */
  readonly vectors: Float32Array;
  /** Their eigenvalues. */
  readonly values: Float64Array;
  /** Mean of the other eigenvalues. */
  readonly rest: number;
}

/** Directions looked for: the spectrum of an encoder's vectors is flat behind its first hundred or so. */
const wantedRank = 128;

/** Rounds of the iteration: a preconditioner needs directions, not digits. */
const rounds = 2;

/** Share of rows that a typical problem has within the margin; it only tunes the preconditioner. */
const typicalActive = 0.15;

/**
 * The leading eigenvectors of X'X by subspace iteration from random directions (Halko, Martinsson and Tropp, SIAM Review 2011). X'X
 * itself is never made: the work grows with the width of the rows, where a factorisation's grows with its cube.
 */
export async function leadingSpectrum(products: DenseProducts): Promise<Spectrum> {
  const { dimensions, rows } = products;
  const rank = Math.min(wantedRank, dimensions, rows);
  const random = generator(1);
  const basis = Float64Array.from({ length: dimensions * rank }, random.normal);
  for (let round = 0; round < rounds; round++) {
    await orthonormalize(basis, rank, {});
    basis.set(await products.back(await products.scores(Float32Array.from(basis))));
  }
  await orthonormalize(basis, rank, {});
  const vectors = Float32Array.from(basis);
  const image = await products.scores(vectors);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    await gramOf(Float64Array.from(image), rank, {}),
    { assumeSymmetric: true },
  );
  const values = Float64Array.from(realEigenvalues, (value) => Math.max(0, value));
  const others = dimensions - rank;
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    vectors: rotated(vectors, rank, eigenvectorMatrix.to1DArray()),
    values,
    rest: others === 0 ? 0 : Math.max(0, products.squaredNorm - sum) / others,
  };
}

/** Each row times a square matrix. */
function rotated(matrix: Float32Array, width: number, rotation: readonly number[]): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < matrix.length; row += width) {
    for (let i = 0; i < width; i++) {
      const value = matrix[row + i]!;
      for (let j = 0; j < width; j++) result[row + j]! += value * rotation[i * width + j]!;
    }
  }
  return result;
}

/**
 * The preconditioner of a C: applies the inverse of I + 2 C typicalActive X'X, where X'X is taken to be its leading part and a multiple
 * of the identity beside it. One spectrum serves every C.
 */
export function preconditioner(
  products: DenseProducts,
  { vectors, values, rest }: Spectrum,
  C: number,
): (columns: Float32Array) => Promise<Float32Array> {
  const weight = 2 * C * typicalActive;
  const beside = 1 / (1 + weight * rest);
  const rank = values.length;
  const inner = matrixTensor(transposed(vectors, products.dimensions, rank), rank);
  const outer = matrixTensor(vectors, products.dimensions);
  const shares = matrixTensor(
    Float32Array.from(values, (value) => 1 / (1 + weight * value) - beside),
    rank,
  );
  return async (columns) => {
    const leading = await products.around(inner, outer, columns, shares);
    for (let p = 0; p < leading.length; p++) leading[p]! += beside * columns[p]!;
    return leading;
  };
}
