import { buildModel } from "../../onnx/encode.ts";
import { tensor } from "../../onnx/runtime.ts";
import { openSession } from "../../onnx/session.ts";
import type { RunControl } from "../../progress.ts";
import { breathe } from "../../threads/breathe.ts";

/** Columns of one matrix product: a short stretch of work between two looks at the stop signal, and a small part of all products. */
const blockColumns = 256;

/**
 * Linear centred kernel alignment (Kornblith et al. 2019, https://arxiv.org/abs/1905.00414): |XᵀY|² / (|XᵀX| |YᵀY|) in Frobenius norms
 * over centred columns. 1 when one table is the other rotated and scaled; the tables may differ in width.
 * @param a row-major, `rows` rows; `b` likewise
 * @returns 0 when one table has no variation at all
 */
export async function linearCka(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  threads: number,
  control: RunControl = {},
): Promise<number> {
  const [x, y] = [centredColumns(a, rows), centredColumns(b, rows)];
  const session = await openSession(crossModel(), { threads });
  try {
    const norm = async (left: Float64Array, right: Float64Array): Promise<number> => {
      const rightTensor = tensor("float64", right, [right.length / rows, rows]);
      let squares = 0;
      for (let start = 0; start < left.length; start += blockColumns * rows) {
        await breathe(control);
        const block = left.subarray(start, start + blockColumns * rows);
        const { cross } = await session.run({
          left: tensor("float64", block, [block.length / rows, rows]),
          right: rightTensor,
        });
        for (const value of cross!.data as Float64Array) squares += value * value;
      }
      return Math.sqrt(squares);
    };
    const between = await norm(x, y);
    const within = (await norm(x, x)) * (await norm(y, y));
    return within === 0 ? 0 : Math.min(1, between ** 2 / within);
  } finally {
    await session.release();
  }
}

function crossModel(): Uint8Array {
  return buildModel({
    name: "cross product",
    inputs: [
      { name: "left", dataType: "float64", dims: ["left columns", "rows"] },
      { name: "right", dataType: "float64", dims: ["right columns", "rows"] },
    ],
    outputs: [{ name: "cross", dataType: "float64", dims: ["left columns", "right columns"] }],
    nodes: [{ opType: "Gemm", inputs: ["left", "right"], outputs: ["cross"], attributes: { transB: { int: 1 } } }],
    initializers: [],
  });
}

/** The columns of a table one after the other, each less its mean. */
function centredColumns(table: Float64Array, rows: number): Float64Array {
  const width = table.length / rows;
  const columns = new Float64Array(table.length);
  const sums = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) sums[column]! += table[row * width + column]!;
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      columns[column * rows + row] = table[row * width + column]! - sums[column]! / rows;
    }
  }
  return columns;
}
