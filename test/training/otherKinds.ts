import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openArchitecture } from "../../src/encoders/architectures/registry.ts";
import { generator } from "../../src/stats/random/generator.ts";
import { writeSafetensors } from "../../src/tensorFiles/writeSafetensors.ts";

/** Small encoders whose layers are not BERT's, as their configurations say them. */
export const otherKinds: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ModernBERT: {
    model_type: "modernbert",
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 4,
    num_attention_heads: 2,
    max_position_embeddings: 32,
    local_attention: 4,
    mlp_dropout: 0.1,
    embedding_dropout: 0.1,
    attention_dropout: 0.1,
    dtype: "bfloat16",
  },
  "ModernBERT with biases": {
    model_type: "modernbert",
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 32,
    norm_bias: true,
    attention_bias: true,
    mlp_bias: true,
  },
  "Nomic's BERT": {
    model_type: "nomic_bert",
    n_embd: 16,
    n_inner: 256,
    n_layer: 2,
    n_head: 2,
    n_positions: 32,
    activation_function: "swiglu",
    rotary_emb_fraction: 1,
    resid_pdrop: 0.1,
    attn_pdrop: 0.1,
  },
};

/** Writes a folder with random weights for the words of a tiny training, in whose folder it lies. */
export async function writeOtherKind(folder: string, config: Readonly<Record<string, unknown>>): Promise<void> {
  mkdirSync(folder);
  const vocabulary = readFileSync(join(folder, "../vocab.txt"), "utf8");
  writeFileSync(join(folder, "vocab.txt"), vocabulary);
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify({ ...config, vocab_size: vocabulary.trim().split("\n").length }));
  const random = generator(5);
  const weights = [...openArchitecture(file).weights].map(([name, dims]) => {
    const count = dims.reduce((product, size) => product * size, 1);
    const centre = dims.length === 1 && name.endsWith(".weight") ? 1 : 0;
    return { name, dims, data: Float32Array.from({ length: count }, () => centre + 0.1 * random.normal()) };
  });
  await writeSafetensors(join(folder, "model.safetensors"), weights);
}
