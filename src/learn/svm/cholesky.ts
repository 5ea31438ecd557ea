/**
 * The inverse of the Cholesky factor of I + scale * G: `solve(r) = transpose(inverse) * (inverse * r)`.
 * Pivots that rounding has brought near zero are lifted, so the product stays positive definite: right for a preconditioner, not for
 * an exact solution.
 * @param gram symmetric positive semidefinite, row-major, size x size
 * @returns the lower triangular inverse, row-major, zeros above the diagonal
 */
export function inverseCholesky(gram: Float32Array, size: number, scale: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const rowI = i * size;
    for (let j = 0; j <= i; j++) {
      const rest = scale * gram[rowI + j]! - dotOfRows(factor, rowI, j * size, j);
      if (j < i) {
        factor[rowI + j] = rest / factor[j * size + j]!;
      } else {
        const pivot = 1 + rest;
        factor[rowI + i] = Math.sqrt(Math.max(pivot, 1e-6 * (1 + scale * gram[rowI + i]!)));
      }
    }
  }
  return inverseOfLower(factor, size);
}

/** Dot product of the first `count` numbers of two rows, in four sums to keep the adders busy. */
function dotOfRows(m: Float64Array, a: number, b: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    s0 += m[a + k]! * m[b + k]!;
    s1 += m[a + k + 1]! * m[b + k + 1]!;
    s2 += m[a + k + 2]! * m[b + k + 2]!;
    s3 += m[a + k + 3]! * m[b + k + 3]!;
  }
  for (; k < count; k++) s0 += m[a + k]! * m[b + k]!;
  return s0 + s1 + (s2 + s3);
}

function inverseOfLower(factor: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const rowI = i * size;
    for (let k = 0; k < i; k++) {
      const weight = factor[rowI + k]!;
      const rowK = k * size;
      for (let j = 0; j <= k; j++) inverse[rowI + j]! -= weight * inverse[rowK + j]!;
    }
    inverse[rowI + i] = 1;
    const pivot = 1 / factor[rowI + i]!;
    for (let j = 0; j <= i; j++) inverse[rowI + j]! *= pivot;
  }
  return inverse;
}

/** A square matrix with rows and columns exchanged, as float32. */
export function transposed(matrix: Float32Array | Float64Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  // Bands of rows keep both sides' cache lines in use until they are full.
  for (let band = 0; band < rows; band += 32) {
    const end = Math.min(rows, band + 32);
    for (let j = 0; j < columns; j++) for (let i = band; i < end; i++) result[j * rows + i] = matrix[i * columns + j]!;
  }
  return result;
}
