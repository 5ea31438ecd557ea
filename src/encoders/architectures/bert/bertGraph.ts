import { graphBuilder, microsoft } from "../../../onnx/graph.ts";
import type { Model, ValueInfo } from "../../../onnx/model.ts";
import type { StoredTensors } from "../../../tensorFiles/storedTensor.ts";
import { poolWords, type WordPooling, wordMask } from "../../checkpoints/wordPooling.ts";
import type { BertGeometry } from "./bertConfig.ts";
import {
  type BertOperators,
  fusedOperators,
  type Precision,
  portableOperators,
  splitColumns,
} from "./bertOperators.ts";
import { bertParameters } from "./bertParameters.ts";

/**
 * What the model puts out.
 * - `cls`: `sentence_embedding` `[batch, hidden]`, the last layer at the first token. The last layer is computed for that token alone.
 * - `tokens`: `last_hidden_state` `[batch, tokens, hidden]`.
 * - `layers`: every layer's output, `hidden_states.1` and on, for mixing outside.
 * - `words`: `sentence_embedding`, the weighted sum of all layers' outputs, then the mean (or sum) over the positions where the
 *   further input `word_mask` is 1.
 */
export type BertOutput =
  | { readonly kind: "cls" }
  | { readonly kind: "tokens" }
  | { readonly kind: "layers" }
  | ({ readonly kind: "words" } & WordPooling);

export interface BertModelOptions {
  readonly geometry: BertGeometry;
  /** Checked weights by Hugging Face's names. */
  readonly tensors: StoredTensors;
  readonly output: BertOutput;
  readonly precision: Precision;
  /** Only operators of the ONNX standard. */
  readonly portable: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The ONNX graph of a BERT encoder (Devlin et al. 2019, https://arxiv.org/abs/1810.04805): inputs `input_ids` and `attention_mask`,
 * int64 `[batch, tokens]`. Token types are all 0 in every recipe, so their vector lies in the table of positions.
 * Its tensors read the checkpoint only when the model is written.
 */
export function bertModel({ geometry, tensors, output, precision, portable, metadata }: BertModelOptions): Model {
  const graph = graphBuilder();
  const parameters = bertParameters(graph, tensors);
  const operators = (portable ? portableOperators : fusedOperators)(graph, parameters, geometry, precision);
  const { op, integers } = graph;

  const mask = operators.mask("attention_mask");
  let hidden = operators.embeddings("input_ids");
  const layers: string[] = [];
  for (let layer = 0; layer < geometry.layers; layer++) {
    const last = layer === geometry.layers - 1;
    if (last && output.kind === "cls") {
      const first = op("Slice", [hidden, integers(0), integers(1), integers(1)]);
      hidden = lastLayerAt(first, layer);
    } else hidden = fullLayer(layer);
    layers.push(hidden);
  }

  /** Keys and values of all tokens, but queries and everything after attention only where the result is wanted. */
  function lastLayerAt(wanted: string, layer: number): string {
    const self = `encoder.layer.${layer}.attention.self`;
    const queries = operators.linear(wanted, [`${self}.query`]);
    const both = operators.linear(hidden, [`${self}.key`, `${self}.value`]);
    const [keys = "", values = ""] = splitColumns(graph, both, 2, geometry.hiddenSize);
    return afterAttention(operators, layer, operators.attention(queries, keys, values, mask), wanted);
  }

  function fullLayer(layer: number): string {
    const self = `encoder.layer.${layer}.attention.self`;
    const names = [`${self}.query`, `${self}.key`, `${self}.value`];
    const all = operators.linear(hidden, names);
    const [queries = "", keys = "", values = ""] = splitColumns(graph, all, 3, geometry.hiddenSize);
    return afterAttention(operators, layer, operators.attention(queries, keys, values, mask), hidden);
  }

  const ids = (name: string): ValueInfo => ({ name, dataType: "int64", dims: ["batch", "tokens"] });
  const inputs = [ids("input_ids"), ids("attention_mask")];
  const sentence: ValueInfo = {
    name: "sentence_embedding",
    dataType: "float32",
    dims: ["batch", geometry.hiddenSize],
  };
  const outputs: ValueInfo[] = [];
  if (output.kind === "tokens") {
    op("Identity", [hidden], { name: "last_hidden_state" });
    outputs.push({ name: "last_hidden_state", dataType: "float32", dims: ["batch", "tokens", geometry.hiddenSize] });
  } else if (output.kind === "layers") {
    for (const [index, layer] of layers.entries()) {
      const name = `hidden_states.${index + 1}`;
      op("Identity", [layer], { name });
      outputs.push({ name, dataType: "float32", dims: ["batch", "tokens", geometry.hiddenSize] });
    }
  } else if (output.kind === "cls") {
    op("Squeeze", [hidden, integers(1)], { name: sentence.name });
    outputs.push(sentence);
  } else {
    inputs.push(wordMask);
    poolWords(graph, layers, output, sentence.name);
    outputs.push(sentence);
  }

  return {
    name: "bert",
    inputs,
    outputs,
    nodes: graph.nodes,
    initializers: graph.initializers,
    opsetImports: portable ? { "": 17 } : { "": 17, [microsoft]: 1 },
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function afterAttention(operators: BertOperators, layer: number, context: string, skip: string): string {
  const at = `encoder.layer.${layer}`;
  const attended = operators.addAndNormalize(context, skip, `${at}.attention.output`);
  const wide = operators.linearGelu(attended, `${at}.intermediate.dense`);
  return operators.addAndNormalize(wide, attended, `${at}.output`);
}
