import { z } from "zod";
import { readJsonFileSync } from "../../../files/jsonFile.ts";
import { layerCount, normEpsilon, positive, readFields, refuse, requireGelu, requireHeads } from "../configFields.ts";

/** Sizes of a BERT encoder and the two constants that its weights do not hold. */
export interface BertGeometry {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly maxPositions: number;
  /** Rows of the table of token types, of which only the first is used: papers are one segment. */
  readonly tokenTypes: number;
  readonly layerNormEpsilon: number;
}

const configSchema = z.object({
  vocab_size: positive,
  hidden_size: positive,
  num_hidden_layers: layerCount,
  num_attention_heads: positive,
  intermediate_size: positive,
  max_position_embeddings: positive,
  type_vocab_size: positive.default(2),
  hidden_act: z.string().default("gelu"),
  layer_norm_eps: normEpsilon.default(1e-12),
  position_embedding_type: z.string().nullish(),
  is_decoder: z.boolean().nullish(),
  add_cross_attention: z.boolean().nullish(),
});

/**
 * Reads the `config.json` of a Hugging Face BERT (or a `bert_config.json`).
 * @throws ScidocsError for another architecture, activation or kind of positions, before any weight is read
 */
export function readBertConfig(file: string): BertGeometry {
  const json = readJsonFileSync(file);
  // Another architecture names its sizes otherwise, so its type is looked at before them.
  const { model_type: type } = z
    .object({ model_type: z.string().catch("bert") })
    .catch({ model_type: "bert" })
    .parse(json);
  if (type !== "bert") refuse(file, `model_type is "${type}"`);
  return bertGeometry(file, json, "a BERT model");
}

/**
 * The geometry that a configuration with BERT's field names says; RoBERTa's has the same.
 * @throws ScidocsError as {@link readBertConfig}
 */
export function bertGeometry(file: string, json: unknown, what: string): BertGeometry {
  const config = readFields(file, json, configSchema, what);
  requireGelu(file, "hidden_act", config.hidden_act);
  const positions = config.position_embedding_type ?? "absolute";
  if (positions !== "absolute") refuse(file, `position_embedding_type is "${positions}"`);
  if (config.is_decoder === true) refuse(file, "is_decoder is true");
  if (config.add_cross_attention === true) refuse(file, "add_cross_attention is true");
  requireHeads(file, config.hidden_size, config.num_attention_heads, ["hidden_size", "num_attention_heads"]);
  return {
    vocabularySize: config.vocab_size,
    hiddenSize: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    intermediateSize: config.intermediate_size,
    maxPositions: config.max_position_embeddings,
    tokenTypes: config.type_vocab_size,
    layerNormEpsilon: config.layer_norm_eps,
  };
}
