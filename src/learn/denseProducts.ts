import { buildModel } from "../onnx/encode.ts";
import type { Node, ValueInfo } from "../onnx/model.ts";
import { type Tensor, tensor } from "../onnx/runtime.ts";
import { openSession } from "../onnx/session.ts";
import { transposed } from "../onnx/transposed.ts";

/** Products of one large matrix X (rows x dimensions), in float32 on ONNX Runtime. All matrices are row-major. */
export interface DenseProducts {
  readonly rows: number;
  readonly dimensions: number;
  /** Sum of the squares of all numbers of X. */
  readonly squaredNorm: number;
  /** X times `columns` (dimensions x count): rows x count. */
  scores(columns: Float32Array): Promise<Float32Array>;
  /** X' times `residuals` (rows x count): dimensions x count. */
  back(residuals: Float32Array): Promise<Float32Array>;
  /** X' times (`curvature` * X times `columns`), the middle product elementwise: dimensions x count. */
  hessian(columns: Float32Array, curvature: Tensor): Promise<Float32Array>;
  /** `outer` times (`weights` * `inner` times `columns`), the middle product elementwise: what `hessian` does, for other matrices. */
  around(inner: Tensor, outer: Tensor, columns: Float32Array, weights: Tensor): Promise<Float32Array>;
}

/** A float32 matrix as ONNX Runtime takes it. */
export function matrixTensor(data: Float32Array, rows: number): Tensor {
  return tensor("float32", data, [rows, data.length / rows]);
}

async function productSession(inputs: readonly string[], nodes: readonly Node[], output: string, threads: number) {
  const info = (name: string): ValueInfo => ({ name, dataType: "float32", dims: [`${name}Rows`, `${name}Columns`] });
  const model = { name: "product", inputs: inputs.map(info), outputs: [info(output)], nodes, initializers: [] };
  const session = await openSession(buildModel(model), { threads, spin: false });
  return async (feeds: Record<string, Tensor>): Promise<Float32Array> => {
    const result = await session.run(feeds);
    return result[output]!.data as Float32Array;
  };
}

const multiply = (a: string, b: string, product: string): Node => ({
  opType: "MatMul",
  inputs: [a, b],
  outputs: [product],
});

/**
 * Opens the products of X. X is kept twice, as it is and transposed: products with a transposed copy take half the time.
 * @param x row-major, private memory (ONNX Runtime takes no shared one)
 */
export async function denseProducts(x: Float32Array, rows: number, threads: number): Promise<DenseProducts> {
  const dimensions = x.length / rows;
  const direct = matrixTensor(x, rows);
  const turned = matrixTensor(transposed(x, rows, dimensions), dimensions);
  const single = await productSession(["a", "b"], [multiply("a", "b", "c")], "c", threads);
  const weighted = await productSession(
    ["a", "b", "v", "s"],
    [multiply("a", "v", "w"), { opType: "Mul", inputs: ["w", "s"], outputs: ["u"] }, multiply("b", "u", "c")],
    "c",
    threads,
  );
  const around = (inner: Tensor, outer: Tensor, columns: Float32Array, weights: Tensor): Promise<Float32Array> =>
    weighted({ a: inner, b: outer, v: matrixTensor(columns, inner.dims[1]!), s: weights });
  return {
    rows,
    dimensions,
    squaredNorm: x.reduce((sum, value) => sum + value * value, 0),
    scores: (columns) => single({ a: direct, b: matrixTensor(columns, dimensions) }),
    back: (residuals) => single({ a: turned, b: matrixTensor(residuals, rows) }),
    hessian: (columns, curvature) => around(direct, turned, columns, curvature),
    around,
  };
}

/** The same products, with a look around before each: what `check` throws ends the work between two of them. */
export function guardedProducts(products: DenseProducts, check: () => void): DenseProducts {
  const guard =
    <Arguments extends readonly unknown[]>(product: (...args: Arguments) => Promise<Float32Array>) =>
    async (...args: Arguments): Promise<Float32Array> => {
      check();
      return product(...args);
    };
  return {
    rows: products.rows,
    dimensions: products.dimensions,
    squaredNorm: products.squaredNorm,
    scores: guard(products.scores),
    back: guard(products.back),
    hessian: guard(products.hessian),
    around: guard(products.around),
  };
}
