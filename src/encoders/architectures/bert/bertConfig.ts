import { readFileSync } from "node:fs";
import { z } from "zod";
import { fileError, ScidocsError } from "../../../errors.ts";

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

const positive = z.number().int().positive();
const configSchema = z.object({
  vocab_size: positive,
  hidden_size: positive,
  num_hidden_layers: positive,
  num_attention_heads: positive,
  intermediate_size: positive,
  max_position_embeddings: positive,
  type_vocab_size: positive.default(2),
  hidden_act: z.string().default("gelu"),
  layer_norm_eps: z.number().positive().default(1e-12),
  position_embedding_type: z.string().nullish(),
  is_decoder: z.boolean().nullish(),
});

/** Names of the activation x·Φ(x) computed with the error function; `gelu_new` and the like are approximations by tanh. */
const erfGelus: readonly string[] = ["gelu", "gelu_python"];

/**
 * Reads the `config.json` of a Hugging Face BERT (or a `bert_config.json`).
 * @throws ScidocsError for another architecture, activation or kind of positions, before any weight is read
 */
export function readBertConfig(file: string): BertGeometry {
  const json = parseJsonFile(file);
  const refuse = (what: string): never => {
    throw fileError(
      file,
      null,
      `${what}, which cannot be converted. Export the model to ONNX with its own tools and give the .onnx file`,
    );
  };
  // Another architecture names its sizes otherwise, so its type is looked at before them.
  const { model_type: type } = z
    .object({ model_type: z.string().catch("bert") })
    .catch({ model_type: "bert" })
    .parse(json);
  if (type !== "bert") refuse(`model_type is "${type}"`);
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    throw fileError(file, null, `is not the configuration of a BERT model: ${z.prettifyError(parsed.error)}`);
  }
  const config = parsed.data;
  if (!erfGelus.includes(config.hidden_act)) refuse(`hidden_act is "${config.hidden_act}"`);
  const positions = config.position_embedding_type ?? "absolute";
  if (positions !== "absolute") refuse(`position_embedding_type is "${positions}"`);
  if (config.is_decoder === true) refuse("is_decoder is true");
  if (config.hidden_size % config.num_attention_heads !== 0) {
    throw fileError(
      file,
      null,
      `hidden_size ${config.hidden_size} is no multiple of num_attention_heads ${config.num_attention_heads}`,
    );
  }
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

/**
 * Reads a JSON file.
 * @throws ScidocsError `NOT_FOUND` or `BAD_INPUT`
 */
export function parseJsonFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ScidocsError("NOT_FOUND", `${file}: cannot be read`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fileError(file, null, `is not JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}
