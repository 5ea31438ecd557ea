import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { safetensorsFile, writeTinyCheckpoints } from "../../../scripts/tinyCheckpoints.mjs";
import { modelOfRecord } from "../../../src/benchmark/sources/encoder.ts";
import { exportCheckpoint } from "../../../src/encoders/checkpoints/exportCheckpoint.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { lastingFolder } from "../checkpoints/lastingFolder.ts";
import { tokensOf, vectorsOf } from "../embedInProcess.ts";

const scratch = lastingFolder();
const cacheDir = lastingFolder();
const papers = [
  { title: "Protein cells of the new market", abstract: "We study energy." },
  { title: "A quantum model", abstract: "" },
];

/** A sentence-transformers folder around the tiny checkpoint. */
function declaring(content: Readonly<Record<string, unknown>> = {}): string {
  const folder = mkdtempSync(join(scratch, "st-"));
  cpSync(join(scratch, "hf"), folder, { recursive: true });
  const type = (name: string) => `sentence_transformers.models.${name}`;
  const files: Record<string, unknown> = {
    "modules.json": [
      { idx: 0, name: "0", path: "", type: type("Transformer") },
      { idx: 1, name: "1", path: "1_Pooling", type: type("Pooling") },
      { idx: 2, name: "2", path: "2_Normalize", type: type("Normalize") },
    ],
    "1_Pooling/config.json": { word_embedding_dimension: 64, pooling_mode_mean_tokens: true },
    ...content,
  };
  for (const [path, value] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(value));
  }
  return folder;
}

const embed = async (folder: string, options: Parameters<typeof resolveEncoder>[1] = {}) => {
  const encoder = await resolveEncoder(folder, { cacheDir, ...options });
  return vectorsOf(encoder, tokensOf(encoder, papers));
};

const length = (vector: Float32Array | undefined): number => Math.hypot(...(vector ?? []));

beforeAll(() => writeTinyCheckpoints(scratch));

describe("a sentence-transformers folder", () => {
  it("is used as it declares: mean and length 1 where the plain checkpoint gives the first token", async () => {
    const folder = declaring({ "sentence_bert_config.json": { max_seq_length: 20, do_lower_case: false } });
    const encoder = await resolveEncoder(folder, { cacheDir });
    expect(encoder).toMatchObject({ pooling: ["mean"], steps: [{ kind: "normalize" }], maxLength: 20 });
    expect(encoder.declared).toBe("pooling mean, normalize, at most 20 tokens");
    expect(encoder.notes.join()).toMatch(/modules\.json declares pooling mean.*used: pooling mean, normalize/);
    expect(modelOfRecord(encoder, 64)).toMatchObject({ pooling: "mean", declared: encoder.declared });
    const [vector] = await embed(folder);
    const [mean] = await embed(join(scratch, "hf"), { pooling: "mean", maxLength: 20, normalize: true });
    expect(vector).toEqual(mean);
    expect(length(vector)).toBeCloseTo(1, 5);
  });

  it("is cut where it says so, after everything else, unless a flag says where", async () => {
    const whole = await embed(declaring());
    const folder = declaring({ "config_sentence_transformers.json": { truncate_dim: 10 } });
    const cut = await embed(folder);
    expect(cut).toEqual(whole.map((vector) => vector.slice(0, 10)));
    expect(length(cut[0])).toBeLessThan(0.9);
    const encoder = await resolveEncoder(folder, { cacheDir });
    expect(encoder).toMatchObject({ dimensions: 10, declared: "pooling mean, normalize, first 10 numbers" });
    const asked = await embed(folder, { dimensions: 20 });
    expect(asked[0]).toHaveLength(20);
    expect(length(asked[0])).toBeCloseTo(1, 5);
    for (const truncate_dim of [0, -1, "10", true]) {
      const wrong = declaring({ "config_sentence_transformers.json": { truncate_dim } });
      await expect(resolveEncoder(wrong, { cacheDir })).rejects.toThrow(/truncate_dim/);
    }
    const longer = declaring({ "config_sentence_transformers.json": { truncate_dim: 1000 } });
    expect((await resolveEncoder(longer, { cacheDir })).dimensions).toBe(64);
    expect(await embed(longer)).toEqual(whole);
    const unsaid = declaring({ "config_sentence_transformers.json": { model_type: null } });
    await expect(resolveEncoder(unsaid, { cacheDir })).rejects.toThrow(/model_type is null: only dense encoders/);
  });

  it("leaves out as many tokens as the prompt has as it stands, blanks of it trimmed where the version trims texts", async () => {
    // Between the blank that ends a prompt and what comes behind it, byte-level tokenizers have a token.
    const bytes = {
      ...{ version: "1.0", truncation: null, padding: null, added_tokens: [], normalizer: null, post_processor: null },
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      decoder: { type: "ByteLevel" },
      model: {
        ...{ type: "BPE", dropout: null, unk_token: "a", continuing_subword_prefix: null, end_of_word_suffix: null },
        ...{ fuse_unk: false, byte_fallback: false, ignore_merges: false, merges: [] },
        vocab: Object.fromEntries([..."abcdefghijklmnopqrstuvwxyzĠ"].map((letter, index) => [letter, index])),
      },
    };
    for (const [version, skippedTokens] of [
      ["5.3.0", 2],
      ["6.0.1", 3],
    ] as const) {
      const folder = declaring({
        "1_Pooling/config.json": {
          word_embedding_dimension: 64,
          pooling_mode_mean_tokens: true,
          include_prompt: false,
        },
        "config_sentence_transformers.json": {
          __version__: { sentence_transformers: version },
          prompts: { query: "ab " },
          default_prompt_name: "query",
        },
        "tokenizer.json": bytes,
      });
      expect(await resolveEncoder(folder, { cacheDir, text: "{title}" })).toMatchObject({ skippedTokens });
      // A prompt that fills a text by itself is cut as the text is: its closing token is left.
      const filled = declaring({
        "1_Pooling/config.json": { word_embedding_dimension: 64, pooling_mode_lasttoken: true, include_prompt: false },
        "config_sentence_transformers.json": {
          __version__: { sentence_transformers: version },
          prompts: { query: "a model of a model " },
          default_prompt_name: "query",
        },
      });
      expect(await resolveEncoder(filled, { cacheDir, maxLength: 5 })).toMatchObject({ skippedTokens: 4 });
    }
  });

  it("is refused where versions differ in the token that comes first without the prompt's", async () => {
    const content = (version: string) => ({
      "1_Pooling/config.json": {
        word_embedding_dimension: 64,
        pooling_mode_cls_token: true,
        pooling_mode_mean_tokens: false,
        include_prompt: false,
      },
      "config_sentence_transformers.json": {
        __version__: { sentence_transformers: version },
        prompts: { query: "a model of " },
        default_prompt_name: "query",
      },
    });
    await expect(resolveEncoder(declaring(content("6.0.1")), { cacheDir })).rejects.toThrow(/which token is the first/);
    expect((await resolveEncoder(declaring(content("6.0.1")), { cacheDir, prefix: "" })).skippedTokens).toBe(0);
    for (const [version, options] of [
      ["5.2.0", {}],
      ["6.0.1", { pooling: "cls" }],
    ] as const) {
      const encoder = await resolveEncoder(declaring(content(version)), { cacheDir, ...options });
      expect(encoder.settings).toMatchObject({ pooling: "cls", prefix: "a model of " });
    }
  });

  it("gives way to the flags", async () => {
    const folder = declaring();
    const plain = join(scratch, "hf");
    expect(await embed(folder, { pooling: "cls", normalize: false })).toEqual(await embed(plain));
    const [cut] = await embed(folder, { dimensions: 10 });
    expect(cut?.length).toBe(10);
    expect(length(cut)).toBeCloseTo(1, 5);
    await expect(embed(folder, { dimensions: 65 })).rejects.toThrow(/--dimensions 65: the vectors have only 64/);
  });

  it("gives another fingerprint than the plain checkpoint, for every setting that counts", async () => {
    const print = async (folder: string, options = {}) =>
      (await resolveEncoder(folder, { cacheDir, ...options })).fingerprint;
    const folder = declaring();
    const prints = await Promise.all([
      print(join(scratch, "hf")),
      print(folder),
      print(folder, { normalize: false }),
      print(folder, { dimensions: 8 }),
      print(folder, { dimensions: 9 }),
      print(folder, { pooling: "cls+mean" }),
      print(folder, { pooling: "mean+cls" }),
      print(declaring({ "sentence_bert_config.json": { do_lower_case: true } })),
    ]);
    expect(new Set(prints).size).toBe(prints.length);
    expect(await print(declaring())).toBe(prints[1]);
  });

  it("applies its default prompt, another one by name, and none where a prefix says so", async () => {
    const folder = declaring({
      "config_sentence_transformers.json": {
        prompts: { query: "q: ", document: "new data " },
        default_prompt_name: "document",
      },
    });
    const prefix = async (options = {}) => (await resolveEncoder(folder, { cacheDir, ...options })).recipe.prefix;
    expect(await prefix()).toBe("new data ");
    expect(await prefix({ prompt: "query" })).toBe("q: ");
    expect(await prefix({ prefix: "" })).toBe("");
    await expect(prefix({ prompt: "passage" })).rejects.toThrow(/--prompt passage: .* declares only query, document/);
    await expect(prefix({ prompt: "query", prefix: "x" })).rejects.toThrow(/exclude each other/);
    await expect(resolveEncoder(join(scratch, "hf"), { cacheDir, prompt: "query" })).rejects.toThrow(
      /declares no prompts/,
    );
  });

  it("is honoured beside an ONNX export too, and one folder up", async () => {
    const folder = declaring();
    await exportCheckpoint(folder, join(folder, "onnx/model.onnx"), { output: "tokens" });
    const fromOnnx = await resolveEncoder(folder);
    expect(fromOnnx).toMatchObject({ source: "onnx", pooling: ["mean"], steps: [{ kind: "normalize" }] });
    const [a] = await vectorsOf(fromOnnx, tokensOf(fromOnnx, papers));
    const [b] = await embed(folder);
    expect(a).toEqual(b);
  });

  it.each([
    [
      "a module that we do not know",
      { path: "2_X", type: "sentence_transformers.models.WordWeights" },
      /WordWeights, which we do not know/,
    ],
    [
      "a class of its own code",
      { path: "2_X", type: "custom.Dense" },
      /custom\.Dense, a class of the folder's own Python code/,
    ],
    [
      "a Dense without its files",
      { path: "2_X", type: "sentence_transformers.models.Dense" },
      /a Dense whose config\.json is missing/,
    ],
  ])("is refused for %s", async (_what, module, message) => {
    const modules = JSON.parse(readFileSync(join(declaring(), "modules.json"), "utf8")).slice(0, 2);
    await expect(embed(declaring({ "modules.json": [...modules, module] }))).rejects.toThrow(message);
  });

  it.each([
    ["sentence_bert_config.json", { max_seq_length: "256" }, /max_seq_length/],
    ["sentence_bert_config.json", { max_seq_length: 2 }, /max_seq_length/],
    ["sentence_bert_config.json", { do_lower_case: "true" }, /do_lower_case/],
    ["sentence_bert_config.json", { tokenizer_args: { model_max_length: 9 } }, /tokenizer_args sets model_max_length/],
    [
      "sentence_bert_config.json",
      { processing_kwargs: { text: { max_length: 9 } } },
      /processing_kwargs\.text sets max/,
    ],
    ["sentence_bert_config.json", { tokenizer_name_or_path: "../other" }, /only the folder's own is taken/],
    ["sentence_bert_config.json", { module_output_name: "scores" }, /only token_embeddings is known/],
    ["2_Normalize/config.json", { p: 1 }, /no Normalize we know.*"p"/],
    ["2_Normalize/config.json", { module_input_name: "token_embeddings" }, /no Normalize we know.*sentence_embedding/],
    ["config_sentence_transformers.json", { prompts: { query: 5 } }, /prompts\.query/],
    ["config_sentence_transformers.json", { default_prompt_name: 0 }, /default_prompt_name/],
  ])("is refused where %s says %j", async (name, content, message) => {
    await expect(embed(declaring({ [name]: content }))).rejects.toThrow(message);
  });

  it("takes what is passed on to transformers and changes no vector, and a Normalize that says what it takes", async () => {
    const plain = declaring({ "sentence_bert_config.json": { max_seq_length: 20 } });
    const said = declaring({
      "sentence_bert_config.json": {
        max_seq_length: 20,
        model_args: { trust_remote_code: true, torch_dtype: "float32" },
        processing_kwargs: { chat_template: {}, text: {} },
      },
      "2_Normalize/config.json": { module_input_name: "sentence_embedding", module_output_name: null },
    });
    expect(await embed(said)).toEqual(await embed(plain));
  });

  it("is refused where two modules have one name, or one lies outside", async () => {
    const [encoder, pooling] = JSON.parse(readFileSync(join(declaring(), "modules.json"), "utf8"));
    const twice = [encoder, { ...pooling, name: "0" }];
    await expect(embed(declaring({ "modules.json": twice }))).rejects.toThrow(/names two modules 0/);
    for (const path of ["../1_Pooling", "/1_Pooling"]) {
      await expect(embed(declaring({ "modules.json": [encoder, { ...pooling, path }] }))).rejects.toThrow(
        /expected a place in this folder/,
      );
    }
  });

  it("takes a Dense with any activation of torch.nn that has no settings, and refuses others by name", async () => {
    const { hidden_size: width } = JSON.parse(readFileSync(join(declaring(), "config.json"), "utf8"));
    const modules = JSON.parse(readFileSync(join(declaring(), "modules.json"), "utf8")).slice(0, 2);
    const withDense = (activation: string): string => {
      const folder = declaring({
        "modules.json": [...modules, { path: "2_Dense", type: "sentence_transformers.models.Dense" }],
        "2_Dense/config.json": { in_features: width, out_features: 2, bias: false, activation_function: activation },
      });
      const data = Float32Array.from({ length: 2 * width }, (_, index) => Math.sin(index));
      const weight = new Map([["linear.weight", { shape: [2, width], data }]]);
      writeFileSync(join(folder, "2_Dense/model.safetensors"), safetensorsFile(weight));
      return folder;
    };
    const [straight] = await embed(withDense("torch.nn.modules.linear.Identity"));
    const [bent] = await embed(withDense("torch.nn.modules.activation.GELU"));
    const gelu = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    // The tangent is GELU's approximation, good to a thousandth.
    for (const [index, x] of [...(straight ?? [])].entries()) expect(bent?.[index]).toBeCloseTo(gelu(x), 2);
    expect(bent).not.toEqual(straight);
    const residual = withDense("torch.nn.modules.linear.Identity");
    const config = JSON.parse(readFileSync(join(residual, "2_Dense/config.json"), "utf8"));
    writeFileSync(join(residual, "2_Dense/config.json"), JSON.stringify({ ...config, use_residual: true }));
    await expect(embed(residual)).rejects.toThrow(/expected false: adding what came in is not built\n.*use_residual/);
    writeFileSync(join(residual, "2_Dense/config.json"), JSON.stringify({ ...config, scale: 2 }));
    await expect(embed(residual)).rejects.toThrow(/no Dense module we know.*"scale"/);
    const quantized = withDense("torch.nn.modules.linear.Identity");
    const whole = new Map([["linear.weight", { shape: [2, width], data: new BigInt64Array(2 * width) }]]);
    writeFileSync(join(quantized, "2_Dense/model.safetensors"), safetensorsFile(whole, "I64"));
    await expect(embed(quantized)).rejects.toThrow(/linear\.weight: holds int64 where weights are/);
    for (const name of ["torch.nn.modules.activation.Softmax", "torch.nn.modules.activation.PReLU", "mine.GELU"]) {
      await expect(embed(withDense(name))).rejects.toThrow(`activation_function ${name} is not known`);
    }
  });

  it.each([
    ["a pooling in quotes", { pooling_mode_cls_token: "true" }, /pooling_mode_cls_token: expected true or false/],
    ["a prompt that counts by a number", { include_prompt: 0 }, /include_prompt: expected true or false/],
    ["no pooling", { pooling_mode_mean_tokens: false }, /every pooling is switched off/],
    ["a pooling that we do not know", { pooling_mode: "attention" }, /pooling_mode "attention" is not known/],
    ["what is no setting of a Pooling", { attention_heads: 4 }, /is no Pooling we know: attention_heads/],
    ["a flag that we do not know", { pooling_mode_first_last: true }, /pooling_mode_first_last is not a pooling/],
  ])("is refused for %s", async (_what, pooling, message) => {
    await expect(embed(declaring({ "1_Pooling/config.json": pooling }))).rejects.toThrow(message);
  });
});

describe("a model beside which nothing is declared", () => {
  it("says that the first token is our default, and is silent when the pooling is asked for", async () => {
    const notes = async (options = {}) =>
      (await resolveEncoder(join(scratch, "hf"), { cacheDir, ...options })).notes.join();
    expect(await notes()).toMatch(/nothing beside it declares how its vectors are made.*the first token/);
    expect(await notes({ pooling: "cls" })).not.toMatch(/nothing beside it/);
    // An export of all tokens says which text it takes, and leaves the pooling open.
    const exported = async (output: "tokens" | "cls") => {
      const file = join(mkdtempSync(join(scratch, "export-")), "model.onnx");
      await exportCheckpoint(join(scratch, "hf"), file, { output });
      return (await resolveEncoder(file)).notes.join();
    };
    expect(await exported("tokens")).toMatch(/nothing beside it declares/);
    expect(await exported("cls")).not.toMatch(/nothing beside it/);
  });
});

describe.skipIf(!hasShared)("the folder whose declared pooling was passed over", () => {
  it("gives the declared mean", async () => {
    const place = sharedPath("cases/st-pooling-ignored");
    const texts = Object.values(JSON.parse(readFileSync(`${place}/papers.json`, "utf8"))) as typeof papers;
    const expected = JSON.parse(readFileSync(`${place}/torch.json`, "utf8"));
    const encoder = await resolveEncoder(`${place}/model`, { cacheDir });
    const vectors = await vectorsOf(encoder, tokensOf(encoder, texts));
    const wanted = expected["mean (what the folder declares)"] as number[];
    const flat = vectors.flatMap((vector) => [...vector]);
    expect(flat.length).toBe(wanted.length);
    for (const [index, value] of wanted.entries()) expect(Math.abs(value - (flat[index] ?? 9))).toBeLessThan(1e-5);
  });
});
