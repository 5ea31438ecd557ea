import { z } from "zod";
import { printableValue } from "../../../printable.ts";
import {
  layerCount,
  madePositions,
  normEpsilon,
  positive,
  readFields,
  refuse,
  refuseTwoSizes,
  requireHeads,
  requirePairs,
  requirePlainRotary,
  rotaryBase,
  rotaryParameters,
} from "../configFields.ts";
import { bertDropoutPlaces, type DropoutPlaces } from "../trainable.ts";

/** Sizes of a nomic_bert. */
export interface NomicBertGeometry {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly maxTokens: number;
  /** Rows of the table of token types, 0 for none. */
  readonly tokenTypes: number;
  readonly epsilon: number;
  /** Base of the rotary positions. */
  readonly base: number;
  readonly attentionBias: boolean;
  readonly wideBias: boolean;
  readonly outputBias: boolean;
  /** Names of its shares of dropout. */
  readonly dropout: Pick<DropoutPlaces, "hidden" | "attention">;
}

/** As the code beside the published weights reads it, which names its sizes as GPT-2 does. */
const ownSchema = z.object({
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

/** Settings of that code that would give other vectors, with the only value that is taken. */
const fixed: Readonly<Record<string, unknown>> = {
  prenorm: false,
  parallel_block: false,
  causal: false,
  use_rms_norm: false,
  rotary_emb_interleaved: false,
  scale_attn_by_inverse_layer_idx: false,
  rotary_emb_scale_base: null,
};

/** As transformers has it since version 5, with BERT's names; what is missing has the defaults of its class. */
const laterSchema = z.object({
  vocab_size: positive.default(30_528),
  hidden_size: positive.default(768),
  num_hidden_layers: layerCount.default(12),
  num_attention_heads: positive.default(12),
  intermediate_size: positive.default(3072),
  hidden_act: z.string().default("silu"),
  max_position_embeddings: madePositions.default(2048),
  type_vocab_size: positive.default(2),
  layer_norm_eps: normEpsilon.default(1e-12),
  head_dim: positive.nullish(),
  rope_theta: rotaryBase.nullish(),
  rope_parameters: rotaryParameters.nullish(),
  rope_scaling: z.null().optional(),
});

/** The sizes' names in both forms. */
const sameSizes: Readonly<Record<string, string>> = {
  n_embd: "hidden_size",
  n_layer: "num_hidden_layers",
  n_head: "num_attention_heads",
  n_inner: "intermediate_size",
  n_positions: "max_position_embeddings",
  layer_norm_epsilon: "layer_norm_eps",
  rotary_emb_base: "rope_theta",
};

/**
 * Reads the `config.json` of a nomic_bert, in the form of its own code or in that of transformers 5.
 * @throws ScidocsError for what the graph would not compute
 */
export function readNomicBertConfig(file: string, json: Readonly<Record<string, unknown>>): NomicBertGeometry {
  refuseTwoSizes(file, json, sameSizes);
  const geometry = json.n_embd === undefined ? readLater(file, json) : readOwn(file, json);
  requirePairs(file, geometry.hiddenSize, geometry.heads);
  return geometry;
}

function readOwn(file: string, json: Readonly<Record<string, unknown>>): NomicBertGeometry {
  const config = readFields(file, json, ownSchema, "a nomic_bert model");
  const { n_embd: hidden, n_head: heads } = config;
  for (const [key, value] of Object.entries(fixed)) {
    if ((json[key] ?? value) !== value) refuse(file, `${key} is ${printableValue(json[key])}`);
  }
  if (Number(json.num_experts ?? 0) > 0 && json.moe_every_n_layers != null) refuse(file, "it is a mixture of experts");
  if (config.activation_function !== "swiglu") refuse(file, `activation_function is "${config.activation_function}"`);
  if (config.rotary_emb_fraction !== 1) refuse(file, `rotary_emb_fraction is ${config.rotary_emb_fraction}`);
  requireHeads(file, hidden, heads, ["n_embd", "n_head"]);
  const up = (size: number, multiple: number): number => Math.ceil(size / multiple) * multiple;
  // With a scaling factor, positions beyond the trained ones change with the length of the whole batch.
  const scaled = config.rotary_scaling_factor != null && config.rotary_scaling_factor !== 1;
  return {
    vocabularySize: up(config.vocab_size, config.pad_vocab_size_multiple),
    hiddenSize: hidden,
    layers: config.n_layer,
    heads,
    intermediateSize: up(config.n_inner ?? 4 * hidden, 256),
    maxTokens: scaled ? Math.min(config.n_positions, config.max_trained_positions) : config.n_positions,
    tokenTypes: config.type_vocab_size,
    epsilon: config.layer_norm_epsilon,
    base: config.rotary_emb_base,
    attentionBias: config.qkv_proj_bias,
    wideBias: config.mlp_fc1_bias,
    outputBias: config.mlp_fc2_bias,
    dropout: { hidden: ["resid_pdrop"], attention: "attn_pdrop" },
  };
}

function readLater(file: string, json: Readonly<Record<string, unknown>>): NomicBertGeometry {
  const config = readFields(file, json, laterSchema, "a nomic_bert model");
  const { hidden_size: hidden, num_attention_heads: heads } = config;
  if (config.hidden_act !== "silu" && config.hidden_act !== "swish")
    refuse(file, `hidden_act is "${config.hidden_act}"`);
  requireHeads(file, hidden, heads, ["hidden_size", "num_attention_heads"]);
  if (config.head_dim != null && config.head_dim !== hidden / heads) {
    refuse(file, `head_dim is ${config.head_dim}, and ${hidden} numbers are ${heads} heads`);
  }
  requirePlainRotary(file, config.rope_parameters);
  return {
    vocabularySize: config.vocab_size,
    hiddenSize: hidden,
    layers: config.num_hidden_layers,
    heads,
    intermediateSize: config.intermediate_size,
    maxTokens: config.max_position_embeddings,
    tokenTypes: config.type_vocab_size,
    epsilon: config.layer_norm_eps,
    base: config.rope_parameters?.rope_theta ?? config.rope_theta ?? 1000,
    attentionBias: false,
    wideBias: false,
    outputBias: false,
    dropout: bertDropoutPlaces,
  };
}
