import { float32 } from "../../model.ts";
import { sumTo } from "../dims.ts";
import {
  axisFromFront,
  type GradientRule,
  input,
  integerAttribute,
  numberAttribute,
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

/**
 * LayerNorm along the last axis, n · weight + bias with n = (x - mean) / √(variance + ε): with h = g · weight, the gradient by x is
 * (h - mean(h) - n · mean(h · n)) / √(variance + ε). Mean and variance are computed anew, which costs less than keeping n.
 */
export const layerNormalization: GradientRule = {
  opType: "LayerNormalization",
  outputDims(context) {
    lastAxisOnly(context);
    return [context.dims(input(context.node, 0))];
  },
  gradients({ graph, node, dims }, outputs) {
    const { op } = graph;
    const [x, weight, bias] = [input(node, 0), input(node, 1), input(node, 2)];
    const gradient = onlyGradient(outputs);
    const mean = (value: string): string => op("ReduceMean", [value], { attributes: { axes: { ints: [-1] } } });
    let shared: { normalized: string; deviation: string } | undefined;
    const normalize = (): { normalized: string; deviation: string } => {
      if (shared !== undefined) return shared;
      const centred = op("Sub", [x, mean(x)]);
      const epsilon = graph.constant(
        float32(`epsilon_${numberAttribute(node, "epsilon", 1e-5)}`, [], [numberAttribute(node, "epsilon", 1e-5)]),
      );
      const deviation = op("Sqrt", [op("Add", [mean(op("Mul", [centred, centred])), epsilon])]);
      shared = { normalized: op("Div", [centred, deviation]), deviation };
      return shared;
    };
    return [
      () => {
        const { normalized, deviation } = normalize();
        const scaled = op("Mul", [gradient, weight]);
        const along = mean(op("Mul", [scaled, normalized]));
        const level = op("Sub", [op("Sub", [scaled, mean(scaled)]), op("Mul", [normalized, along])]);
        return op("Div", [level, deviation]);
      },
      () => sumTo(graph, op("Mul", [gradient, normalize().normalized]), dims(x), dims(weight)),
      () => sumTo(graph, gradient, dims(x), dims(bias)),
    ];
  },
};
