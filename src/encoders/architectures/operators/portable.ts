import type { GraphBuilder } from "../../../onnx/graph.ts";
import { float32 } from "../../../onnx/model.ts";
import type { Precision } from "../architecture.ts";
import type { Activation, HeadSizes, Norm, Operators } from "./operators.ts";
import type { Parameters } from "./parameters.ts";

/** The operators of the ONNX standard alone (opset 17), for other runtimes. */
export function portableOperators(
  graph: GraphBuilder,
  parameters: Parameters,
  { heads, hiddenSize }: HeadSizes,
  precision: Precision,
): Operators {
  const { op, integers } = graph;
  const scalar = (name: string, value: number): string => graph.constant(float32(name, [], [value]));
  const width = hiddenSize / heads;
  const normalize = (input: string, { name, epsilon }: Norm): string =>
    op("LayerNormalization", [input, ...parameters.norm(name, false)], {
      attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
    });
  const product = (input: string, name: string): string => {
    if (precision === "fp32") return op("MatMul", [input, parameters.matrix(name)]);
    const { weight, scale } = parameters.int8Matrix(name);
    const [quantized = "", inputScale = "", zero = ""] = graph.split("DynamicQuantizeLinear", [input], 3, {});
    const counts = op("MatMulInteger", [quantized, weight, zero]);
    const floats = op("Cast", [counts], { attributes: { to: { int: 1 } } });
    return op("Mul", [floats, op("Mul", [inputScale, scale])]);
  };
  const linear = (input: string, name: string): string => {
    const bias = parameters.bias(name);
    return bias === null ? product(input, name) : op("Add", [product(input, name), bias]);
  };
  const activate = (x: string, activation: Activation): string => {
    if (activation === "relu") return op("Relu", [x]);
    if (activation === "silu") return op("Mul", [x, op("Sigmoid", [x])]);
    const curve = op("Erf", [op("Mul", [x, scalar("inverse_root_2", Math.SQRT1_2)])]);
    return op("Mul", [op("Mul", [x, scalar("half", 0.5)]), op("Add", [curve, scalar("one", 1)])]);
  };
  /** `[batch, tokens, hidden]` to `[batch, heads, tokens, width]`, or with the last two turned round. */
  const split = (input: string, order: readonly number[]): string =>
    op("Transpose", [op("Reshape", [input, integers(0, -1, heads, width)])], { attributes: { perm: { ints: order } } });
  const tokensOf = (input: string): string => op("Slice", [op("Shape", [input]), integers(1), integers(2)]);
  /** `[batch, 1, 1, tokens]`: nothing for a real token, and for padding so much less that its share is 0. */
  const penalties = (attentionMask: string): string => {
    const real = op("Cast", [attentionMask], { attributes: { to: { int: 1 } } });
    const penalty = op("Mul", [op("Sub", [scalar("one", 1), real]), scalar("masked", -10_000)]);
    return op("Unsqueeze", [penalty, integers(1, 2)]);
  };
  return {
    embed(ids, words, table, positions, norm) {
      const vectors = op("Gather", [words, ids]);
      const places =
        positions === null
          ? op("Slice", [table, integers(0), tokensOf(ids), integers(0)])
          : op("Gather", [table, positions]);
      return normalize(op("Add", [vectors, places]), norm);
    },
    mask: penalties,
    maskNear: (attentionMask, near) =>
      op("Where", [op("Unsqueeze", [near, integers(0, 1)]), penalties(attentionMask), scalar("masked", -10_000)]),
    linear,
    activate,
    linearActivation: (input, name, activation) => activate(linear(input, name), activation),
    attention(queries, keys, values, mask, bias) {
      const scores = op("MatMul", [split(queries, [0, 2, 1, 3]), split(keys, [0, 2, 3, 1])]);
      const scaled = op("Mul", [scores, scalar("inverse_root_width", 1 / Math.sqrt(width))]);
      const biased = bias === undefined ? scaled : op("Add", [scaled, bias]);
      const shares = op("Softmax", [op("Add", [biased, mask])], { attributes: { axis: { int: -1 } } });
      const mixed = op("MatMul", [shares, split(values, [0, 2, 1, 3])]);
      const together = op("Transpose", [mixed], { attributes: { perm: { ints: [0, 2, 1, 3] } } });
      return op("Reshape", [together, integers(0, -1, hiddenSize)]);
    },
    rotate(input, cosines, sines) {
      const tokens = tokensOf(input);
      const table = (name: string): string =>
        op("Unsqueeze", [op("Slice", [name, integers(0), tokens, integers(0)]), integers(1)]);
      const apart = op("Reshape", [input, integers(0, -1, heads, width)]);
      const halves = integers(width / 2, width / 2);
      const [first = "", second = ""] = graph.split("Split", [apart, halves], 2, { axis: { int: -1 } });
      const [cos, sin] = [table(cosines), table(sines)];
      const turned = [
        op("Sub", [op("Mul", [first, cos]), op("Mul", [second, sin])]),
        op("Add", [op("Mul", [second, cos]), op("Mul", [first, sin])]),
      ];
      const together = op("Concat", turned, { attributes: { axis: { int: -1 } } });
      return op("Reshape", [together, integers(0, -1, hiddenSize)]);
    },
    normalize,
    addAndNormalize: (input, skip, norm) => normalize(op("Add", [input, skip]), norm),
    addKeepNormalize(input, skip, norm) {
      const sum = op("Add", [input, skip]);
      return { sum, normed: normalize(sum, norm) };
    },
    linearAddNormalize: (input, name, skip, norm) => normalize(op("Add", [linear(input, name), skip]), norm),
  };
}
