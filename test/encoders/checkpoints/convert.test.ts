import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import {
  archiveConfig,
  archiveTensors,
  bertConfig,
  randomBert,
  safetensorsFile,
  tarFile,
  tinyVocabulary,
  torchLegacyFile,
  writeTinyCheckpoints,
} from "../../../scripts/tinyCheckpoints.mjs";
import { type ConvertOptions, convertCheckpoint } from "../../../src/encoders/checkpoints/convert.ts";
import { type InferenceSession, tensor } from "../../../src/onnx/runtime.ts";
import { openSession } from "../../../src/onnx/session.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";
import { lastingFolder } from "./lastingFolder.ts";

const tiny = lastingFolder();
const cacheDir = lastingFolder();
beforeAll(() => writeTinyCheckpoints(tiny));

const convert = (path: string, options: ConvertOptions = {}) => convertCheckpoint(path, { ...options, cacheDir });

/** Two texts, the second one padded. */
const ids = [3, 40, 50, 60, 70, 80, 4, 3, 41, 42, 43, 4, 0, 0];
const masks: Record<string, number[]> = {
  input_ids: ids,
  attention_mask: ids.map((id) => (id === 0 ? 0 : 1)),
  word_mask: ids.map((_, index) => ([1, 3, 5, 8, 10].includes(index) ? 1 : 0)),
};

async function run(session: InferenceSession): Promise<Float32Array> {
  const feeds = Object.fromEntries(
    session.inputNames.map((name) => [name, tensor("int64", BigInt64Array.from(masks[name] ?? [], BigInt), [2, 7])]),
  );
  const [output] = Object.values(await session.run(feeds));
  return output?.data as Float32Array;
}

const vectorsOf = async (path: string, options: ConvertOptions = {}): Promise<Float32Array> =>
  run(await openSession((await convert(path, options)).modelFile, { threads: 1 }));

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? Number.NaN))), 0);
}

describe("convertCheckpoint", () => {
  it("gives the same vectors for the same encoder in all three forms", async () => {
    const pickled = await vectorsOf(`${tiny}/hf`);
    expect(await vectorsOf(`${tiny}/hf-safetensors`)).toEqual(pickled);
    expect(await vectorsOf(`${tiny}/original/model.tar.gz`, { recipe: "hf" })).toEqual(pickled);
    expect(pickled.length).toBe(2 * 64);
  });

  it.each([
    ["the first token", {}, "hf"],
    ["all tokens", { output: "tokens" }, "hf"],
    ["the original's words", {}, "original/model.tar.gz"],
  ] as const)("computes the same with standard operators alone: %s", async (_what, options, path) => {
    const fused = await vectorsOf(`${tiny}/${path}`, options);
    const portable = await vectorsOf(`${tiny}/${path}`, { ...options, portable: true });
    expect(largestDifference(fused, portable)).toBeLessThan(1e-5);
  });

  it("takes the first token's vector from the last layer at all tokens", async () => {
    const cls = await vectorsOf(`${tiny}/hf`);
    const tokens = await vectorsOf(`${tiny}/hf`, { output: "tokens" });
    const first = Float32Array.of(...tokens.subarray(0, 64), ...tokens.subarray(7 * 64, 8 * 64));
    expect(largestDifference(cls, first)).toBeLessThan(1e-5);
  });

  it("stays near float32 in int8, with fused and with standard operators", async () => {
    const exact = await vectorsOf(`${tiny}/hf`);
    for (const portable of [false, true]) {
      const rough = await vectorsOf(`${tiny}/hf`, { precision: "int8", portable });
      expect(largestDifference(exact, rough)).toBeGreaterThan(1e-6);
      expect(cosine(exact, rough)).toBeGreaterThan(0.995);
    }
  });

  it("converts once and then finds the model in the cache, until a byte of the checkpoint changes", async () => {
    const folder = temporaryFolder();
    writeTinyCheckpoints(folder, { seed: 2 });
    const path = `${folder}/original/model.tar.gz`;
    const first = await convert(path);
    expect(first).toMatchObject({ converted: true, recipe: "original", maxWords: 512, kind: "allennlp" });
    expect(first.vocabulary).toBe(`${folder}/original/vocab.txt`);
    const stages = new Set<string>();
    const second = await convertCheckpoint(path, { cacheDir }, { onProgress: ({ stage }) => stages.add(stage) });
    expect(second).toEqual({ ...first, converted: false });
    expect([...stages]).toEqual(["hashing the checkpoint"]);
    writeTinyCheckpoints(folder, { seed: 3 });
    const changed = await convert(path);
    expect(changed.converted).toBe(true);
    expect(changed.modelFile).not.toBe(first.modelFile);
  });

  it("makes an entry of the cache anew when any of its files is not what was written", async () => {
    const folder = temporaryFolder();
    writeTinyCheckpoints(folder, { seed: 4 });
    const path = `${folder}/hf`;
    const { modelFile } = await convert(path);
    const right = readFileSync(modelFile);
    const damage: (() => void)[] = [
      () => writeFileSync(modelFile, Buffer.from(right).fill(1, right.length - 5, right.length - 4)),
      () => writeFileSync(modelFile, right.subarray(0, -1)),
      () => rmSync(modelFile),
      () => writeFileSync(join(dirname(modelFile), "scidocs.json"), "{"),
      () => writeFileSync(join(dirname(modelFile), "scidocs.json"), ""),
    ];
    for (const harm of damage) {
      harm();
      expect(await convert(path)).toMatchObject({ converted: true, modelFile });
      expect(readFileSync(modelFile).equals(right)).toBe(true);
      expect((await convert(path)).converted).toBe(false);
    }
  });

  it("refuses a checkpoint that is replaced while it is converted", async () => {
    const folder = temporaryFolder();
    writeTinyCheckpoints(folder, { seed: 5 });
    let isReplaced = false;
    const replaceAtWriting = ({ stage }: { stage: string }): void => {
      if (stage !== "writing the model" || isReplaced) return;
      isReplaced = true;
      writeTinyCheckpoints(folder, { seed: 6 });
    };
    const converting = convertCheckpoint(
      `${folder}/hf`,
      { cacheDir: join(folder, "cache") },
      { onProgress: replaceAtWriting },
    );
    await expect(converting).rejects.toThrow(/has changed while it was read|is missing/);
    expect(readdirSync(join(folder, "cache/checkpoints"))).toEqual([]);
  });

  it.each([
    ["a header that cannot be read", { "model.safetensors": Buffer.alloc(64) }, /model\.safetensors/],
    ["an architecture that is not known", { "config.json": '{"model_type": "other"}' }, /model_type is "other"/],
  ])("refuses %s before the weights are read for their hash", async (_, files, message) => {
    const folder = temporaryFolder();
    cpSync(`${tiny}/hf-safetensors`, folder, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const stages: string[] = [];
    const control = { onProgress: ({ stage }: { stage: string }) => stages.push(stage) };
    await expect(convertCheckpoint(folder, { cacheDir }, control)).rejects.toThrow(message);
    expect(stages).toEqual([]);
  });

  it("leaves nothing in the cache when it is stopped", async () => {
    const folder = temporaryFolder();
    const stop = new AbortController();
    const stopAtWriting = ({ stage }: { stage: string }) => stage === "writing the model" && stop.abort();
    const control = { signal: stop.signal, onProgress: stopAtWriting };
    await expect(convertCheckpoint(`${tiny}/hf`, { cacheDir: folder }, control)).rejects.toMatchObject({
      code: "INTERRUPTED",
    });
    expect(readdirSync(`${folder}/checkpoints`)).toEqual([]);
  });

  it("removes what a process that was killed long ago left half-made, and nothing younger", async () => {
    const folder = temporaryFolder({
      "checkpoints/hf-0123.0011aabb.tmp/model.onnx.data": "x",
      "checkpoints/hf-0123.ccdd2233.tmp/model.onnx.data": "x",
    });
    utimesSync(`${folder}/checkpoints/hf-0123.0011aabb.tmp`, 1, 1);
    const { modelFile } = await convertCheckpoint(`${tiny}/hf`, { cacheDir: folder });
    const made = basename(dirname(modelFile));
    expect(readdirSync(`${folder}/checkpoints`).sort()).toEqual([made, "hf-0123.ccdd2233.tmp"].sort());
  });

  it("takes the published archive around an archive, with the vocabulary that its configuration names", async () => {
    const inner = readFileSync(`${tiny}/original/model.tar.gz`);
    const vocabulary = readFileSync(`${tiny}/original/vocab.txt`);
    const outer = tarFile([
      { name: "data/vocab.txt", bytes: vocabulary },
      { name: "data/bert_config.json", bytes: readFileSync(`${tiny}/original/bert_config.json`) },
      { name: "model.tar.gz", bytes: inner },
    ]);
    const folder = temporaryFolder({ "archive.tar.gz": gzipSync(outer) });
    const converted = await convert(`${folder}/archive.tar.gz`);
    expect(readFileSync(converted.vocabulary ?? "").equals(vocabulary)).toBe(true);
    expect(await vectorsOf(`${folder}/archive.tar.gz`)).toEqual(await vectorsOf(`${tiny}/original/model.tar.gz`));
  });

  it("finds an archive's own vocabulary again where it was converted with another one", async () => {
    const own = readFileSync(`${tiny}/original/vocab.txt`);
    const packed = tarFile([
      { name: "data/vocab.txt", bytes: own },
      { name: "model.tar.gz", bytes: readFileSync(`${tiny}/original/model.tar.gz`) },
    ]);
    const folder = temporaryFolder({ "archive.tar.gz": gzipSync(packed), "vocab.txt": "[UNK]\n" });
    const cacheDir = temporaryFolder({});
    const found = async () => (await convertCheckpoint(`${folder}/archive.tar.gz`, { cacheDir })).vocabulary;
    expect(await found()).toBe(`${folder}/vocab.txt`);
    rmSync(`${folder}/vocab.txt`);
    expect(readFileSync((await found()) ?? "").equals(own)).toBe(true);
  });

  it("lists the weights that the encoder does not use", async () => {
    expect((await convert(`${tiny}/hf`)).unused).toEqual(["pooler.dense.weight", "pooler.dense.bias"]);
    expect((await convert(`${tiny}/original/model.tar.gz`)).unused).toContain("layer_norm.gamma");
  });
});

/** A Hugging Face folder of one's own making. */
function folderOf(
  options: { readonly config?: Record<string, unknown>; readonly rename?: (name: string) => string | null } = {},
): string {
  const sizes = { vocabulary: tinyVocabulary().length, layers: 2 };
  const rename = options.rename ?? ((name: string) => name);
  const tensors = new Map(
    [...randomBert(sizes)].flatMap(([name, tensor]) => {
      const renamed = rename(name);
      return renamed === null ? [] : [[renamed, tensor] as const];
    }),
  );
  return temporaryFolder({
    "config.json": JSON.stringify({ ...bertConfig(sizes), ...options.config }),
    "model.safetensors": safetensorsFile(tensors),
    "vocab.txt": tinyVocabulary().join("\n"),
  });
}

describe("convertCheckpoint of a Hugging Face folder", () => {
  it("takes the names with a bert. prefix and LayerNorm's old names", async () => {
    const plain = await vectorsOf(folderOf());
    const renamed = folderOf({
      rename: (name) =>
        `bert.${name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")}`,
    });
    expect(await vectorsOf(renamed)).toEqual(plain);
  });

  it("takes safetensors in shards", async () => {
    const plain = folderOf();
    const sizes = { vocabulary: tinyVocabulary().length, layers: 2 };
    const all = [...randomBert(sizes)];
    const shards = { "a.safetensors": all.slice(0, 9), "b.safetensors": all.slice(9) };
    const map = Object.entries(shards).flatMap(([shard, part]) => part.map(([name]) => [name, shard] as const));
    const folder = temporaryFolder({
      "config.json": readFileSync(`${plain}/config.json`),
      "model.safetensors.index.json": JSON.stringify({ weight_map: Object.fromEntries(map) }),
      ...Object.fromEntries(Object.entries(shards).map(([name, part]) => [name, safetensorsFile(new Map(part))])),
    });
    expect(await vectorsOf(folder)).toEqual(await vectorsOf(plain));
  });

  it("takes bfloat16 weights as the float32 numbers that they are", async () => {
    const cut = (data: ArrayLike<number>): Uint32Array =>
      new Uint32Array(Float32Array.from(data).buffer).map((bits) => bits & 0xffff0000);
    const rounded = (type: "F32" | "BF16"): Uint8Array => {
      const tensors = [...randomBert({ vocabulary: tinyVocabulary().length, layers: 2 })].map(
        ([name, { shape, data }]) => {
          const bits = cut(data as Float32Array);
          const stored =
            type === "F32" ? new Float32Array(bits.buffer) : Uint16Array.from(bits, (value) => value >>> 16);
          return [name, { shape, data: stored, type }] as const;
        },
      );
      return safetensorsFile(new Map(tensors));
    };
    const [wide, narrow] = [folderOf(), folderOf()];
    writeFileSync(`${wide}/model.safetensors`, rounded("F32"));
    writeFileSync(`${narrow}/model.safetensors`, rounded("BF16"));
    expect(await vectorsOf(narrow)).toEqual(await vectorsOf(wide));
  });

  it.each([
    ["model_type", "deberta-v2", /model_type is "deberta-v2".*cannot be converted/],
    ["model_type", "qwen3", /model_type is "qwen3" \(a decoder:/],
    ["hidden_act", "gelu_new", /hidden_act is "gelu_new"/],
    ["position_embedding_type", "relative_key", /position_embedding_type is "relative_key"/],
    ["is_decoder", true, /is_decoder is true/],
    ["add_cross_attention", true, /add_cross_attention is true/],
    ["layer_norm_eps", 1e308, /is not the configuration of a BERT model: .*at layer_norm_eps/s],
    ["layer_norm_eps", 1e-60, /at layer_norm_eps/],
    ["hidden_size", 66, /66 is no multiple of num_attention_heads 4/],
    ["hidden_size", "64", /is not the configuration of a BERT model/],
  ])("refuses a %s of %j before it looks at the weights", async (key, value, message) => {
    const folder = folderOf({ config: { [key]: value } });
    writeFileSync(`${folder}/model.safetensors`, "no weights at all");
    await expect(convert(folder)).rejects.toThrow(message);
  });

  it("lists what is missing, of another shape, or left over inside the encoder", async () => {
    const without = folderOf({ rename: (name) => (name.includes("layer.1.output.dense") ? null : name) });
    await expect(convert(without)).rejects.toThrow(
      /missing: encoder\.layer\.1\.output\.dense\.weight, encoder\.layer\.1\.output\.dense\.bias/,
    );
    await expect(convert(folderOf({ config: { intermediate_size: 256 } }))).rejects.toThrow(
      /encoder\.layer\.0\.intermediate\.dense\.weight is \[128, 64\], not \[256, 64\]/,
    );
    await expect(convert(folderOf({ config: { num_hidden_layers: 1 } }))).rejects.toThrow(
      /left over, so this is no plain bert of this size: encoder\.layer\.1/,
    );
    await expect(convert(folderOf({ rename: (name) => name.replace("word", "words") }))).rejects.toThrow(
      /holds no bert encoder/,
    );
  });

  it("uses LayerNorm's epsilon of the configuration", async () => {
    const coarse = await vectorsOf(folderOf({ config: { layer_norm_eps: 0.5 } }));
    expect(largestDifference(coarse, await vectorsOf(folderOf()))).toBeGreaterThan(1e-3);
  });

  it("refuses the recipe original, for which it has no mix, and a vocabulary of another model", async () => {
    await expect(convert(folderOf(), { recipe: "original" })).rejects.toThrow(/give the AllenNLP archive/);
    const folder = folderOf();
    writeFileSync(`${folder}/vocab.txt`, "x\n".repeat(5000));
    await expect(convert(folder)).rejects.toThrow(/has 5000 entries, but the model only \d+ word vectors/);
  });

  it("says what a folder without weights lacks", async () => {
    const folder = temporaryFolder({ "config.json": JSON.stringify(bertConfig({ vocabulary: 100 })) });
    await expect(convert(folder)).rejects.toThrow(/no model\.safetensors, .* or pytorch_model\.bin/);
  });
});

/** An AllenNLP archive of one's own making. */
function archiveOf(config: Record<string, unknown>, heads: number | null = 4): string {
  const sizes = { vocabulary: tinyVocabulary().length, layers: 2 };
  const tensors = archiveTensors(randomBert(sizes), 2);
  const tar = tarFile([
    { name: "config.json", bytes: Buffer.from(JSON.stringify(config)) },
    { name: "weights.th", bytes: torchLegacyFile(tensors) },
  ]);
  const folder = temporaryFolder({ "model.tar.gz": gzipSync(tar), "vocab.txt": tinyVocabulary().join("\n") });
  if (heads !== null) {
    writeFileSync(`${folder}/bert_config.json`, JSON.stringify({ ...bertConfig(sizes), num_attention_heads: heads }));
  }
  return `${folder}/model.tar.gz`;
}

describe("convertCheckpoint of an AllenNLP archive", () => {
  it("takes 64 numbers a head where no bert_config.json says otherwise", async () => {
    const oneHead = await vectorsOf(archiveOf(archiveConfig(), 1));
    expect(await vectorsOf(archiveOf(archiveConfig(), null))).toEqual(oneHead);
    expect(largestDifference(oneHead, await vectorsOf(archiveOf(archiveConfig(), 4)))).toBeGreaterThan(1e-3);
  });

  it("sums the words instead of averaging them when the archive says so", async () => {
    const mean = await vectorsOf(archiveOf(archiveConfig()));
    const sum = await vectorsOf(archiveOf(archiveConfig({ averaged: false })));
    const scaled = mean.map((value, index) => value * (index < 64 ? 3 : 2));
    expect(largestDifference(sum, scaled)).toBeLessThan(1e-4);
  });

  it("refuses an archive that encodes title and abstract apart", async () => {
    const config = archiveConfig() as { dataset_reader: Record<string, unknown> };
    config.dataset_reader.concat_title_abstract = false;
    await expect(convert(archiveOf(config))).rejects.toThrow(/concat_title_abstract is not true/);
  });

  it("says where it looked for the vocabulary", async () => {
    const archive = archiveOf(archiveConfig());
    const folder = temporaryFolder({ "model.tar.gz": readFileSync(archive) });
    await expect(convert(`${folder}/model.tar.gz`)).rejects.toThrow(
      /put vocab\.txt beside it \(or as data\/vocab\.txt below/,
    );
    mkdirSync(`${folder}/data`);
    writeFileSync(`${folder}/data/vocab.txt`, tinyVocabulary().join("\n"));
    expect((await convert(`${folder}/model.tar.gz`)).vocabulary).toBe(`${folder}/data/vocab.txt`);
    expect(existsSync(`${folder}/vocab.txt`)).toBe(false);
  });

  it("says what an archive of another kind lacks", async () => {
    const folder = temporaryFolder({
      "x.tar.gz": gzipSync(tarFile([{ name: "readme.txt", bytes: Buffer.from("x") }])),
    });
    await expect(convert(`${folder}/x.tar.gz`)).rejects.toThrow(/neither weights\.th nor model\.tar\.gz/);
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    dot += value * other;
    aa += value * value;
    bb += other * other;
  }
  return dot / Math.sqrt(aa * bb);
}
