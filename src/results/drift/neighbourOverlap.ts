import { buildModel } from "../../onnx/encode.ts";
import { tensor } from "../../onnx/runtime.ts";
import { openSession } from "../../onnx/session.ts";
import type { RunControl } from "../../progress.ts";
import { breathe } from "../../threads/breathe.ts";

/** Rows whose neighbours are looked for in one matrix product. */
const blockRows = 256;

/**
 * Mean over rows of the share of a row's nearest other rows (by Euclidean distance) that two tables have in common.
 * @param a row-major, `rows` rows of any length; `b` likewise
 * @param count neighbours of a row
 */
export async function neighbourOverlap(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  count: number,
  threads: number,
  control: RunControl = {},
): Promise<number> {
  const ofA = await nearest(a, rows, count, threads, control);
  const ofB = await nearest(b, rows, count, threads, control);
  let common = 0;
  for (let row = 0; row < rows; row++) {
    const inA = new Set(ofA.subarray(row * count, (row + 1) * count));
    for (const other of ofB.subarray(row * count, (row + 1) * count)) if (inA.has(other)) common++;
  }
  return common / (rows * count);
}

/** The nearest other rows of every row, `rows x count`. */
async function nearest(
  table: Float64Array,
  rows: number,
  count: number,
  threads: number,
  control: RunControl,
): Promise<Int32Array> {
  const width = table.length / rows;
  const narrow = Float32Array.from(table);
  // Of one row, the order by -|x - y|² is the order by x·y - |y|²/2.
  const halfSquares = Float32Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += (table[row * width + k] ?? 0) ** 2;
    return -sum / 2;
  });
  await using session = closing(await openSession(closenessModel(width, rows), { threads }));
  const all = tensor("float32", narrow, [rows, width]);
  const offsets = tensor("float32", halfSquares, [rows]);
  const found = new Int32Array(rows * count);
  for (let start = 0; start < rows; start += blockRows) {
    await breathe(control);
    const end = Math.min(rows, start + blockRows);
    const block = tensor("float32", narrow.subarray(start * width, end * width), [end - start, width]);
    const { closeness } = await session.open.run({ block, all, offsets });
    const values = closeness?.data as Float32Array;
    for (let row = start; row < end; row++) {
      const ofRow = values.subarray((row - start) * rows, (row - start + 1) * rows);
      ofRow[row] = Number.NEGATIVE_INFINITY;
      found.set(largest(ofRow, count), row * count);
    }
    control.onProgress?.({ stage: "comparing neighbours", done: end, total: rows, unit: "papers" });
  }
  return found;
}

function closenessModel(width: number, rows: number): Uint8Array {
  return buildModel({
    name: "closeness",
    inputs: [
      { name: "block", dataType: "float32", dims: ["rows", width] },
      { name: "all", dataType: "float32", dims: [rows, width] },
      { name: "offsets", dataType: "float32", dims: [rows] },
    ],
    outputs: [{ name: "closeness", dataType: "float32", dims: ["rows", rows] }],
    nodes: [
      {
        opType: "Gemm",
        inputs: ["block", "all", "offsets"],
        outputs: ["closeness"],
        attributes: { transB: { int: 1 } },
      },
    ],
    initializers: [],
  });
}

/** Positions of the `count` largest values; of equal ones the first. */
function largest(values: Float32Array, count: number): Int32Array {
  const best = new Int32Array(count).fill(-1);
  const scores = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  let worst = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (value <= worst) continue;
    let at = count - 1;
    for (; at > 0 && (scores[at - 1] ?? 0) < value; at--) {
      scores[at] = scores[at - 1] ?? 0;
      best[at] = best[at - 1] ?? 0;
    }
    scores[at] = value;
    best[at] = index;
    worst = scores[count - 1] ?? 0;
  }
  return best;
}

/** A session that `await using` releases. */
function closing<S extends { release(): Promise<void> }>(open: S): { readonly open: S } & AsyncDisposable {
  return { open, [Symbol.asyncDispose]: () => open.release() };
}
