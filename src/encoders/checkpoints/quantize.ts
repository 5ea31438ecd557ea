/** A matrix in int8: `value * scale of its column` approximates the original. */
export interface QuantizedMatrix {
  readonly values: Int8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/**
 * The largest magnitude used of int8. x64 processors without VNNI add pairs of products of 8-bit numbers in 16 bits and cut off what does
 * not fit: 2 * 255 * 64 fits, 2 * 255 * 127 does not. Seven bits give the same vectors' quality everywhere, for a loss of cosine
 * to float32 of about 0.0004 (measured: 0.9997 with 127, 0.9993 with 64, three layers of BERT-base size).
 */
const limit = 64;

/** The scale of each column of a row-major matrix, symmetric around 0; 1 for a column of zeros. */
export function columnScales(matrix: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const scales = new Float32Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      scales[column] = Math.max(scales[column] ?? 0, Math.abs(matrix[row * columns + column] ?? 0));
    }
  }
  return scales.map((largest) => (largest === 0 ? 1 : largest / limit));
}

/** Quantises a row-major matrix to int8 with one scale a column (an output channel), see {@link columnScales}. */
export function quantizeColumns(matrix: Float32Array, rows: number, columns: number): QuantizedMatrix {
  const scales = columnScales(matrix, rows, columns);
  const values = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      values[at] = Math.max(-limit, Math.min(limit, Math.round((matrix[at] ?? 0) / (scales[column] ?? 1))));
    }
  }
  return { values, scales };
}
