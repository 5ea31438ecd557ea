import { microsoft } from "../../graph.ts";
import { float32 } from "../../model.ts";
import { type GradientRule, input, numberAttribute, onlyGradient } from "../rule.ts";

const sameDims: GradientRule["outputDims"] = ({ node, dims }) => [dims(input(node, 0))];

/** The value itself. */
export const identity: GradientRule = {
  opType: "Identity",
  outputDims: sameDims,
  gradients: (_, outputs) => [() => onlyGradient(outputs)],
};

/** Hyperbolic tangent: its derivative is 1 - y². */
export const tanh: GradientRule = {
  opType: "Tanh",
  outputDims: sameDims,
  gradients({ graph, node }, outputs) {
    const gradient = onlyGradient(outputs);
    const y = node.outputs[0] ?? "";
    return [() => graph.op("Sub", [gradient, graph.op("Mul", [gradient, graph.op("Mul", [y, y])])])];
  },
};

/** The error function: its derivative is 2/√π · exp(-x²). */
export const erf: GradientRule = {
  opType: "Erf",
  outputDims: sameDims,
  gradients({ graph, node }, outputs) {
    const x = input(node, 0);
    return [
      () => {
        const bell = graph.op("Exp", [graph.op("Neg", [graph.op("Mul", [x, x])])]);
        const factor = graph.constant(float32("two_over_root_pi", [], [2 / Math.sqrt(Math.PI)]));
        return graph.op("Mul", [onlyGradient(outputs), graph.op("Mul", [bell, factor])]);
      },
    ];
  },
};

/**
 * GELU with the error function, x·Φ(x): its derivative is Φ(x) + x·φ(x), with the normal distribution and its density. Each operator is a
 * pass over the widest matrix of a layer, so what can be folded into another is: the density's factor into its exponent, and the error
 * function's way from -1…1 to 0…1 into HardSigmoid, max(0, min(1, x/2 + 1/2)), whose bounds it keeps anyhow.
 */
export const gelu: GradientRule = {
  opType: "Gelu",
  domain: microsoft,
  outputDims: sameDims,
  gradients({ graph, node }, outputs) {
    const x = input(node, 0);
    const scalar = (name: string, value: number): string => graph.constant(float32(name, [], [value]));
    return [
      () => {
        const scaled = graph.op("Mul", [x, scalar("root_half", Math.SQRT1_2)]);
        // Both parts come from s = x·√½: x·φ(x) is s·exp(-s²)/√π.
        const exponent = graph.op("Sub", [
          scalar("log_inverse_root_pi", -Math.log(Math.PI) / 2),
          graph.op("Mul", [scaled, scaled]),
        ]);
        const rising = graph.op("Mul", [graph.op("Exp", [exponent]), scaled]);
        const share = graph.op("HardSigmoid", [graph.op("Erf", [scaled])], {
          attributes: { alpha: { float: 0.5 }, beta: { float: 0.5 } },
        });
        return graph.op("Mul", [onlyGradient(outputs), graph.op("Add", [share, rising])]);
      },
    ];
  },
};

/**
 * x·σ(αx), which is SiLU where α is 1: its derivative is s + αx·s·(1 - s) with s = σ(αx).
 */
export const quickGelu: GradientRule = {
  opType: "QuickGelu",
  domain: microsoft,
  outputDims: sameDims,
  gradients({ graph, node }, outputs) {
    const { op } = graph;
    const x = input(node, 0);
    const alpha = numberAttribute(node, "alpha", 1.702);
    return [
      () => {
        const scaled = alpha === 1 ? x : op("Mul", [x, graph.constant(float32(`alpha_${alpha}`, [], [alpha]))]);
        const share = op("Sigmoid", [scaled]);
        const rising = op("Sub", [scaled, op("Mul", [scaled, share])]);
        const slope = op("Add", [share, op("Mul", [share, rising])]);
        return op("Mul", [onlyGradient(outputs), slope]);
      },
    ];
  },
};
