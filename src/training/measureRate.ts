import { buildModel } from "../onnx/encode.ts";
import { tensor } from "../onnx/runtime.ts";
import { openSession } from "../onnx/session.ts";

/** Rows of the product that is measured. */
const rows = 512;
/** How long is measured, in milliseconds. */
const longEnoughMs = 300;

/**
 * Floating-point operations a second of one product of a linear layer's shape on this machine, measured for a fraction of a second. A whole
 * training reaches most of it: the rest of its work is bound by memory.
 */
export async function measureRate(hidden: number, threads: number): Promise<number> {
  const wide = 4 * hidden;
  const model = {
    name: "rate",
    inputs: [
      { name: "a", dataType: "float32" as const, dims: [rows, hidden] },
      { name: "b", dataType: "float32" as const, dims: [hidden, wide] },
    ],
    outputs: [{ name: "c", dataType: "float32" as const, dims: [rows, wide] }],
    nodes: [{ opType: "MatMul", inputs: ["a", "b"], outputs: ["c"] }],
    initializers: [],
  };
  const session = await openSession(buildModel(model), { threads });
  const filled = (count: number): Float32Array => Float32Array.from({ length: count }, (_, at) => Math.sin(at));
  const feeds = {
    a: tensor("float32", filled(rows * hidden), [rows, hidden]),
    b: tensor("float32", filled(hidden * wide), [hidden, wide]),
  };
  const outputs = { c: tensor("float32", new Float32Array(rows * wide), [rows, wide]) };
  await session.run(feeds, outputs);
  const startedMs = performance.now();
  let rounds = 0;
  let elapsedMs = 0;
  do {
    await session.run(feeds, outputs);
    rounds += 1;
    elapsedMs = performance.now() - startedMs;
  } while (elapsedMs < longEnoughMs);
  await session.release();
  return (rounds * 2 * rows * hidden * wide) / (elapsedMs / 1000);
}
