// What the machine's cores do at best: one large matrix product in ONNX Runtime, float32 and int8.
import ort from "onnxruntime-node";
import { buildModel } from "../../dist/onnx/encode.js";
import { openSession } from "../../dist/onnx/session.js";

const [rows, inner, columns] = [1024, 768, 3072];

function productModel(precision) {
  const weights = Float32Array.from({ length: inner * columns }, (_, index) => ((index * 7919) % 255) / 127 - 1);
  const int8 = precision === "int8";
  return buildModel({
    name: "product",
    inputs: [{ name: "x", dataType: "float32", dims: ["rows", inner] }],
    outputs: [{ name: "y", dataType: "float32", dims: ["rows", columns] }],
    nodes: int8
      ? [{ opType: "DynamicQuantizeMatMul", domain: "com.microsoft", inputs: ["x", "w", "scale"], outputs: ["y"] }]
      : [{ opType: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
    initializers: int8
      ? [
          {
            name: "w",
            dataType: "int8",
            dims: [inner, columns],
            data: Int8Array.from(weights, (value) => value * 127),
          },
          { name: "scale", dataType: "float32", dims: [columns], data: new Float32Array(columns).fill(1 / 127) },
        ]
      : [{ name: "w", dataType: "float32", dims: [inner, columns], data: weights }],
    opsetImports: { "": 17, "com.microsoft": 1 },
  });
}

const floatOperations = 2 * rows * inner * columns;

/** Opens the product; `run` does it once. */
async function openProduct(precision, threads) {
  const session = await openSession(productModel(precision), { threads });
  const x = new ort.Tensor("float32", new Float32Array(rows * inner).fill(0.5), [rows, inner]);
  return { run: () => session.run({ x }), close: () => session.release() };
}

/** GFLOP/s (int8: the same count of multiply-adds) of the best of several runs. */
export async function matrixRates(threads) {
  const rates = {};
  for (const precision of ["fp32", "int8"]) {
    const product = await openProduct(precision, threads);
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 20; run++) {
      const startedAt = performance.now();
      await product.run();
      best = Math.min(best, performance.now() - startedAt);
    }
    rates[precision] = floatOperations / best / 1e6;
    await product.close();
  }
  return rates;
}

/** The float32 product's GFLOP/s over a stretch of time, to be asked for again and again beside something else. */
export async function openSustainedRate(threads) {
  const product = await openProduct("fp32", threads);
  return {
    async measure(milliseconds) {
      const startedAt = performance.now();
      let runs = 0;
      while (performance.now() - startedAt < milliseconds) {
        await product.run();
        runs++;
      }
      return (runs * floatOperations) / (performance.now() - startedAt) / 1e6;
    },
    close: product.close,
  };
}
