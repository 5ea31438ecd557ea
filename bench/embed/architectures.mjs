// CPU time per multiply-add of each kind of encoder at base width, against BERT's: node bench/embed/architectures.mjs
// Few layers of random weights tell as much as all of them. Processor time is compared, not the clock, so that other work disturbs little.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openInference } from "../../dist/embed/runners/inference.js";
import { openArchitecture } from "../../dist/encoders/architectures/registry.js";
import { resolveEncoder } from "../../dist/encoders/resolveEncoder.js";

const [tokens, texts, rounds] = [256, 2, 7];
const bertLike = (model_type, layers = 4) => ({
  model_type,
  vocab_size: 1000,
  hidden_size: 768,
  num_hidden_layers: layers,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 514,
  pad_token_id: 1,
});
const configs = {
  bert: bertLike("bert"),
  roberta: bertLike("roberta"),
  mpnet: bertLike("mpnet"),
  // Six layers have both kinds of attention, as often as the published 22.
  modernbert: {
    ...bertLike("modernbert", 6),
    intermediate_size: 1152,
    max_position_embeddings: 512,
    local_attention: 128,
  },
};

function write(folder, config) {
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const header = {};
  const parts = [];
  let at = 0;
  for (const [name, shape] of openArchitecture(join(folder, "config.json")).weights) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let index = 0; index < data.length; index++)
      data[index] = 0.05 * Math.sin(index * 1.7 + at) + (name.endsWith("orm.weight") ? 1 : 0);
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
    parts.push(Buffer.from(data.buffer));
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(join(folder, "model.safetensors"), Buffer.concat([length, text, ...parts]));
  writeFileSync(join(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].join("\n"));
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ tokenizer_class: "BertTokenizer" }));
}

/** Multiply-adds of all tokens: every matrix once a token, and attention's two products over all pairs. */
function multiplyAdds(folder, config) {
  const matrices = [...openArchitecture(join(folder, "config.json")).weights]
    .filter(([name, shape]) => shape.length === 2 && !/embeddings|relative/.test(name))
    .reduce((sum, [, [rows, columns]]) => sum + rows * columns, 0);
  return texts * tokens * (matrices + 2 * tokens * config.hidden_size * config.num_hidden_layers);
}

const request = {
  ids: Int32Array.from({ length: texts * tokens }, (_, index) => 4 + ((index * 31) % 990)),
  lengths: new Int32Array(texts).fill(tokens),
  positions: null,
};
const root = mkdtempSync(join(tmpdir(), "scidocs-bench-"));
try {
  for (const precision of ["fp32", "int8"]) {
    const runs = [];
    for (const [kind, config] of Object.entries(configs)) {
      const folder = mkdtempSync(join(root, `${kind}-`));
      write(folder, config);
      const encoder = await resolveEncoder(folder, { pooling: "mean", precision, cacheDir: root });
      const infer = openInference({ ...encoder, mappedFile: null, threads: 1 });
      await infer(request);
      runs.push({ kind, infer, work: multiplyAdds(folder, config), best: Number.POSITIVE_INFINITY });
    }
    // In turn, so that what else the machine does meets all alike.
    for (let round = 0; round < rounds; round++) {
      for (const run of runs) {
        const before = process.cpuUsage();
        await run.infer(request);
        const { user, system } = process.cpuUsage(before);
        run.best = Math.min(run.best, user + system);
      }
    }
    const cost = ({ best, work }) => (1e6 * best) / work;
    for (const run of runs) {
      const share = cost(run) / cost(runs[0]);
      console.log(
        `${precision} ${run.kind.padEnd(10)} ${(run.best / 1000).toFixed(0).padStart(5)} ms  ${cost(run).toFixed(1).padStart(6)} ms per 10^9 multiply-adds  ${share.toFixed(2)} of BERT's`,
      );
    }
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
