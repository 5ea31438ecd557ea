import { type GraphBuilder, microsoft } from "../../../onnx/graph.ts";
import type { Precision } from "../architecture.ts";
import type { Activation, HeadSizes, Operators } from "./operators.ts";
import type { Parameters } from "./parameters.ts";

/** Operators of ONNX Runtime that do several steps in one pass over memory. */
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
  const product = (input: string, names: readonly string[], bias: string): string => {
    if (!int8) return op("MatMul", [input, parameters.matrix(names)]);
    const { weight, scale } = parameters.int8Matrix(names);
    return op("DynamicQuantizeMatMul", [input, weight, scale, "", bias], { domain: microsoft });
  };
  const linear = (input: string, names: readonly string[]): string => {
    const bias = parameters.bias(names);
    if (bias === null) return product(input, names, "");
    return int8 ? product(input, names, bias) : op("Add", [product(input, names, ""), bias]);
  };
  const activate = (input: string, activation: Activation): string => {
    if (activation === "relu") return op("Relu", [input]);
    if (activation === "gelu") return op("Gelu", [input], { domain: microsoft });
    return op("QuickGelu", [input], { domain: microsoft, attributes: { alpha: { float: 1 } } });
  };
  const addNormalize = (input: string, skip: string, name: string, epsilon: number, bias = ""): string =>
    op("SkipLayerNormalization", [input, skip, ...parameters.norm(name, true), ...(bias === "" ? [] : [bias])], {
      domain: microsoft,
      attributes: epsilonOf(epsilon),
    });
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
    linear,
    activate,
    linearActivation(input, name, activation) {
      const bias = parameters.bias([name]);
      if (int8 || bias === null || activation !== "gelu") return activate(linear(input, [name]), activation);
      return op("BiasGelu", [product(input, [name], ""), bias], { domain: microsoft });
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
    normalize: (input, { name, epsilon }) =>
      op("LayerNormalization", [input, ...parameters.norm(name, false)], {
        attributes: { axis: { int: -1 }, ...epsilonOf(epsilon) },
      }),
    addAndNormalize: (input, skip, { name, epsilon }) => addNormalize(input, skip, name, epsilon),
    addKeepNormalize(input, skip, { name, epsilon }) {
      const normed = `normed_${graph.nodes.length}`;
      const sum = `sum_${graph.nodes.length}`;
      graph.nodes.push({
        opType: "SkipLayerNormalization",
        domain: microsoft,
        inputs: [input, skip, ...parameters.norm(name, true)],
        outputs: [normed, "", "", sum],
        attributes: epsilonOf(epsilon),
      });
      return { sum, normed };
    },
    linearAddNormalize(input, name, skip, norm) {
      const bias = parameters.bias([name]);
      const dense = product(input, [name], int8 ? (bias ?? "") : "");
      return addNormalize(dense, skip, norm.name, norm.epsilon, int8 ? "" : (bias ?? ""));
    },
  };
}
