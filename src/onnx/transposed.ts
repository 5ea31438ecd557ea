/** A row-major matrix of `rows` x `columns` with rows and columns exchanged, as float32. */
export function transposed(
  matrix: Float32Array | Float64Array,
  rows: number,
  columns: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(matrix.length);
  // Bands of rows keep both sides' cache lines in use until they are full.
  for (let band = 0; band < rows; band += 32) {
    const end = Math.min(rows, band + 32);
    for (let j = 0; j < columns; j++) for (let i = band; i < end; i++) result[j * rows + i] = matrix[i * columns + j]!;
  }
  return result;
}
