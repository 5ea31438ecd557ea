import { z } from "zod";
import {
  layerCount,
  madePositions,
  normEpsilon,
  positive,
  readFields,
  refuse,
  requireGelu,
  requireHeads,
  requirePairs,
  requirePlainRotary,
  rotaryBase,
  rotaryParameters,
} from "../configFields.ts";

/** Sizes of a ModernBERT. */
export interface ModernBertGeometry {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly maxTokens: number;
  readonly epsilon: number;
  readonly normBias: boolean;
  readonly attentionBias: boolean;
  readonly linearBias: boolean;
  /** Per layer: the largest distance that it attends to, null for all, and the base of its rotary positions. */
  readonly attention: readonly { readonly reach: number | null; readonly base: number }[];
}

// The class's own defaults are those of ModernBERT-base.
const configSchema = z.object({
  vocab_size: positive.default(50368),
  hidden_size: positive.default(768),
  intermediate_size: positive.default(1152),
  num_hidden_layers: layerCount.default(22),
  num_attention_heads: positive.default(12),
  max_position_embeddings: madePositions.default(8192),
  hidden_activation: z.string().default("gelu"),
  norm_eps: normEpsilon.default(1e-5),
  norm_bias: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  global_attn_every_n_layers: positive.default(3),
  local_attention: positive.default(128),
  // Half of it, which versions before 5 pass over.
  sliding_window: positive.nullish(),
  global_rope_theta: rotaryBase.default(160_000),
  local_rope_theta: rotaryBase.nullable().default(10_000),
  layer_types: z.array(z.string()).nullish(),
  rope_parameters: z
    .strictObject({ full_attention: rotaryParameters.optional(), sliding_attention: rotaryParameters.optional() })
    .nullish(),
  rope_scaling: z.null().optional(),
});

/**
 * Reads the `config.json` of a ModernBERT, as transformers 4 or 5 writes it.
 * @throws ScidocsError for what the graph would not compute
 */
export function readModernBertConfig(file: string, json: unknown): ModernBertGeometry {
  const config = readFields(file, json, configSchema, "a ModernBERT model");
  requireGelu(file, "hidden_activation", config.hidden_activation);
  requireHeads(file, config.hidden_size, config.num_attention_heads, ["hidden_size", "num_attention_heads"]);
  requirePairs(file, config.hidden_size, config.num_attention_heads);
  const reach = Math.floor(config.local_attention / 2);
  if (config.sliding_window != null && config.sliding_window !== reach) {
    refuse(file, `sliding_window is ${config.sliding_window}, and local_attention ${config.local_attention}`);
  }
  const { full_attention: full, sliding_attention: sliding } = config.rope_parameters ?? {};
  for (const parameters of [full, sliding]) requirePlainRotary(file, parameters);
  const globalBase = full?.rope_theta ?? config.global_rope_theta;
  const localBase = sliding?.rope_theta ?? config.local_rope_theta ?? globalBase;
  const types = config.layer_types ?? null;
  if (types !== null && types.length !== config.num_hidden_layers) {
    refuse(file, `layer_types has ${types.length} entries for ${config.num_hidden_layers} layers`);
  }
  const isGlobal = (layer: number): boolean => {
    const type = types?.[layer];
    if (type === undefined) return layer % config.global_attn_every_n_layers === 0;
    if (type !== "full_attention" && type !== "sliding_attention") refuse(file, `layer_types has "${type}"`);
    return type === "full_attention";
  };
  return {
    vocabularySize: config.vocab_size,
    hiddenSize: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    intermediateSize: config.intermediate_size,
    maxTokens: config.max_position_embeddings,
    epsilon: config.norm_eps,
    normBias: config.norm_bias,
    attentionBias: config.attention_bias,
    linearBias: config.mlp_bias,
    attention: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
      isGlobal(layer) ? { reach: null, base: globalBase } : { reach, base: localBase },
    ),
  };
}
