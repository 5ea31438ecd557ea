import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readModernBertConfig } from "../../../src/encoders/architectures/modernbert/modernbertConfig.ts";
import { bucketOf } from "../../../src/encoders/architectures/mpnet/relativeBias.ts";
import { architectures, openArchitecture } from "../../../src/encoders/architectures/registry.ts";
import type { EncoderOptions } from "../../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { lastingFolder } from "../checkpoints/lastingFolder.ts";
import { vectorsOf } from "../embedInProcess.ts";
import { type EncoderChanges, laterNomicSizes, smallConfigs, writeRandomEncoder } from "./randomEncoder.ts";

const scratch = lastingFolder();
const cacheDir = lastingFolder();

const folderOf = (type: string, changes: EncoderChanges = {}): string =>
  writeRandomEncoder(mkdtempSync(join(scratch, `${type}-`)), type, changes);

async function embed(folder: string, ids: number[][], options: EncoderOptions = {}): Promise<Float32Array[]> {
  const encoder = await resolveEncoder(folder, { recipe: "hf-space", cacheDir, ...options });
  return vectorsOf({ ...encoder, provider: "cpu" }, ids);
}

/** What of nomic_bert's small configuration transformers 5 writes otherwise. */
const laterNames = {
  n_embd: undefined,
  n_layer: undefined,
  n_head: undefined,
  n_inner: undefined,
  n_positions: undefined,
  ...laterNomicSizes,
};

/** Two inputs of different length; the longer one fills nearly every position. */
const inputs = [Array.from({ length: 36 }, (_, index) => 2 + ((index * 7) % 27)), [2, 9, 4, 28, 3]];

function difference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  expect(a.map(({ length }) => length)).toEqual(b.map(({ length }) => length));
  return Math.max(...a.flatMap((row, index) => [...row].map((value, k) => Math.abs(value - (b[index]?.[k] ?? 99)))));
}

describe.each(Object.keys(smallConfigs))("an encoder of the kind %s", (type) => {
  const folder = folderOf(type);

  it("gives the first token's vector alone as among all tokens", async () => {
    const alone = await embed(folder, inputs);
    const among = await embed(folder, inputs, { output: "last_hidden_state" });
    expect(difference(alone, among)).toBeLessThan(1e-5);
  });

  it("gives the same in operators of the standard, and nearly so in int8", async () => {
    for (const pooling of ["cls", "mean"]) {
      const fused = await embed(folder, inputs, { pooling });
      expect(difference(fused, await embed(folder, inputs, { pooling, provider: "webgpu" }))).toBeLessThan(1e-5);
      const rough = await embed(folder, inputs, { pooling, precision: "int8" });
      expect(difference(fused, rough)).toBeLessThan(0.2);
      expect(difference(fused, rough)).toBeGreaterThan(0);
    }
  });

  it("gives each input what it gives it alone, and every token its say", async () => {
    const together = await embed(folder, inputs, { pooling: "mean" });
    for (const [index, one] of inputs.entries()) {
      expect(
        difference(await embed(folder, [one], { pooling: "mean" }), together.slice(index, index + 1)),
      ).toBeLessThan(1e-5);
    }
    const swapped = [inputs[0]?.toSpliced(3, 2, inputs[0][4] ?? 0, inputs[0][3] ?? 0) ?? []];
    expect(difference(await embed(folder, swapped, { pooling: "mean" }), together.slice(0, 1))).toBeGreaterThan(1e-4);
  });

  it("takes as many tokens as it has positions, and no more", async () => {
    const encoder = await resolveEncoder(folder, { recipe: "hf-space", cacheDir });
    expect(encoder.maxLength).toBe(40);
    const longest = Array.from({ length: 40 }, (_, index) => 2 + (index % 25));
    expect([...((await embed(folder, [longest]))[0] ?? [])].every(Number.isFinite)).toBe(true);
    await expect(embed(folder, inputs, { maxLength: 41 })).rejects.toThrow(/only 40 positions/);
  });

  it("finds its weights under any prefix and under LayerNorm's old names", async () => {
    const plain = await embed(folder, inputs);
    const wrapped = folderOf(type, {
      rename: (name) => `module.model.${name.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta")}`,
    });
    expect(await embed(wrapped, inputs)).toEqual(plain);
  });
});

describe("architectures", () => {
  it("each read one configuration of the small ones", () => {
    const types = architectures.flatMap(({ modelTypes }) => modelTypes);
    expect(Object.keys(smallConfigs).sort()).toEqual([...types].sort());
  });

  it("each refuse another activation before any weight is read", () => {
    const keys: Record<string, string> = {
      distilbert: "activation",
      modernbert: "hidden_activation",
      nomic_bert: "activation_function",
    };
    for (const type of Object.keys(smallConfigs)) {
      const key = keys[type] ?? "hidden_act";
      const open = architectures.find(({ modelTypes }) => modelTypes.includes(type))?.open;
      expect(() => open?.("config.json", { ...smallConfigs[type], [key]: "mish" })).toThrow(`${key} is "mish"`);
    }
  });

  it("count RoBERTa's positions past a literal padding token in the text", async () => {
    const folder = folderOf("roberta");
    const [withPad] = await embed(folder, [[2, 5, 1, 6, 3]]);
    const [without] = await embed(folder, [[2, 5, 4, 6, 3]]);
    // The same number of tokens, so that only the token and its position differ: another vector, of finite numbers.
    expect([...(withPad ?? [])].every(Number.isFinite)).toBe(true);
    expect(withPad).not.toEqual(without);
  });

  it.each([
    ["bert", { max_position_embeddings: 2 }, /leaves room for 2 tokens/],
    ["roberta", { pad_token_id: 50 }, /leaves room for 0 tokens/],
    ["mpnet", { max_position_embeddings: 3 }, /leaves room for 1 tokens/],
    ["mpnet", { relative_attention_num_buckets: 8 }, /relative_attention_num_buckets is 8, below 32/],
    ["modernbert", { max_position_embeddings: 1e9 }, /max_position_embeddings/],
    ["nomic_bert", { n_positions: 2 ** 31 - 1 }, /n_positions/],
    ["modernbert", { hidden_size: 15, num_attention_heads: 5 }, /its heads are 3 wide/],
    ["nomic_bert", { n_embd: 15, n_head: 5 }, /its heads are 3 wide/],
  ])("each refuse what leaves no room or no number: %s %j", (type, changes, message) => {
    const file = join(mkdtempSync(join(scratch, "config-")), "config.json");
    writeFileSync(file, JSON.stringify({ ...smallConfigs[type], ...changes }));
    expect(() => openArchitecture(file)).toThrow(message);
  });

  it.each([
    ["bert", { is_causal: true }, /is_causal is true/],
    ["modernbert", { is_causal: true }, /is_causal is true/],
    ["distilbert", { per_layer_config: { 0: { n_heads: 4 } } }, /per_layer_config is not empty/],
    ["bert", { model_type: null }, /model_type is null: expected a text/],
    ["distilbert", { num_hidden_layers: 1 }, /n_layers is 2 and num_hidden_layers 1, two names of one size/],
    ["nomic_bert", { num_attention_heads: 4 }, /n_head is 2 and num_attention_heads 4, two names of one size/],
    ["modernbert", { sliding_window: 2 }, /sliding_window is 2, and local_attention 8/],
    ["nomic_bert", { ...laterNames, hidden_act: "gelu" }, /hidden_act is "gelu"/],
    ["nomic_bert", { ...laterNames, head_dim: 4 }, /head_dim is 4, and 16 numbers are 2 heads/],
    [
      "nomic_bert",
      { ...laterNames, rope_parameters: { rope_theta: 500, rope_type: "dynamic" } },
      /rope_type is "dynamic"/,
    ],
  ])("each refuse what transformers 5 would make other vectors of: %s %j", (type, changes, message) => {
    const file = join(mkdtempSync(join(scratch, "config-")), "config.json");
    writeFileSync(file, JSON.stringify({ ...smallConfigs[type], ...changes }));
    expect(() => openArchitecture(file)).toThrow(message);
  });

  it("each take what changes nothing: a causal mask that is off, a window as said, a name for a size that has one", () => {
    for (const [type, changes] of [
      ["bert", { is_causal: false, per_layer_config: {} }],
      ["modernbert", { sliding_window: 4 }],
      ["distilbert", { num_hidden_layers: 2, hidden_size: 16 }],
    ] as const) {
      const file = join(mkdtempSync(join(scratch, "config-")), "config.json");
      writeFileSync(file, JSON.stringify({ ...smallConfigs[type], ...changes }));
      expect(openArchitecture(file).hiddenSize).toBe(16);
    }
  });

  // The means over all tokens, by transformers 5.18.0 in float64 on the folders that `folderOf` writes.
  it.each([
    {
      type: "nomic_bert",
      config: laterNames,
      expected: [
        [-0.44243, 0.24074, 1.49992, 0.02176, 0.75199, -0.25224, 0.2705, 1.05967],
        [-0.90728, 0.03526, 1.32657, -0.02797, 1.02249, -0.9137, 0.67141, 0.9118],
      ],
    },
    {
      type: "distilbert",
      config: {
        ...{ dim: undefined, n_layers: undefined, n_heads: undefined },
        ...{ hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2 },
      },
      expected: [
        [1.94562, -0.02248, -0.592, 0.54774, -0.67885, 0.08637, -0.20393, -0.38342],
        [2.33679, 0.56835, -0.64478, 0.71683, -0.73569, -0.31268, 0.5369, -0.11755],
      ],
    },
  ])("each read their configuration under its other names: $type", async ({ type, config, expected }) => {
    const vectors = await embed(folderOf(type, { config }), inputs, { pooling: "mean" });
    const beginnings = vectors.map((row) => row.slice(0, 8));
    expect(
      difference(
        beginnings,
        expected.map((row) => Float32Array.from(row)),
      ),
    ).toBeLessThan(2e-5);
  });

  it("refuse weights of whole numbers, whose scales stand elsewhere", async () => {
    const folder = folderOf("bert");
    const file = join(folder, "model.safetensors");
    const bytes = readFileSync(file);
    const name = '"encoder.layer.0.output.dense.bias":{"dtype":"F32"';
    const at = bytes.indexOf(name);
    expect(at).toBeGreaterThan(0);
    bytes.write(name.replace("F32", "I32"), at);
    writeFileSync(file, bytes);
    await expect(embed(folder, inputs)).rejects.toThrow(/of whole numbers.*encoder\.layer\.0\.output\.dense\.bias/);
  });

  it("know the kinds that decode, and say what is missing", () => {
    const folder = folderOf("bert");
    expect(() => openArchitecture(join(folder, "none.json"))).toThrow(/is missing/);
  });
});

describe("MPNet's buckets", () => {
  it("begin at the distances of the original", () => {
    const starts = [0, 1, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 500];
    expect(starts.map((distance) => bucketOf(-distance))).toEqual([
      0, 1, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15,
    ]);
    expect([1, 8, 91].map(bucketOf)).toEqual([17, 24, 31]);
  });
});

describe("ModernBERT's configuration", () => {
  const read = (changes: object) => readModernBertConfig("config.json", { ...smallConfigs.modernbert, ...changes });

  it("is read as either version of transformers writes it", () => {
    const older = read({ global_attn_every_n_layers: 2, global_rope_theta: 5, local_rope_theta: 7 });
    const newer = read({
      layer_types: ["full_attention", "sliding_attention", "full_attention"],
      rope_parameters: { full_attention: { rope_theta: 5 }, sliding_attention: { rope_theta: 7 } },
    });
    expect(newer.attention).toEqual(older.attention);
    expect(older.attention).toEqual([
      { reach: null, base: 5 },
      { reach: 4, base: 7 },
      { reach: null, base: 5 },
    ]);
    expect(read({ global_rope_theta: 5, local_rope_theta: null }).attention[1]).toEqual({ reach: 4, base: 5 });
  });

  it("is refused for rotary positions of another kind", () => {
    expect(() => read({ rope_parameters: { full_attention: { rope_theta: 5, rope_type: "yarn" } } })).toThrow(
      /rope_type is "yarn"/,
    );
    expect(() => read({ rope_parameters: { rope_theta: 5, rope_type: "default" } })).toThrow(/rope_parameters/);
    expect(() => read({ rope_scaling: { type: "linear", factor: 2 } })).toThrow(/rope_scaling/);
    const half = { rope_theta: 5, partial_rotary_factor: 0.5 };
    expect(() => read({ rope_parameters: { full_attention: half } })).toThrow(/partial_rotary_factor/);
    expect(() => read({ layer_types: ["full_attention"] })).toThrow(/layer_types has 1 entries for 3 layers/);
  });
});

describe("rotary positions", () => {
  const open = (type: string, changes: object) => {
    const file = join(mkdtempSync(join(scratch, "rotary-")), "config.json");
    writeFileSync(file, JSON.stringify({ ...smallConfigs[type], ...changes }));
    return () => openArchitecture(file);
  };

  // Nothing among the weights is as long as the positions, nor as wide as a head.
  it("are refused where heads do not pair up, and where there are more than could be meant", () => {
    expect(open("modernbert", { hidden_size: 15, num_attention_heads: 3 })).toThrow(/heads are 5 wide/);
    expect(open("nomic_bert", { n_embd: 15, n_head: 3 })).toThrow(/heads are 5 wide/);
    expect(open("modernbert", { max_position_embeddings: 2e9 })).toThrow(/131072/);
    expect(open("nomic_bert", { n_positions: 2e9 })).toThrow(/131072/);
    expect(open("modernbert", { global_rope_theta: 1e-300 })).toThrow(/global_rope_theta/);
    expect(open("nomic_bert", { rotary_emb_base: 1e300 })).toThrow(/rotary_emb_base/);
    expect(open("modernbert", { max_position_embeddings: 2 ** 17 })().maxTokens).toBe(131072);
  });
});
