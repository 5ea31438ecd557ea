import { z } from "zod";
import type { GraphBuilder } from "../../../onnx/graph.ts";
import type { Architecture } from "../architecture.ts";
import { layerCount, normEpsilon, positive, readFields, refuse, requireGelu, requireHeads } from "../configFields.ts";
import { oldNormNames, shapeList } from "../operators/bertWeightNames.ts";
import { countedPositions } from "../operators/countedPositions.ts";
import type { Parameters } from "../operators/parameters.ts";
import type { PostNormLayer } from "../operators/postNormLayer.ts";
import { postNormLayers } from "../operators/postNormLayers.ts";
import { bertDropoutPlaces, bertEmbeddings, trainablePostNorm } from "../trainable.ts";
import { bucketCount, bucketOf, distanceBiases, distances } from "./relativeBias.ts";

const configSchema = z.object({
  vocab_size: positive,
  hidden_size: positive,
  num_hidden_layers: layerCount,
  num_attention_heads: positive,
  intermediate_size: positive,
  max_position_embeddings: positive,
  relative_attention_num_buckets: positive.default(32),
  hidden_act: z.string().default("gelu"),
  layer_norm_eps: normEpsilon.default(1e-12),
});

/** The padding token's number, fixed in the original's code; positions are counted from it. */
const pad = 1;

const biasWeight = "encoder.relative_attention_bias.weight";

/** MPNet (Song et al. 2020, https://arxiv.org/abs/2004.09297): RoBERTa's positions and a bias by distance in every layer's attention. */
export const mpnet: Architecture = {
  modelTypes: ["mpnet"],
  open(file, json) {
    const config = readFields(file, json, configSchema, "an MPNet model");
    const { hidden_size: hidden, intermediate_size: wide, num_attention_heads: heads } = config;
    const epsilon = config.layer_norm_eps;
    requireGelu(file, "hidden_act", config.hidden_act);
    if (config.relative_attention_num_buckets < bucketCount) {
      refuse(file, `relative_attention_num_buckets is ${config.relative_attention_num_buckets}, below ${bucketCount}`);
    }
    requireHeads(file, hidden, heads, ["hidden_size", "num_attention_heads"]);
    const { shapes, add } = shapeList();
    add("embeddings.word_embeddings", [config.vocab_size, hidden], false);
    add("embeddings.position_embeddings", [config.max_position_embeddings, hidden], false);
    add("embeddings.LayerNorm", [hidden]);
    for (let layer = 0; layer < config.num_hidden_layers; layer++) {
      const at = `encoder.layer.${layer}`;
      for (const part of ["q", "k", "v", "o"]) add(`${at}.attention.attn.${part}`, [hidden, hidden]);
      add(`${at}.attention.LayerNorm`, [hidden]);
      add(`${at}.intermediate.dense`, [wide, hidden]);
      add(`${at}.output.dense`, [hidden, wide]);
      add(`${at}.output.LayerNorm`, [hidden]);
    }
    shapes.set(biasWeight, [config.relative_attention_num_buckets, heads]);
    const maxTokens = config.max_position_embeddings - pad - 1;
    const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => layerOf(layer, epsilon));
    return {
      architecture: "mpnet",
      vocabularySize: config.vocab_size,
      hiddenSize: hidden,
      layers: config.num_hidden_layers,
      heads,
      maxTokens,
      weights: shapes,
      anchor: "embeddings.word_embeddings.weight",
      harmless: /^embeddings\.position_ids$/,
      rename: oldNormNames,
      trainable: {
        geometry: {
          vocabularySize: config.vocab_size,
          hiddenSize: hidden,
          layers: config.num_hidden_layers,
          heads,
          intermediateSize: wide,
        },
        embeddings: { ...bertEmbeddings(epsilon), type: null },
        layers: layers.map(trainablePostNorm),
        padding: pad,
        distanceBias: { table: biasWeight, bucketOf },
        pythonClass: "MPNetModel",
        dropout: bertDropoutPlaces,
      },
      build(parts) {
        const { operators, parameters, graph } = parts;
        const words = parameters.plain("embeddings.word_embeddings.weight");
        const table = parameters.plain("embeddings.position_embeddings.weight");
        const positions = countedPositions(graph, "input_ids", pad);
        const norm = { name: "embeddings.LayerNorm", epsilon };
        return postNormLayers(parts, operators.embed("input_ids", words, table, positions, norm), {
          layers,
          hiddenSize: hidden,
          attentionBias: attentionBias(graph, parameters, heads, maxTokens),
        });
      },
    };
  },
};

/** `[1, heads, tokens, tokens]`: for each pair of places, the bias of their distance, taken from a table of all distances. */
function attentionBias(graph: GraphBuilder, parameters: Parameters, heads: number, maxTokens: number): string {
  const table = parameters.computed("relative_attention_bias", [heads, 2 * maxTokens - 1], (read) =>
    distanceBiases(read(biasWeight), heads, maxTokens),
  );
  const places = graph.op("Add", [distances(graph, "input_ids"), graph.integers(maxTokens - 1)]);
  return graph.op("Unsqueeze", [
    graph.op("Gather", [table, places], { attributes: { axis: { int: 1 } } }),
    graph.integers(0),
  ]);
}

function layerOf(layer: number, epsilon: number): PostNormLayer {
  const at = `encoder.layer.${layer}`;
  return {
    query: `${at}.attention.attn.q`,
    key: `${at}.attention.attn.k`,
    value: `${at}.attention.attn.v`,
    attentionOutput: `${at}.attention.attn.o`,
    attentionNorm: { name: `${at}.attention.LayerNorm`, epsilon },
    wide: `${at}.intermediate.dense`,
    output: `${at}.output.dense`,
    outputNorm: { name: `${at}.output.LayerNorm`, epsilon },
    activation: "gelu",
  };
}
