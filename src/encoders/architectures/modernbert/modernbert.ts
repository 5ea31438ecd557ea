import type { GraphBuilder } from "../../../onnx/graph.ts";
import { float32, int64 } from "../../../onnx/model.ts";
import type { Architecture, EncoderParts } from "../architecture.ts";
import { distances } from "../mpnet/relativeBias.ts";
import { shapeList } from "../operators/bertWeightNames.ts";
import { namedParts } from "../operators/derivedWeights.ts";
import { splitColumns } from "../operators/portable.ts";
import { type RotaryTables, rotaryTables } from "../operators/rotary.ts";
import { type ModernBertGeometry, readModernBertConfig } from "./modernbertConfig.ts";

/**
 * ModernBERT (Warner et al. 2024, https://arxiv.org/abs/2412.13663): norms before each half of a layer, rotary positions, GeGLU, and
 * attention that is local in two of three layers.
 */
export const modernbert: Architecture = {
  modelTypes: ["modernbert"],
  open(file, config) {
    const geometry = readModernBertConfig(file, config);
    return {
      architecture: "modernbert",
      vocabularySize: geometry.vocabularySize,
      hiddenSize: geometry.hiddenSize,
      layers: geometry.layers,
      heads: geometry.heads,
      maxTokens: geometry.maxTokens,
      weights: shapesOf(geometry),
      anchor: "embeddings.tok_embeddings.weight",
      harmless: /rotary_emb\.inv_freq$/,
      derive: (tensors) => namedParts(tensors, joinedParts(geometry.layers)),
      build: (parts) => buildLayers(parts, geometry),
    };
  },
};

function shapesOf(geometry: ModernBertGeometry): Map<string, readonly number[]> {
  const { hiddenSize: hidden, intermediateSize: wide, normBias, attentionBias, linearBias } = geometry;
  const { shapes, add } = shapeList();
  add("embeddings.tok_embeddings", [geometry.vocabularySize, hidden], false);
  add("embeddings.norm", [hidden], normBias);
  for (let layer = 0; layer < geometry.layers; layer++) {
    const at = `layers.${layer}`;
    // The first layer follows a norm already.
    if (layer > 0) add(`${at}.attn_norm`, [hidden], normBias);
    add(`${at}.attn.Wqkv`, [3 * hidden, hidden], attentionBias);
    add(`${at}.attn.Wo`, [hidden, hidden], attentionBias);
    add(`${at}.mlp_norm`, [hidden], normBias);
    add(`${at}.mlp.Wi`, [2 * wide, hidden], linearBias);
    add(`${at}.mlp.Wo`, [hidden, wide], linearBias);
  }
  add("final_norm", [hidden], normBias);
  return shapes;
}

function joinedParts(layers: number): Map<string, readonly string[]> {
  return new Map(
    Array.from({ length: layers }, (_, layer) => `layers.${layer}`).flatMap((at) => [
      [`${at}.attn.Wqkv`, ["q", "k", "v"].map((part) => `${at}.attn.${part}`)],
      [`${at}.mlp.Wi`, [`${at}.mlp.gated`, `${at}.mlp.gate`]],
    ]),
  );
}

function buildLayers(parts: EncoderParts, geometry: ModernBertGeometry): string[] {
  const { graph, operators, parameters, firstTokenOnly } = parts;
  const { op, integers } = graph;
  const { hiddenSize, intermediateSize, epsilon } = geometry;
  const norm = (name: string) => ({ name, epsilon });
  const tables = new Map<number, RotaryTables>();
  const tablesOf = (base: number): RotaryTables => {
    const known = tables.get(base) ?? rotaryTables(parameters, base, hiddenSize / geometry.heads, geometry.maxTokens);
    tables.set(base, known);
    return known;
  };
  const reach = geometry.attention.find((layer) => layer.reach !== null)?.reach ?? null;
  const window = reach === null ? undefined : windowBias(graph, reach);
  const firstOf = (input: string, axis: number): string =>
    op("Slice", [input, integers(0), integers(1), integers(axis)]);
  const mask = operators.mask("attention_mask");
  const words = op("Gather", [parameters.plain("embeddings.tok_embeddings.weight"), "input_ids"]);
  let hidden = operators.normalize(words, norm("embeddings.norm"));
  let normed = hidden;
  const outputs: string[] = [];
  for (const [layer, { reach: local, base }] of geometry.attention.entries()) {
    const at = `layers.${layer}`;
    const { cosines, sines } = tablesOf(base);
    const bias = local === null ? undefined : window;
    const last = layer === geometry.layers - 1;
    const names = ["q", "k", "v"].map((part) => `${at}.attn.${part}`);
    let context: string;
    if (last && firstTokenOnly) {
      const [query = "", ...others] = names;
      const [keys = "", values = ""] = splitColumns(graph, operators.linear(normed, others), 2, hiddenSize);
      // The first token stands at position 0, where nothing is turned.
      const queries = operators.linear(firstOf(normed, 1), [query]);
      const turned = operators.rotate(keys, cosines, sines);
      context = operators.attention(queries, turned, values, mask, bias === undefined ? bias : firstOf(bias, 2));
      hidden = firstOf(hidden, 1);
    } else {
      const all = operators.linear(normed, names);
      const [queries = "", keys = "", values = ""] = splitColumns(graph, all, 3, hiddenSize);
      const turn = (input: string): string => operators.rotate(input, cosines, sines);
      context = operators.attention(turn(queries), turn(keys), values, mask, bias);
    }
    const attended = operators.addKeepNormalize(
      operators.linear(context, [`${at}.attn.Wo`]),
      hidden,
      norm(`${at}.mlp_norm`),
    );
    const wide = operators.linear(attended.normed, [`${at}.mlp.gated`, `${at}.mlp.gate`]);
    const [gated = "", gate = ""] = splitColumns(graph, wide, 2, intermediateSize);
    const product = op("Mul", [operators.activate(gated, "gelu"), gate]);
    const next = last ? "final_norm" : `layers.${layer + 1}.attn_norm`;
    const done = operators.addKeepNormalize(operators.linear(product, [`${at}.mlp.Wo`]), attended.sum, norm(next));
    hidden = done.sum;
    normed = done.normed;
    outputs.push(last ? normed : hidden);
  }
  return outputs;
}

/** `[1, 1, tokens, tokens]`: nothing within the reach, and beyond it so much less that its share is 0. */
function windowBias(graph: GraphBuilder, reach: number): string {
  const { op, constant, integers } = graph;
  const apart = op("Abs", [distances(graph, "input_ids")]);
  const beyond = op("Greater", [apart, constant(int64("reach", [], [reach]))]);
  const off = constant(float32("beyond_reach", [], [-10_000]));
  const within = constant(float32("within_reach", [], [0]));
  return op("Unsqueeze", [op("Where", [beyond, off, within]), integers(0, 1)]);
}
