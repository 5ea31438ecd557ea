import { setImmediate } from "node:timers/promises";
import { throwIfAborted } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";

/** A sparse matrix by rows: row r has its entries at `starts[r]` to `starts[r + 1]`. */
export interface SparseRows {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float64Array;
}

/** Milliseconds of work between two looks at the stop signal. */
const sliceMs = 40;

/** Calls back for every row, giving way to other events as it goes. @throws ScidocsError `INTERRUPTED` */
export async function forEachRow(rows: number, onRow: (row: number) => void, control: RunControl): Promise<void> {
  let sliceEnd = performance.now() + sliceMs;
  for (let row = 0; row < rows; row++) {
    onRow(row);
    if ((row & 15) !== 0 || performance.now() < sliceEnd) continue;
    await setImmediate();
    throwIfAborted(control.signal);
    sliceEnd = performance.now() + sliceMs;
  }
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
