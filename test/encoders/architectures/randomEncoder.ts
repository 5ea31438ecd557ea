import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { safetensorsFile } from "../../../scripts/tinyCheckpoints.mjs";
import { openArchitecture } from "../../../src/encoders/architectures/registry.ts";
import { seededNumbers } from "../tinyEncoder.ts";

/** A small configuration of every kind of encoder, by `model_type`. */
export const smallConfigs: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  bert: bertLike("bert", 40),
  roberta: bertLike("roberta", 42),
  "xlm-roberta": bertLike("xlm-roberta", 42),
  camembert: bertLike("camembert", 42),
  mpnet: { ...bertLike("mpnet", 42), relative_attention_num_buckets: 32 },
  distilbert: {
    model_type: "distilbert",
    vocab_size: 30,
    dim: 16,
    n_layers: 2,
    n_heads: 2,
    hidden_dim: 24,
    max_position_embeddings: 40,
  },
  modernbert: {
    model_type: "modernbert",
    vocab_size: 30,
    hidden_size: 16,
    num_hidden_layers: 3,
    num_attention_heads: 2,
    intermediate_size: 24,
    max_position_embeddings: 40,
    local_attention: 8,
  },
  nomic_bert: {
    model_type: "nomic_bert",
    vocab_size: 30,
    n_embd: 16,
    n_layer: 2,
    n_head: 2,
    n_inner: 24,
    n_positions: 40,
    activation_function: "swiglu",
    rotary_emb_fraction: 1,
    qkv_proj_bias: false,
    mlp_fc1_bias: false,
    mlp_fc2_bias: false,
  },
};

/** The sizes of such a nomic_bert as transformers 5 names them, and another base of its positions. */
export const laterNomicSizes = {
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 40,
  rope_parameters: { rope_theta: 500, rope_type: "default" },
};

function bertLike(type: string, positions: number): Readonly<Record<string, unknown>> {
  return {
    model_type: type,
    vocab_size: 30,
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 24,
    max_position_embeddings: positions,
    type_vocab_size: 2,
    pad_token_id: type === "bert" ? 0 : 1,
  };
}

/** What to change of an encoder that is written. */
export interface EncoderChanges {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rename?: (name: string) => string;
  readonly seed?: number;
}

/**
 * Writes a Hugging Face folder with random weights of every name that the architecture asks for; the same seed gives the same bytes.
 * @param type whose small configuration it has, or a whole configuration
 */
export function writeRandomEncoder(
  folder: string,
  type: string | Readonly<Record<string, unknown>>,
  changes: EncoderChanges = {},
): string {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "config.json");
  const stated = typeof type === "string" ? smallConfigs[type] : type;
  writeFileSync(config, JSON.stringify({ ...stated, ...changes.config }));
  const next = seededNumbers(changes.seed ?? 11);
  const rename = changes.rename ?? ((name: string) => name);
  const tensors = [...openArchitecture(config).weights].map(([name, shape]) => {
    const centre = shape.length === 1 && name.endsWith("weight") ? 1 : 0;
    const data = Float32Array.from(
      { length: shape.reduce((product, size) => product * size, 1) },
      () => centre + 0.3 * next(),
    );
    return [rename(name), { shape, data }] as const;
  });
  writeFileSync(join(folder, "model.safetensors"), safetensorsFile(new Map(tensors)));
  writeFileSync(
    join(folder, "vocab.txt"),
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ..."abcdefghijklmnopqrstuvwxyz"].join("\n"),
  );
  // One vocabulary serves all kinds, so its class is said.
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ tokenizer_class: "BertTokenizer" }));
  return folder;
}
