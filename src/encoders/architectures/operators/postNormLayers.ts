import type { AdapterShape, EncoderParts } from "../architecture.ts";
import type { Norm } from "./operators.ts";
import type { PostNormLayer } from "./postNormLayer.ts";

/** What all layers share. */
export interface PostNormStack {
  readonly layers: readonly PostNormLayer[];
  readonly hiddenSize: number;
  /** Added to the scores of attention, `[1, heads, tokens, tokens]`. */
  readonly attentionBias?: string;
}

/**
 * The layers of BERT's kind (Devlin et al. 2019, https://arxiv.org/abs/1810.04805): attention, add and normalise; two linear layers, add and
 * normalise. Where the first token is enough, the last layer takes keys and values of all tokens, and queries of that one.
 * @param embedded `[batch, tokens, hidden]`
 * @returns the layers' outputs
 */
export function postNormLayers(parts: EncoderParts, embedded: string, stack: PostNormStack): string[] {
  const { graph, operators, firstTokenOnly } = parts;
  const { op, integers } = graph;
  const mask = operators.mask("attention_mask");
  const bias = stack.attentionBias;
  const outputs: string[] = [];
  let hidden = embedded;
  for (const [index, layer] of stack.layers.entries()) {
    const { query, key, value } = layer;
    if (firstTokenOnly && index === stack.layers.length - 1) {
      const first = op("Slice", [hidden, integers(0), integers(1), integers(1)]);
      const queries = operators.linear(first, query);
      const [keys, values] = [operators.linear(hidden, key), operators.linear(hidden, value)];
      const row = bias === undefined ? undefined : op("Slice", [bias, integers(0), integers(1), integers(2)]);
      hidden = afterAttention(parts, layer, index, operators.attention(queries, keys, values, mask, row), first);
    } else {
      const [queries = "", keys = "", values = ""] = [query, key, value].map((name) => operators.linear(hidden, name));
      hidden = afterAttention(parts, layer, index, operators.attention(queries, keys, values, mask, bias), hidden);
    }
    outputs.push(hidden);
  }
  return outputs;
}

function afterAttention(
  parts: EncoderParts,
  layer: PostNormLayer,
  index: number,
  context: string,
  skip: string,
): string {
  const { operators } = parts;
  const attended = operators.linearAddNormalize(context, layer.attentionOutput, skip, layer.attentionNorm);
  const wide = operators.linearActivation(attended, layer.wide, layer.activation);
  const { adapter } = parts;
  if (adapter === null) return operators.linearAddNormalize(wide, layer.output, attended, layer.outputNorm);
  const at = `${adapter.prefix}.${index}`;
  return throughAdapter(parts, adapter, at, operators.linear(wide, layer.output), attended, layer.outputNorm);
}

/**
 * A bottleneck after the second half of a layer (adapters' `seq_bn`, once `pfeiffer`; Pfeiffer et al. 2020): the layer's own norm is
 * applied twice, before the bottleneck and after it.
 */
function throughAdapter(
  { graph, operators }: EncoderParts,
  { prefix, scaling }: AdapterShape,
  at: string,
  output: string,
  attended: string,
  norm: Norm,
): string {
  const normed = operators.addAndNormalize(output, attended, norm);
  const narrow = operators.linearActivation(normed, `${at}.down`, "relu");
  const back = operators.linear(narrow, `${at}.up`);
  const scaled =
    scaling === 1
      ? back
      : graph.op("Mul", [
          back,
          graph.constant({ name: `${prefix}_scaling`, dataType: "float32", dims: [], data: Float32Array.of(scaling) }),
        ]);
  return operators.addAndNormalize(graph.op("Add", [scaled, output]), attended, norm);
}
