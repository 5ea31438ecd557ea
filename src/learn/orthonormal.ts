import { CholeskyDecomposition, Matrix } from "ml-matrix";
import type { RunControl } from "../progress.ts";
import { forEachRow } from "./forEachRow.ts";

/** M'M of a matrix (rows x width, row-major). */
export async function gramOf(matrix: Float64Array, width: number, control: RunControl): Promise<Matrix> {
  const gram = new Float64Array(width * width);
  await forEachRow(
    matrix.length / width,
    (row) => {
      const at = row * width;
      for (let i = 0; i < width; i++) {
        const value = matrix[at + i]!;
        if (value === 0) continue;
        for (let j = 0; j <= i; j++) gram[i * width + j]! += value * matrix[at + j]!;
      }
    },
    control,
  );
  const full = Matrix.zeros(width, width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      full.set(i, j, gram[i * width + j]!);
      full.set(j, i, gram[i * width + j]!);
    }
  }
  return full;
}

/** Makes the columns of a matrix orthonormal in place (Cholesky QR); directions that are no more than rounding stay tiny. */
export async function orthonormalize(matrix: Float64Array, width: number, control: RunControl): Promise<void> {
  const gram = await gramOf(matrix, width, control);
  const largest = Math.max(...gram.diagonal(), Number.MIN_VALUE);
  for (let i = 0; i < width; i++) gram.set(i, i, gram.get(i, i) + 1e-12 * largest);
  const lower = Float64Array.from(new CholeskyDecomposition(gram).lowerTriangularMatrix.to1DArray());
  await forEachRow(
    matrix.length / width,
    (row) => {
      const at = row * width;
      for (let j = 0; j < width; j++) {
        let rest = matrix[at + j]!;
        for (let i = 0; i < j; i++) rest -= matrix[at + i]! * lower[j * width + i]!;
        matrix[at + j] = rest / lower[j * width + j]!;
      }
    },
    control,
  );
}
