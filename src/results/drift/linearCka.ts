import { buildModel } from "../../onnx/encode.ts";
import { tensor } from "../../onnx/runtime.ts";
import { openSession } from "../../onnx/session.ts";
import type { RunControl } from "../../progress.ts";
import { breathe } from "../../threads/breathe.ts";

/** Rows of one matrix product: a short stretch of work between two looks at the stop signal. */
const blockRows = 1024;

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
  const [x, y] = [centred(a, rows), centred(b, rows)];
  const session = await openSession(crossModel(), { threads });
  try {
    const norm = async (left: Float64Array, right: Float64Array): Promise<number> => {
      const [widthL, widthR] = [left.length / rows, right.length / rows];
      const sum = new Float64Array(widthL * widthR);
      for (let start = 0; start < rows; start += blockRows) {
        await breathe(control);
        const end = Math.min(rows, start + blockRows);
        const { cross } = await session.run({
          left: tensor("float64", left.subarray(start * widthL, end * widthL), [end - start, widthL]),
          right: tensor("float64", right.subarray(start * widthR, end * widthR), [end - start, widthR]),
        });
        const block = cross?.data as Float64Array;
        for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) + (block[index] ?? 0);
      }
      return Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
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
      { name: "left", dataType: "float64", dims: ["rows", "left width"] },
      { name: "right", dataType: "float64", dims: ["rows", "right width"] },
    ],
    outputs: [{ name: "cross", dataType: "float64", dims: ["left width", "right width"] }],
    nodes: [{ opType: "Gemm", inputs: ["left", "right"], outputs: ["cross"], attributes: { transA: { int: 1 } } }],
    initializers: [],
  });
}

function centred(table: Float64Array, rows: number): Float64Array {
  const width = table.length / rows;
  const means = new Float64Array(width);
  for (let index = 0; index < table.length; index++)
    means[index % width] = (means[index % width] ?? 0) + (table[index] ?? 0);
  return table.map((value, index) => value - (means[index % width] ?? 0) / rows);
}
