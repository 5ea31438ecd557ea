import { type GraphBuilder, microsoft } from "../../../onnx/graph.ts";
import { float32, int64 } from "../../../onnx/model.ts";
import type { BertGeometry } from "./bertConfig.ts";
import type { BertParameters } from "./bertParameters.ts";

/** How the big matrix products are computed. */
export const precisions = ["fp32", "int8"] as const;
export type Precision = (typeof precisions)[number];

/** The operations that a BERT encoder is put together from. Names are names of values in the graph. */
export interface BertOperators {
  /** Normalised sum of word, position and type vectors: `[batch, tokens, hidden]`. */
  readonly embeddings: (ids: string) => string;
  /** What attention takes as its mask, made once: from the mask of real tokens, `[batch, tokens]` int64. */
  readonly mask: (attentionMask: string) => string;
  /** `x·W + b` for linear layers that share their input, side by side. */
  readonly linear: (input: string, names: readonly string[]) => string;
  /** `gelu(x·W + b)` with the error function. */
  readonly linearGelu: (input: string, name: string) => string;
  /** Scaled dot-product attention of all heads. `queries` may have fewer rows than keys and values. */
  readonly attention: (queries: string, keys: string, values: string, mask: string) => string;
  /** LayerNorm of `skip + x·W + b`, with the norm `${name}.LayerNorm` after the linear layer `${name}.dense`. */
  readonly addAndNormalize: (input: string, skip: string, name: string) => string;
}

/** Operators of ONNX Runtime that do several steps in one pass over memory. */
export function fusedOperators(
  graph: GraphBuilder,
  parameters: BertParameters,
  geometry: BertGeometry,
  precision: Precision,
): BertOperators {
  const { op } = graph;
  const epsilon = { float: geometry.layerNormEpsilon };
  const product = (input: string, names: readonly string[], bias: string): string => {
    if (precision === "fp32") return op("MatMul", [input, parameters.matrix(names)]);
    const { weight, scale } = parameters.int8Matrix(names);
    return op("DynamicQuantizeMatMul", [input, weight, scale, "", bias], { domain: microsoft });
  };
  return {
    embeddings(ids) {
      const shortIds = op("Cast", [ids], { attributes: { to: { int: 6 } } });
      const norm = normOf(parameters, "embeddings.LayerNorm");
      const tables = [parameters.plain("embeddings.word_embeddings.weight"), parameters.positions()];
      const outputs = ["embedded", "embedded_lengths"];
      graph.nodes.push({
        opType: "EmbedLayerNormalization",
        domain: microsoft,
        inputs: [shortIds, "", ...tables, "", ...norm],
        outputs,
        attributes: { epsilon },
      });
      return "embedded";
    },
    mask: (attentionMask) => op("Cast", [attentionMask], { attributes: { to: { int: 6 } } }),
    linear(input, names) {
      const bias = parameters.bias(names);
      return precision === "int8" ? product(input, names, bias) : op("Add", [product(input, names, ""), bias]);
    },
    linearGelu(input, name) {
      if (precision === "int8") {
        return op("Gelu", [product(input, [name], parameters.bias([name]))], { domain: microsoft });
      }
      return op("BiasGelu", [product(input, [name], ""), parameters.bias([name])], { domain: microsoft });
    },
    attention: (queries, keys, values, mask) =>
      op("MultiHeadAttention", [queries, keys, values, "", mask], {
        domain: microsoft,
        attributes: { num_heads: { int: geometry.heads } },
      }),
    addAndNormalize(input, skip, name) {
      const bias = parameters.bias([`${name}.dense`]);
      const norm = normOf(parameters, `${name}.LayerNorm`);
      const dense = product(input, [`${name}.dense`], bias);
      const inputs = precision === "int8" ? [dense, skip, ...norm] : [dense, skip, ...norm, bias];
      return op("SkipLayerNormalization", inputs, { domain: microsoft, attributes: { epsilon } });
    },
  };
}

/** The operators of the ONNX standard alone (opset 17), for other runtimes. */
export function portableOperators(
  graph: GraphBuilder,
  parameters: BertParameters,
  geometry: BertGeometry,
  precision: Precision,
): BertOperators {
  const { op, integers } = graph;
  const scalar = (name: string, value: number): string => graph.constant(float32(name, [], [value]));
  const width = geometry.hiddenSize / geometry.heads;
  const normalize = (input: string, name: string): string =>
    op("LayerNormalization", [input, ...normOf(parameters, name)], {
      attributes: { axis: { int: -1 }, epsilon: { float: geometry.layerNormEpsilon } },
    });
  const linear = (input: string, names: readonly string[]): string => {
    const bias = parameters.bias(names);
    if (precision === "fp32") return op("Add", [op("MatMul", [input, parameters.matrix(names)]), bias]);
    const { weight, scale } = parameters.int8Matrix(names);
    const [quantized = "", inputScale = "", zero = ""] = graph.split("DynamicQuantizeLinear", [input], 3, {});
    const counts = op("MatMulInteger", [quantized, weight, zero]);
    const floats = op("Cast", [counts], { attributes: { to: { int: 1 } } });
    return op("Add", [op("Mul", [floats, op("Mul", [inputScale, scale])]), bias]);
  };
  /** `[batch, tokens, hidden]` to `[batch, heads, tokens, width]`, or with the last two turned round. */
  const heads = (input: string, order: readonly number[]): string =>
    op("Transpose", [op("Reshape", [input, integers(0, -1, geometry.heads, width)])], {
      attributes: { perm: { ints: order } },
    });
  return {
    embeddings(ids) {
      const words = op("Gather", [parameters.plain("embeddings.word_embeddings.weight"), ids]);
      const tokens = op("Slice", [op("Shape", [ids]), integers(1), integers(2)]);
      const positions = op("Slice", [parameters.positions(), integers(0), tokens, integers(0)]);
      return normalize(op("Add", [words, positions]), "embeddings.LayerNorm");
    },
    mask(attentionMask) {
      const real = op("Cast", [attentionMask], { attributes: { to: { int: 1 } } });
      const penalty = op("Mul", [op("Sub", [scalar("one", 1), real]), scalar("masked", -10_000)]);
      return op("Unsqueeze", [penalty, integers(1, 2)]);
    },
    linear,
    linearGelu(input, name) {
      const x = linear(input, [name]);
      const curve = op("Erf", [op("Mul", [x, scalar("inverse_root_2", Math.SQRT1_2)])]);
      return op("Mul", [op("Mul", [x, scalar("half", 0.5)]), op("Add", [curve, scalar("one", 1)])]);
    },
    attention(queries, keys, values, mask) {
      const scores = op("MatMul", [heads(queries, [0, 2, 1, 3]), heads(keys, [0, 2, 3, 1])]);
      const scaled = op("Mul", [scores, scalar("inverse_root_width", 1 / Math.sqrt(width))]);
      const shares = op("Softmax", [op("Add", [scaled, mask])], { attributes: { axis: { int: -1 } } });
      const mixed = op("MatMul", [shares, heads(values, [0, 2, 1, 3])]);
      const together = op("Transpose", [mixed], { attributes: { perm: { ints: [0, 2, 1, 3] } } });
      return op("Reshape", [together, integers(0, -1, geometry.hiddenSize)]);
    },
    addAndNormalize: (input, skip, name) =>
      normalize(op("Add", [linear(input, [`${name}.dense`]), skip]), `${name}.LayerNorm`),
  };
}

function normOf(parameters: BertParameters, name: string): [string, string] {
  return [parameters.plain(`${name}.weight`), parameters.plain(`${name}.bias`)];
}

/** Splits `[…, n * hidden]` into n parts of `[…, hidden]`. */
export function splitColumns(graph: GraphBuilder, input: string, parts: number, hidden: number): string[] {
  const sizes = graph.constant(int64(`split_${parts}`, [parts], new Array<number>(parts).fill(hidden)));
  return graph.split("Split", [input, sizes], parts, { axis: { int: -1 } });
}
