import { type GraphBuilder, microsoft } from "../../../onnx/graph.ts";
import { int32 } from "../../../onnx/model.ts";
import type { Precision } from "../architecture.ts";
import type { Activation, HeadSizes, Norm, Operators } from "./operators.ts";
import type { Parameters } from "./parameters.ts";

/** Operators of ONNX Runtime that do several steps in one pass over memory, where that is the faster way. */
export function fusedOperators(
  graph: GraphBuilder,
  parameters: Parameters,
  { heads }: HeadSizes,
  precision: Precision,
): Operators {
  const { op } = graph;
  const int8 = precision === "int8";
  const epsilonOf = (epsilon: number) => ({ epsilon: { float: epsilon } });
  const toInt32 = (input: string): string => op("Cast", [input], { attributes: { to: { int: 6 } } });
  const product = (input: string, name: string, bias: string): string => {
    if (!int8) return op("MatMul", [input, parameters.matrix(name)]);
    const { weight, scale } = parameters.int8Matrix(name);
    return op("DynamicQuantizeMatMul", [input, weight, scale, "", bias], { domain: microsoft });
  };
  const linear = (input: string, name: string): string => {
    const bias = parameters.bias(name);
    if (bias === null) return product(input, name, "");
    return int8 ? product(input, name, bias) : op("Add", [product(input, name, ""), bias]);
  };
  const activate = (input: string, activation: Activation): string => {
    if (activation === "relu") return op("Relu", [input]);
    if (activation === "gelu") return op("Gelu", [input], { domain: microsoft });
    return op("QuickGelu", [input], { domain: microsoft, attributes: { alpha: { float: 1 } } });
  };
  const normalize = (input: string, { name, epsilon }: Norm): string =>
    op("LayerNormalization", [input, ...parameters.norm(name, false)], {
      attributes: { axis: { int: -1 }, ...epsilonOf(epsilon) },
    });
  // ONNX Runtime 1.30 has one operator for a sum and its norm, which takes four times as long as the two (measured). It makes that of
  // Add, and lets Sum alone.
  const add = (...values: string[]): string => op("Sum", values);
  return {
    embed(ids, words, table, positions, { name, epsilon }) {
      const own = positions === null ? [] : ["", toInt32(positions)];
      graph.nodes.push({
        opType: "EmbedLayerNormalization",
        domain: microsoft,
        inputs: [toInt32(ids), "", words, table, "", ...parameters.norm(name, true), ...own],
        outputs: ["embedded", "embedded_lengths"],
        attributes: epsilonOf(epsilon),
      });
      return "embedded";
    },
    mask: toInt32,
    // A mask of queries and keys costs what one of keys does; a bias would be copied for every head.
    maskNear(attentionMask, near) {
      const real = op("Unsqueeze", [toInt32(attentionMask), graph.integers(1)]);
      const far = graph.constant(int32("masked_token", [], [0]));
      return op("Where", [op("Unsqueeze", [near, graph.integers(0)]), real, far]);
    },
    linear,
    activate,
    linearActivation(input, name, activation) {
      const bias = parameters.bias(name);
      if (int8 || bias === null || activation !== "gelu") return activate(linear(input, name), activation);
      return op("BiasGelu", [product(input, name, ""), bias], { domain: microsoft });
    },
    attention: (queries, keys, values, mask, bias) =>
      op("MultiHeadAttention", [queries, keys, values, "", mask, ...(bias === undefined ? [] : [bias])], {
        domain: microsoft,
        attributes: { num_heads: { int: heads } },
      }),
    rotate: (input, cosines, sines) =>
      op("RotaryEmbedding", [input, graph.integers(0), cosines, sines], {
        domain: microsoft,
        attributes: { num_heads: { int: heads } },
      }),
    normalize,
    addAndNormalize: (input, skip, norm) => normalize(add(input, skip), norm),
    addKeepNormalize(input, skip, norm) {
      const sum = add(input, skip);
      return { sum, normed: normalize(sum, norm) };
    },
    linearAddNormalize(input, name, skip, norm) {
      const bias = parameters.bias(name);
      const dense = product(input, name, int8 ? (bias ?? "") : "");
      return normalize(add(dense, skip, ...(int8 || bias === null ? [] : [bias])), norm);
    },
  };
}
