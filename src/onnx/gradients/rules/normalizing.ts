import { float32 } from "../../model.ts";
import { sumTo } from "../dims.ts";
import {
  axisFromFront,
  type Dims,
  type GradientRule,
  input,
  integerAttribute,
  onlyGradient,
  type RuleContext,
} from "../rule.ts";

function lastAxisOnly({ node, dims }: RuleContext): void {
  const rank = dims(input(node, 0)).length;
  if (axisFromFront(integerAttribute(node, "axis", -1), rank) !== rank - 1) {
    throw new RangeError(`${node.opType}: only along the last axis has it a gradient rule`);
  }
}

/** Softmax y along the last axis: the gradient is y · (g - Σ g·y). */
export const softmax: GradientRule = {
  opType: "Softmax",
  outputDims(context) {
    lastAxisOnly(context);
    return [context.dims(input(context.node, 0))];
  },
  gradients({ graph, node }, outputs) {
    const { op, integers } = graph;
    const y = node.outputs[0] ?? "";
    return [
      () => {
        const gradient = onlyGradient(outputs);
        const sum = op("ReduceSum", [op("Mul", [gradient, y]), integers(-1)]);
        return op("Mul", [op("Sub", [gradient, sum]), y]);
      },
    ];
  },
};

/** Sizes with the last axis summed up. */
const withoutLast = (dims: Dims): Dims => [...dims.slice(0, -1), 1];

/**
 * LayerNorm along the last axis, n · weight + bias (or without a bias) with n = (x - mean) / √(variance + ε), whose outputs are the result, the means and
 * 1/√(variance + ε): with h = g · weight, the gradient by x is (h - mean(h) - n · mean(h · n)) / √(variance + ε). The means of h and
 * h · n are products of matrices with the weight, which only read; n is computed anew, which costs less than keeping it.
 */
export const layerNormalization: GradientRule = {
  opType: "LayerNormalization",
  outputDims(context) {
    lastAxisOnly(context);
    const dims = context.dims(input(context.node, 0));
    return [dims, withoutLast(dims), withoutLast(dims)];
  },
  gradients({ graph, node, dims }, outputs) {
    const { op } = graph;
    const [x, weight] = [input(node, 0), input(node, 1)];
    const bias = node.inputs[2] ?? "";
    const [, means, inverse] = node.outputs;
    if (means === undefined || inverse === undefined || outputs.slice(1).some((other) => other !== null)) {
      throw new RangeError(
        "LayerNormalization: its gradient wants the means and inverse deviations as outputs, and passes none through them",
      );
    }
    const gradient = onlyGradient(outputs.slice(0, 1));
    let shared: { normalized: string; weighted: string } | undefined;
    const parts = (): { normalized: string; weighted: string } => {
      if (shared !== undefined) return shared;
      const normalized = op("Mul", [op("Sub", [x, means]), inverse]);
      shared = { normalized, weighted: op("Mul", [gradient, normalized]) };
      return shared;
    };
    return [
      () => {
        const { normalized, weighted } = parts();
        const width = dims(x).at(-1);
        if (typeof width !== "number") throw new RangeError("LayerNormalization: the width must be known in advance");
        const share = op("Mul", [weight, graph.constant(float32(`share_of_${width}`, [1], [1 / width]))]);
        const column = op("Reshape", [share, graph.integers(width, 1)]);
        const level = op("Sub", [op("Mul", [gradient, weight]), op("MatMul", [gradient, column])]);
        const tilt = op("Mul", [normalized, op("MatMul", [weighted, column])]);
        return op("Mul", [op("Sub", [level, tilt]), inverse]);
      },
      () => sumTo(graph, parts().weighted, dims(x), dims(weight)),
      bias === "" ? null : () => sumTo(graph, gradient, dims(x), dims(bias)),
    ];
  },
};
