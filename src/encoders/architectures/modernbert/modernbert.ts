import type { GraphBuilder } from "../../../onnx/graph.ts";
import { int64 } from "../../../onnx/model.ts";
import type { Architecture, EncoderParts } from "../architecture.ts";
import { distances } from "../mpnet/relativeBias.ts";
import { shapeList } from "../operators/bertWeightNames.ts";
import { namedParts } from "../operators/derivedWeights.ts";
import { type RotaryTables, rotaryTables } from "../operators/rotary.ts";
import type { TrainableEncoder, TrainableNorm } from "../trainable.ts";
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
      trainable: trainableModernBert(geometry),
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

/** What training takes it apart into: `Wqkv` and `Wi` stay whole, as they are saved. */
function trainableModernBert(geometry: ModernBertGeometry): TrainableEncoder {
  const { epsilon, normBias, attentionBias, linearBias, maxTokens } = geometry;
  const norm = (name: string): TrainableNorm => ({ name, epsilon, bias: normBias });
  const last = geometry.layers - 1;
  return {
    geometry,
    embeddings: {
      word: "embeddings.tok_embeddings.weight",
      position: null,
      type: null,
      norm: norm("embeddings.norm"),
    },
    layers: geometry.attention.map(({ reach, base }, layer) => {
      const at = `layers.${layer}`;
      const joined = (index: number) => ({ name: `${at}.attn.Wqkv`, bias: attentionBias, part: { index, of: 3 } });
      const wide = (index: number) => ({ name: `${at}.mlp.Wi`, bias: linearBias, part: { index, of: 2 } });
      return {
        inputNorm: layer === 0 ? null : norm(`${at}.attn_norm`),
        query: joined(0),
        key: joined(1),
        value: joined(2),
        attention: { rotary: { base, positions: maxTokens }, reach },
        attentionOutput: { name: `${at}.attn.Wo`, bias: attentionBias },
        middleNorm: norm(`${at}.mlp_norm`),
        feedForward: {
          curve: "gelu",
          curved: wide(0),
          gate: wide(1),
          output: { name: `${at}.mlp.Wo`, bias: linearBias },
        },
        around: "sum",
        outputNorm: layer === last ? norm("final_norm") : null,
      };
    }),
    padding: null,
    distanceBias: null,
    pythonClass: "ModernBertModel",
    dropout: {
      hidden: ["embedding_dropout", "mlp_dropout"],
      attention: "attention_dropout",
      otherwise: 0,
      sites: { embeddings: "hidden", attention: "attention", attended: "attention", inner: "hidden", output: null },
    },
  };
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
  const { hiddenSize, epsilon } = geometry;
  const norm = (name: string) => ({ name, epsilon });
  const tables = new Map<number, RotaryTables>();
  const tablesOf = (base: number): RotaryTables => {
    const known = tables.get(base) ?? rotaryTables(parameters, base, hiddenSize / geometry.heads, geometry.maxTokens);
    tables.set(base, known);
    return known;
  };
  const reach = geometry.attention.find((layer) => layer.reach !== null)?.reach ?? null;
  const near = reach === null ? null : within(graph, reach);
  const firstOf = (input: string, axis: number): string =>
    op("Slice", [input, integers(0), integers(1), integers(axis)]);
  const mask = operators.mask("attention_mask");
  const localMask = near === null ? mask : operators.maskNear("attention_mask", near);
  const words = op("Gather", [parameters.plain("embeddings.tok_embeddings.weight"), "input_ids"]);
  let hidden = operators.normalize(words, norm("embeddings.norm"));
  let normed = hidden;
  const outputs: string[] = [];
  for (const [layer, { reach: local, base }] of geometry.attention.entries()) {
    const at = `layers.${layer}`;
    const { cosines, sines } = tablesOf(base);
    const last = layer === geometry.layers - 1;
    const names = ["q", "k", "v"].map((part) => `${at}.attn.${part}`);
    let context: string;
    if (last && firstTokenOnly) {
      const [query = "", ...others] = names;
      const [keys = "", values = ""] = others.map((name) => operators.linear(normed, name));
      // The first token stands at position 0, where nothing is turned.
      const queries = operators.linear(firstOf(normed, 1), query);
      const turned = operators.rotate(keys, cosines, sines);
      const ofFirst = local === null || near === null ? mask : operators.maskNear("attention_mask", firstOf(near, 0));
      context = operators.attention(queries, turned, values, ofFirst);
      hidden = firstOf(hidden, 1);
    } else {
      const [queries = "", keys = "", values = ""] = names.map((name) => operators.linear(normed, name));
      const turn = (input: string): string => operators.rotate(input, cosines, sines);
      context = operators.attention(turn(queries), turn(keys), values, local === null ? mask : localMask);
    }
    const attended = operators.addKeepNormalize(
      operators.linear(context, `${at}.attn.Wo`),
      hidden,
      norm(`${at}.mlp_norm`),
    );
    const [gated = "", gate = ""] = ["gated", "gate"].map((part) =>
      operators.linear(attended.normed, `${at}.mlp.${part}`),
    );
    const product = op("Mul", [operators.activate(gated, "gelu"), gate]);
    const next = last ? "final_norm" : `layers.${layer + 1}.attn_norm`;
    const done = operators.addKeepNormalize(operators.linear(product, `${at}.mlp.Wo`), attended.sum, norm(next));
    hidden = done.sum;
    normed = done.normed;
    outputs.push(last ? normed : hidden);
  }
  return outputs;
}

/** Which tokens lie within the reach of each other, bool `[tokens, tokens]`. */
function within(graph: GraphBuilder, reach: number): string {
  const { op, constant } = graph;
  const apart = op("Abs", [distances(graph, "input_ids")]);
  return op("LessOrEqual", [apart, constant(int64("reach", [], [reach]))]);
}
