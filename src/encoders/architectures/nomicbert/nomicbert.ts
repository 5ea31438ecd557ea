import { z } from "zod";
import { printableValue } from "../../../printable.ts";
import type { Architecture, EncoderParts } from "../architecture.ts";
import {
  layerCount,
  madePositions,
  normEpsilon,
  positive,
  readFields,
  refuse,
  requireHeads,
  requirePairs,
  rotaryBase,
} from "../configFields.ts";
import { shapeList } from "../operators/bertWeightNames.ts";
import { namedParts } from "../operators/derivedWeights.ts";
import { rotaryTables } from "../operators/rotary.ts";
import { postNormSites, type TrainableLayer } from "../trainable.ts";

const configSchema = z.object({
  vocab_size: positive,
  n_embd: positive,
  n_layer: layerCount,
  n_head: positive,
  n_inner: positive.nullish(),
  n_positions: madePositions,
  max_trained_positions: positive.default(2048),
  type_vocab_size: z.number().int().nonnegative().default(2),
  pad_vocab_size_multiple: positive.default(1),
  layer_norm_epsilon: normEpsilon.default(1e-12),
  activation_function: z.string(),
  rotary_emb_base: rotaryBase.default(10_000),
  rotary_emb_fraction: z.number().default(0),
  rotary_scaling_factor: z.number().nullish(),
  qkv_proj_bias: z.boolean().default(true),
  mlp_fc1_bias: z.boolean().default(true),
  mlp_fc2_bias: z.boolean().default(true),
});

/** Settings of the same code that would give other vectors, with the only value that is taken. */
const fixed: Readonly<Record<string, unknown>> = {
  prenorm: false,
  parallel_block: false,
  causal: false,
  use_rms_norm: false,
  rotary_emb_interleaved: false,
  scale_attn_by_inverse_layer_idx: false,
  rotary_emb_scale_base: null,
};

/** nomic-bert (Nussbaum et al. 2024, https://arxiv.org/abs/2402.01613): BERT with rotary positions and SwiGLU. */
export const nomicbert: Architecture = {
  modelTypes: ["nomic_bert"],
  open(file, json) {
    const config = readFields(file, json, configSchema, "a nomic_bert model");
    const { n_embd: hidden, n_head: heads, n_layer: layers, layer_norm_epsilon: epsilon } = config;
    for (const [key, value] of Object.entries(fixed)) {
      if ((json[key] ?? value) !== value) refuse(file, `${key} is ${printableValue(json[key])}`);
    }
    if (Number(json.num_experts ?? 0) > 0 && json.moe_every_n_layers != null)
      refuse(file, "it is a mixture of experts");
    if (config.activation_function !== "swiglu") refuse(file, `activation_function is "${config.activation_function}"`);
    if (config.rotary_emb_fraction !== 1) refuse(file, `rotary_emb_fraction is ${config.rotary_emb_fraction}`);
    requireHeads(file, hidden, heads, ["n_embd", "n_head"]);
    requirePairs(file, hidden, heads);
    const up = (size: number, multiple: number): number => Math.ceil(size / multiple) * multiple;
    const wide = up(config.n_inner ?? 4 * hidden, 256);
    const vocabularySize = up(config.vocab_size, config.pad_vocab_size_multiple);
    const { shapes, add } = shapeList();
    add("embeddings.word_embeddings", [vocabularySize, hidden], false);
    if (config.type_vocab_size > 0) {
      add("embeddings.token_type_embeddings", [config.type_vocab_size, hidden], false);
    }
    add("emb_ln", [hidden]);
    for (let layer = 0; layer < layers; layer++) {
      const at = `encoder.layers.${layer}`;
      add(`${at}.attn.Wqkv`, [3 * hidden, hidden], config.qkv_proj_bias);
      add(`${at}.attn.out_proj`, [hidden, hidden], config.qkv_proj_bias);
      add(`${at}.norm1`, [hidden]);
      for (const part of ["fc11", "fc12"]) add(`${at}.mlp.${part}`, [wide, hidden], config.mlp_fc1_bias);
      add(`${at}.mlp.fc2`, [hidden, wide], config.mlp_fc2_bias);
      add(`${at}.norm2`, [hidden]);
    }
    // With a scaling factor, positions beyond the trained ones change with the length of the whole batch.
    const scaled = config.rotary_scaling_factor != null && config.rotary_scaling_factor !== 1;
    const maxTokens = scaled ? Math.min(config.n_positions, config.max_trained_positions) : config.n_positions;
    return {
      architecture: "nomic_bert",
      vocabularySize,
      hiddenSize: hidden,
      layers,
      heads,
      maxTokens,
      weights: shapes,
      anchor: "embeddings.word_embeddings.weight",
      harmless: /rotary_emb\.inv_freq$|^embeddings\.position_ids$/,
      trainable: {
        geometry: { vocabularySize, hiddenSize: hidden, layers, heads, intermediateSize: wide },
        embeddings: {
          word: "embeddings.word_embeddings.weight",
          position: null,
          type: config.type_vocab_size > 0 ? "embeddings.token_type_embeddings.weight" : null,
          norm: { name: "emb_ln", epsilon, bias: true },
        },
        layers: Array.from({ length: layers }, (_, layer) =>
          trainableLayer(layer, {
            epsilon,
            rotary: { base: config.rotary_emb_base, positions: maxTokens },
            attentionBias: config.qkv_proj_bias,
            wideBias: config.mlp_fc1_bias,
            outputBias: config.mlp_fc2_bias,
          }),
        ),
        padding: null,
        distanceBias: null,
        pythonClass: "NomicBertModel",
        dropout: { hidden: ["resid_pdrop"], attention: "attn_pdrop", otherwise: 0, sites: postNormSites },
      },
      derive: (tensors) => {
        const ats = Array.from({ length: layers }, (_, layer) => `encoder.layers.${layer}.attn`);
        const parts = ats.map((at) => [`${at}.Wqkv`, ["q", "k", "v"].map((part) => `${at}.${part}`)] as const);
        return namedParts(tensors, new Map(parts));
      },
      build: (parts) =>
        buildLayers(parts, {
          hidden,
          wide,
          layers,
          heads,
          maxTokens,
          epsilon,
          base: config.rotary_emb_base,
          types: config.type_vocab_size > 0,
        }),
    };
  },
};

/** What the layers share that training wants to know. */
interface LayerSettings {
  readonly epsilon: number;
  readonly rotary: { readonly base: number; readonly positions: number };
  readonly attentionBias: boolean;
  readonly wideBias: boolean;
  readonly outputBias: boolean;
}

/** A layer as training takes it; `Wqkv` stays whole, as it is saved. */
function trainableLayer(layer: number, settings: LayerSettings): TrainableLayer {
  const { epsilon, rotary, attentionBias, wideBias, outputBias } = settings;
  const at = `encoder.layers.${layer}`;
  const joined = (index: number) => ({ name: `${at}.attn.Wqkv`, bias: attentionBias, part: { index, of: 3 } });
  const norm = (name: string) => ({ name: `${at}.${name}`, epsilon, bias: true });
  return {
    inputNorm: null,
    query: joined(0),
    key: joined(1),
    value: joined(2),
    attention: { rotary, reach: null },
    attentionOutput: { name: `${at}.attn.out_proj`, bias: attentionBias },
    middleNorm: norm("norm1"),
    feedForward: {
      curve: "silu",
      curved: { name: `${at}.mlp.fc12`, bias: wideBias },
      gate: { name: `${at}.mlp.fc11`, bias: wideBias },
      output: { name: `${at}.mlp.fc2`, bias: outputBias },
    },
    around: "norm",
    outputNorm: norm("norm2"),
  };
}

interface Sizes {
  readonly hidden: number;
  readonly wide: number;
  readonly layers: number;
  readonly heads: number;
  readonly maxTokens: number;
  readonly epsilon: number;
  readonly base: number;
  readonly types: boolean;
}

function buildLayers({ graph, operators, parameters, firstTokenOnly }: EncoderParts, sizes: Sizes): string[] {
  const { op, integers } = graph;
  const { hidden: width, epsilon } = sizes;
  const word = "embeddings.word_embeddings.weight";
  // Every token has the first type.
  const table = sizes.types
    ? parameters.tableWithRow(word, "embeddings.token_type_embeddings.weight")
    : parameters.plain(word);
  const { cosines, sines } = rotaryTables(parameters, sizes.base, width / sizes.heads, sizes.maxTokens);
  const turn = (input: string): string => operators.rotate(input, cosines, sines);
  const mask = operators.mask("attention_mask");
  const outputs: string[] = [];
  let hidden = operators.normalize(op("Gather", [table, "input_ids"]), { name: "emb_ln", epsilon });
  for (let layer = 0; layer < sizes.layers; layer++) {
    const at = `encoder.layers.${layer}`;
    const names = ["q", "k", "v"].map((part) => `${at}.attn.${part}`);
    let context: string;
    if (firstTokenOnly && layer === sizes.layers - 1) {
      const [query = "", ...others] = names;
      const [keys = "", values = ""] = others.map((name) => operators.linear(hidden, name));
      hidden = op("Slice", [hidden, integers(0), integers(1), integers(1)]);
      // The first token stands at position 0, where nothing is turned.
      context = operators.attention(operators.linear(hidden, query), turn(keys), values, mask);
    } else {
      const [queries = "", keys = "", values = ""] = names.map((name) => operators.linear(hidden, name));
      context = operators.attention(turn(queries), turn(keys), values, mask);
    }
    const attended = operators.linearAddNormalize(context, `${at}.attn.out_proj`, hidden, {
      name: `${at}.norm1`,
      epsilon,
    });
    const [value = "", gate = ""] = ["fc11", "fc12"].map((part) => operators.linear(attended, `${at}.mlp.${part}`));
    const product = op("Mul", [value, operators.activate(gate, "silu")]);
    hidden = operators.linearAddNormalize(product, `${at}.mlp.fc2`, attended, { name: `${at}.norm2`, epsilon });
    outputs.push(hidden);
  }
  return outputs;
}
