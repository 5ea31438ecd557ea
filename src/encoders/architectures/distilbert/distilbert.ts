import { z } from "zod";
import type { Architecture } from "../architecture.ts";
import { layerCount, positive, readFields, refuseTwoSizes, requireGelu, requireHeads } from "../configFields.ts";
import { oldNormNames, shapeList } from "../operators/bertWeightNames.ts";
import type { PostNormLayer } from "../operators/postNormLayer.ts";
import { postNormLayers } from "../operators/postNormLayers.ts";
import { bertDropoutPlaces, bertEmbeddings, trainablePostNorm } from "../trainable.ts";

const configSchema = z.object({
  vocab_size: positive,
  dim: positive,
  n_layers: layerCount,
  n_heads: positive,
  hidden_dim: positive,
  max_position_embeddings: positive,
  activation: z.string().default("gelu"),
});

/** BERT's names, which its class takes for the same sizes. */
const otherNames = { dim: "hidden_size", n_layers: "num_hidden_layers", n_heads: "num_attention_heads" } as const;

/** Fixed in the original's code, whatever a configuration says. */
const epsilon = 1e-12;

/** DistilBERT (Sanh et al. 2019, https://arxiv.org/abs/1910.01108): BERT's layers under other names, no token types. */
export const distilbert: Architecture = {
  modelTypes: ["distilbert"],
  open(file, json) {
    refuseTwoSizes(file, json, otherNames);
    const taken = Object.entries(otherNames).map(([name, other]) => [name, json[name] ?? json[other]]);
    const config = readFields(file, { ...json, ...Object.fromEntries(taken) }, configSchema, "a DistilBERT model");
    requireGelu(file, "activation", config.activation);
    requireHeads(file, config.dim, config.n_heads, ["dim", "n_heads"]);
    const { shapes, add } = shapeList();
    add("embeddings.word_embeddings", [config.vocab_size, config.dim], false);
    add("embeddings.position_embeddings", [config.max_position_embeddings, config.dim], false);
    add("embeddings.LayerNorm", [config.dim]);
    for (let layer = 0; layer < config.n_layers; layer++) {
      const at = `transformer.layer.${layer}`;
      for (const part of ["q_lin", "k_lin", "v_lin", "out_lin"])
        add(`${at}.attention.${part}`, [config.dim, config.dim]);
      add(`${at}.sa_layer_norm`, [config.dim]);
      add(`${at}.ffn.lin1`, [config.hidden_dim, config.dim]);
      add(`${at}.ffn.lin2`, [config.dim, config.hidden_dim]);
      add(`${at}.output_layer_norm`, [config.dim]);
    }
    const layers = Array.from({ length: config.n_layers }, (_, layer) => layerOf(`transformer.layer.${layer}`));
    return {
      architecture: "distilbert",
      vocabularySize: config.vocab_size,
      hiddenSize: config.dim,
      layers: config.n_layers,
      heads: config.n_heads,
      maxTokens: config.max_position_embeddings,
      weights: shapes,
      anchor: "embeddings.word_embeddings.weight",
      harmless: /^embeddings\.position_ids$/,
      rename: oldNormNames,
      takesAdapters: true,
      trainable: {
        geometry: {
          vocabularySize: config.vocab_size,
          hiddenSize: config.dim,
          layers: config.n_layers,
          heads: config.n_heads,
          intermediateSize: config.hidden_dim,
        },
        embeddings: { ...bertEmbeddings(epsilon), type: null },
        layers: layers.map(trainablePostNorm),
        padding: null,
        distanceBias: null,
        pythonClass: "DistilBertModel",
        dropout: { ...bertDropoutPlaces, hidden: ["dropout"], attention: "attention_dropout" },
      },
      build(parts) {
        const { operators, parameters } = parts;
        const words = parameters.plain("embeddings.word_embeddings.weight");
        const table = parameters.plain("embeddings.position_embeddings.weight");
        const embedded = operators.embed("input_ids", words, table, null, { name: "embeddings.LayerNorm", epsilon });
        return postNormLayers(parts, embedded, { layers, hiddenSize: config.dim });
      },
    };
  },
};

function layerOf(at: string): PostNormLayer {
  return {
    query: `${at}.attention.q_lin`,
    key: `${at}.attention.k_lin`,
    value: `${at}.attention.v_lin`,
    attentionOutput: `${at}.attention.out_lin`,
    attentionNorm: { name: `${at}.sa_layer_norm`, epsilon },
    wide: `${at}.ffn.lin1`,
    output: `${at}.ffn.lin2`,
    outputNorm: { name: `${at}.output_layer_norm`, epsilon },
    activation: "gelu",
  };
}
