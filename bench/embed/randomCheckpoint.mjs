// A Hugging Face checkpoint of BERT-base size with random weights, so that the bench needs no download.
import { closeSync, copyFileSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** BERT-base with SciBERT's vocabulary size, as SPECTER has it. */
export const geometry = { layers: 12, hidden: 768, heads: 12, intermediate: 3072, vocabulary: 31_090, positions: 512 };

/** Repeatable, roughly normal numbers with standard deviation 0.02, as BERT is initialised. */
function randomWeights(count, seed) {
  const weights = new Float32Array(count);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < count; index++) {
    let sum = 0;
    for (let draw = 0; draw < 3; draw++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      sum += (state >>> 0) / 2 ** 32 - 0.5;
    }
    weights[index] = 0.04 * sum;
  }
  return weights;
}

function tensors({ layers, hidden, intermediate, vocabulary, positions }) {
  const norm = (name) => [
    [`${name}.weight`, [hidden], 1],
    [`${name}.bias`, [hidden], 0],
  ];
  const dense = (name, out, size) => [
    [`${name}.weight`, [out, size], null],
    [`${name}.bias`, [out], 0],
  ];
  const all = [
    ["embeddings.word_embeddings.weight", [vocabulary, hidden], null],
    ["embeddings.position_embeddings.weight", [positions, hidden], null],
    ["embeddings.token_type_embeddings.weight", [2, hidden], null],
    ...norm("embeddings.LayerNorm"),
  ];
  for (let layer = 0; layer < layers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ["query", "key", "value"]) all.push(...dense(`${at}.attention.self.${part}`, hidden, hidden));
    all.push(...dense(`${at}.attention.output.dense`, hidden, hidden), ...norm(`${at}.attention.output.LayerNorm`));
    all.push(...dense(`${at}.intermediate.dense`, intermediate, hidden));
    all.push(...dense(`${at}.output.dense`, hidden, intermediate), ...norm(`${at}.output.LayerNorm`));
  }
  return all;
}

/** Writes config.json, model.safetensors and the vocabulary into a folder, of BERT-base's sizes but for those that are given. */
export function writeRandomCheckpoint(folder, vocabFile, sizes = {}) {
  const model = { ...geometry, ...sizes };
  mkdirSync(folder, { recursive: true });
  const config = {
    architectures: ["BertModel"],
    model_type: "bert",
    hidden_size: model.hidden,
    num_hidden_layers: model.layers,
    num_attention_heads: model.heads,
    intermediate_size: model.intermediate,
    vocab_size: model.vocabulary,
    max_position_embeddings: model.positions,
    type_vocab_size: 2,
    hidden_act: "gelu",
    layer_norm_eps: 1e-12,
    pad_token_id: 0,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config, null, 1));
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ do_lower_case: true, model_max_length: 512 }));
  copyFileSync(vocabFile, join(folder, "vocab.txt"));
  const header = {};
  let offset = 0;
  const all = tensors(model);
  for (const [name, shape] of all) {
    const bytes = 4 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(join(folder, "model.safetensors"), "w");
  writeSync(file, length);
  writeSync(file, json);
  for (const [index, [, shape, constant]] of all.entries()) {
    const count = shape.reduce((product, size) => product * size, 1);
    const weights = constant === null ? randomWeights(count, index + 1) : new Float32Array(count).fill(constant);
    writeSync(file, Buffer.from(weights.buffer));
  }
  closeSync(file);
}
