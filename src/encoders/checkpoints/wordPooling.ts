import type { GraphBuilder } from "../../onnx/graph.ts";
import { float32, type ValueInfo } from "../../onnx/model.ts";

/** How the original SPECTER makes one vector of all layers' outputs. */
export interface WordPooling {
  /** Share of each layer's output. */
  readonly layerWeights: readonly number[];
  /** The mean over words, else their sum. */
  readonly averaged: boolean;
}

/** What is fed beside ids and mask: 1 at the last piece of each word. */
export const wordMask: ValueInfo = { name: "word_mask", dataType: "int64", dims: ["batch", "tokens"] };

/**
 * Adds the weighted sum of all layers' outputs and the mean (or sum) over words to a graph. Both are linear, so each layer is pooled
 * first, a vector-matrix product, and only the small results are weighted.
 * @param layers names of the layers' outputs, `[batch, tokens, hidden]`
 * @param name of the result, `[batch, hidden]`
 */
export function poolWords(graph: GraphBuilder, layers: readonly string[], pooling: WordPooling, name: string): void {
  const { op, integers } = graph;
  const { layerWeights, averaged } = pooling;
  if (layerWeights.length !== layers.length) throw new RangeError("one weight a layer is needed");
  const words = op("Cast", [wordMask.name], { attributes: { to: { int: 1 } } });
  const row = op("Unsqueeze", [words, integers(1)]);
  const used = layers.filter((_, layer) => layerWeights[layer] !== 0);
  const sums = op(
    "Concat",
    used.map((layer) => op("MatMul", [row, layer])),
    { attributes: { axis: { int: 1 } } },
  );
  const weights = layerWeights.filter((weight) => weight !== 0);
  const mix = graph.constant(float32("layer_weights", [1, weights.length], weights));
  const mixed = op("Squeeze", [op("MatMul", [mix, sums]), integers(1)]);
  if (!averaged) {
    op("Identity", [mixed], { name });
    return;
  }
  const count = op("ReduceSum", [words, integers(1)], { attributes: { keepdims: { int: 1 } } });
  op("Div", [mixed, op("Max", [count, graph.constant(float32("one_word", [], [1]))])], { name });
}
