import type { BertGeometry } from "../../encoders/architectures/bert/bertConfig.ts";
import type { PieceSpec } from "../../onnx/gradients/piece.ts";
import { type GraphBuilder, microsoft } from "../../onnx/graph.ts";
import type { ValueInfo } from "../../onnx/model.ts";

/**
 * The parts of a BERT encoder that training runs one after another. Texts lie packed, one behind the other, in matrices of one row a
 * token; only attention is run text by text. Weights have PyTorch's layout, `[out, in]`, so that they are saved as they stand.
 */
export interface BertPieceOptions {
  readonly geometry: BertGeometry;
  /** Whether gradients by the weights are wanted: not of a layer that is frozen. */
  readonly train: boolean;
  /** Whether gradients by what flows in are wanted: not below the lowest layer that is trained. */
  readonly passOn: boolean;
  /** Whether hidden outputs are dropped out: masks are then inputs. */
  readonly hiddenDropout: boolean;
  readonly attentionDropout: boolean;
  /** Whether a bias by distance is added to attention's scores, and whether its gradient is wanted; default none. */
  readonly distanceBias?: "fixed" | "trained";
}

const float = (name: string, ...dims: (number | string)[]): ValueInfo => ({ name, dataType: "float32", dims });

/** Weight and bias of a linear layer. */
function linearWeights(name: string, from: number, to: number): ValueInfo[] {
  return [float(`${name}.weight`, to, from), float(`${name}.bias`, to)];
}

function normWeights(name: string, hidden: number): ValueInfo[] {
  return [float(`${name}.weight`, hidden), float(`${name}.bias`, hidden)];
}

const names = (infos: readonly ValueInfo[]): string[] => infos.map(({ name }) => name);

function linear(graph: GraphBuilder, input: string, name: string, output?: string): string {
  return graph.op("Gemm", [input, `${name}.weight`, `${name}.bias`], {
    attributes: { transB: { int: 1 } },
    ...(output === undefined ? {} : { name: output }),
  });
}

/** Normalises rows. Their means and inverse deviations come out beside them: the gradient wants both. */
function normalize(graph: GraphBuilder, input: string, name: string, geometry: BertGeometry, output?: string): string {
  const normalized = output ?? `${name}.output`;
  graph.split(
    "LayerNormalization",
    [input, `${name}.weight`, `${name}.bias`],
    [normalized, `${name}.mean`, `${name}.inverse_deviation`],
    { axis: { int: -1 }, epsilon: { float: geometry.layerNormEpsilon } },
  );
  return normalized;
}

/** The sums of word, token type and position, normalised. */
export function embedPiece({ geometry, train, hiddenDropout }: BertPieceOptions): PieceSpec {
  const { hiddenSize: hidden } = geometry;
  const inputs = [float("sum", "tokens", hidden), ...normWeights("LayerNorm", hidden)];
  const masks = hiddenDropout ? [float("mask", "tokens", hidden)] : [];
  return {
    name: "embed",
    inputs: [...inputs, ...masks],
    outputs: ["hidden"],
    wanted: train ? names(inputs) : [],
    build(graph) {
      if (!hiddenDropout) normalize(graph, "sum", "LayerNorm", geometry, "hidden");
      else graph.op("Mul", [normalize(graph, "sum", "LayerNorm", geometry), "mask"], { name: "hidden" });
    },
  };
}

/**
 * Queries, keys and values of a layer. What comes back along the way round attention is added to the gradient.
 * @param apart whether queries are asked of other rows, `wanted`, than keys and values: the first tokens alone, in the last layer
 */
export function projectPiece({ geometry, train, passOn }: BertPieceOptions, apart: boolean): PieceSpec {
  const { hiddenSize: hidden } = geometry;
  const weights = ["query", "key", "value"].flatMap((name) => linearWeights(name, hidden, hidden));
  const flowing = [float("hidden", "tokens", hidden), ...(apart ? [float("wanted", "rows", hidden)] : [])];
  const asking = apart ? "wanted" : "hidden";
  return {
    name: apart ? "project first tokens" : "project",
    inputs: [...flowing, ...weights],
    outputs: ["queries", "keys", "values"],
    wanted: [...(passOn ? names(flowing) : []), ...(train ? names(weights) : [])],
    alsoSeeded: passOn ? [asking] : [],
    build(graph) {
      linear(graph, asking, "query", "queries");
      linear(graph, "hidden", "key", "keys");
      linear(graph, "hidden", "value", "values");
    },
  };
}

/**
 * Scaled dot-product attention of one text; `asked` tokens ask, all are asked. What flows in and out has an axis of its own for the
 * heads: a Reshape at a graph's edge copies.
 */
export function attendPiece({ geometry, attentionDropout, distanceBias }: BertPieceOptions): PieceSpec {
  const { hiddenSize: hidden, heads } = geometry;
  const width = hidden / heads;
  const flowing = [
    float("queries", "asked", heads, width),
    float("keys", "tokens", heads, width),
    float("values", "tokens", heads, width),
  ];
  const biases = distanceBias === undefined ? [] : [float("bias", heads, "asked", "tokens")];
  const masks = attentionDropout ? [float("mask", heads, "asked", "tokens")] : [];
  return {
    name: "attend",
    inputs: [...flowing, ...biases, ...masks],
    outputs: ["context"],
    wanted: [...names(flowing), ...(distanceBias === "trained" ? names(biases) : [])],
    build(graph) {
      const { op } = graph;
      const turned = { attributes: { perm: { ints: [1, 0, 2] } } };
      const byHead = (input: string): string => op("Transpose", [input], turned);
      const products = op("FusedMatMul", [byHead("queries"), byHead("keys")], {
        domain: microsoft,
        attributes: { transB: { int: 1 }, alpha: { float: 1 / Math.sqrt(width) } },
      });
      const scores = distanceBias === undefined ? products : op("Add", [products, "bias"]);
      const shares = op("Softmax", [scores], { attributes: { axis: { int: -1 } } });
      const dropped = attentionDropout ? op("Mul", [shares, "mask"]) : shares;
      const mixed = op("MatMul", [dropped, byHead("values")]);
      op("Transpose", [mixed], { ...turned, name: "context" });
    },
  };
}

/** What comes after attention: each time a linear layer whose output is added to what went round it, and normalised. */
export function mergePiece({ geometry, train, passOn, hiddenDropout }: BertPieceOptions): PieceSpec {
  const { hiddenSize: hidden, intermediateSize: wide } = geometry;
  const flowing = [float("context", "rows", hidden), float("skip", "rows", hidden)];
  const weights = [
    ...linearWeights("attention.output.dense", hidden, hidden),
    ...normWeights("attention.output.LayerNorm", hidden),
    ...linearWeights("intermediate.dense", hidden, wide),
    ...linearWeights("output.dense", wide, hidden),
    ...normWeights("output.LayerNorm", hidden),
  ];
  const masks = hiddenDropout ? [float("attended_mask", "rows", hidden), float("output_mask", "rows", hidden)] : [];
  return {
    name: "merge",
    inputs: [...flowing, ...weights, ...masks],
    outputs: ["output"],
    // A frozen layer with trained ones below passes gradients on; so does attention's way round a trained one.
    wanted: [...(passOn ? names(flowing) : train ? ["context"] : []), ...(train ? names(weights) : [])],
    build(graph) {
      const { op } = graph;
      const dropped = (input: string, mask: string): string => (hiddenDropout ? op("Mul", [input, mask]) : input);
      const dense = linear(graph, "context", "attention.output.dense");
      const sum = op("Add", [dropped(dense, "attended_mask"), "skip"]);
      const attended = normalize(graph, sum, "attention.output.LayerNorm", geometry);
      const inner = linear(graph, attended, "intermediate.dense");
      const curved = op("Gelu", [inner], { domain: microsoft });
      const outer = linear(graph, curved, "output.dense");
      const second = op("Add", [dropped(outer, "output_mask"), attended]);
      normalize(graph, second, "output.LayerNorm", geometry, "output");
    },
  };
}

/** BERT's pooler: a linear layer and tanh on each text's first token. */
export function poolerPiece({ geometry, train, passOn }: BertPieceOptions): PieceSpec {
  const { hiddenSize: hidden } = geometry;
  const weights = linearWeights("dense", hidden, hidden);
  return {
    name: "pooler",
    inputs: [float("first", "rows", hidden), ...weights],
    outputs: ["pooled"],
    wanted: [...(passOn ? ["first"] : []), ...(train ? names(weights) : [])],
    build(graph) {
      graph.op("Tanh", [linear(graph, "first", "dense")], { name: "pooled" });
    },
  };
}
