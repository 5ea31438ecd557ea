import type { RunControl } from "../../progress.ts";
import { forEachRow } from "../forEachRow.ts";

/** A sparse matrix by rows: row r has its entries at `starts[r]` to `starts[r + 1]`. */
export interface SparseRows {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float64Array;
}

/** The product with a dense matrix (columns x width, row-major): rows x width. */
export async function timesDense(
  matrix: SparseRows,
  dense: Float64Array,
  width: number,
  control: RunControl,
): Promise<Float64Array> {
  const product = new Float64Array(matrix.rows * width);
  await forEachRow(
    matrix.rows,
    (row) => {
      const out = row * width;
      for (let entry = matrix.starts[row]!; entry < matrix.starts[row + 1]!; entry++) {
        const value = matrix.values[entry]!;
        const from = matrix.indices[entry]! * width;
        for (let j = 0; j < width; j++) product[out + j]! += value * dense[from + j]!;
      }
    },
    control,
  );
  return product;
}

/** The transpose's product with a dense matrix (rows x width, row-major): columns x width. */
export async function transposeTimesDense(
  matrix: SparseRows,
  dense: Float64Array,
  width: number,
  control: RunControl,
): Promise<Float64Array> {
  const product = new Float64Array(matrix.columns * width);
  await forEachRow(
    matrix.rows,
    (row) => {
      const from = row * width;
      for (let entry = matrix.starts[row]!; entry < matrix.starts[row + 1]!; entry++) {
        const value = matrix.values[entry]!;
        const out = matrix.indices[entry]! * width;
        for (let j = 0; j < width; j++) product[out + j]! += value * dense[from + j]!;
      }
    },
    control,
  );
  return product;
}
