import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readModelSignature } from "../../src/encoders/modelSignature.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";
import { buildModel } from "../../src/onnx/encode.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { defaultInputs, tinyModel, vocabulary, writeTinyEncoder } from "./tinyEncoder.ts";

const fresh = (): string => mkdtempSync(join(tmpdir(), "scidocs-encoder-"));

describe("resolveEncoder", () => {
  it("takes an .onnx file with a vocabulary beside it, and settles every default", async () => {
    const encoder = await resolveEncoder(writeTinyEncoder(fresh()));
    expect(encoder).toMatchObject({
      name: "tiny",
      source: "onnx",
      output: "last_hidden_state",
      pooling: ["cls"],
      recipe: { recipe: "hf" },
      maxLength: 64,
      dimensions: 8,
      provider: "cpu",
      precision: "model",
    });
    expect(encoder.inputs.map(({ role }) => role)).toEqual(["ids", "mask"]);
    expect(encoder.files.map(({ path }) => path)).toEqual(["tiny.onnx", "vocab.txt"]);
    expect(JSON.parse(JSON.stringify(encoder))).toEqual(encoder);
  });

  it.each([
    [[0, "tokens"], "batches of 0 texts of any number of tokens"],
    [["batch", 0], "batches of any number of texts of 0 tokens"],
    [["batch", 2 ** 40], "batches of any number of texts of 1099511627776 tokens"],
    [[2 ** 15, 64], "batches of 32768 texts of 64 tokens"],
  ] as [(number | string)[], string][])("refuses sizes that nobody can feed: %j", async (dims, sizes) => {
    const file = writeTinyEncoder(fresh(), { inputs: defaultInputs.map((input) => ({ ...input, dims })) });
    await expect(resolveEncoder(file)).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: `${file}: was made for ${sizes}, which nobody can feed; export it with dynamic axes`,
    });
  });

  it("says that a recipe which is not known is the model's own", async () => {
    const file = writeTinyEncoder(fresh());
    writeFileSync(file, buildModel({ ...tinyModel(), metadata: { "scidocs.recipe": "\x1b[31m".repeat(100) } }));
    const message = await resolveEncoder(file).catch((error: Error) => error.message);
    expect(message).toMatch(
      /its metadata asks for the recipe \\x1b\[31m.{60,200}: not known; use hf, hf-space or original/,
    );
  });

  it("finds the tokenizer one folder up, and a folder's only model", async () => {
    const folder = fresh();
    const file = writeTinyEncoder(folder);
    mkdirSync(join(folder, "onnx"));
    writeFileSync(join(folder, "onnx/.scidocs-1234.onnx"), "a hidden file");
    renameSync(file, join(folder, "onnx/anything.onnx"));
    const encoder = await resolveEncoder(folder);
    expect(encoder.modelFile).toBe(join(folder, "onnx/anything.onnx"));
    expect(encoder.tokenizer.vocabulary).toBe(join(folder, "vocab.txt"));
  });

  it("takes model.onnx of several, and lists them when there is none", async () => {
    const folder = fresh();
    const file = writeTinyEncoder(folder);
    writeFileSync(join(folder, "other.onnx"), readFileSync(file));
    await expect(resolveEncoder(folder)).rejects.toThrow(/other\.onnx.*tiny\.onnx/);
    renameSync(file, join(folder, "model.onnx"));
    expect((await resolveEncoder(folder)).modelFile).toBe(join(folder, "model.onnx"));
  });

  it("prefers the model's own sentence vectors unless a pooling is asked for", async () => {
    const file = writeTinyEncoder(fresh(), { outputs: ["last_hidden_state", "sentence_embedding"] });
    expect(await resolveEncoder(file)).toMatchObject({ output: "sentence_embedding", pooling: "model" });
    expect(await resolveEncoder(file, { pooling: "mean" })).toMatchObject({
      output: "last_hidden_state",
      pooling: ["mean"],
    });
  });

  it("gives a fingerprint that changes with every setting that can change a number, and with nothing else", async () => {
    const file = writeTinyEncoder(fresh(), { outputs: ["last_hidden_state", "sentence_embedding"] });
    const print = async (options: Parameters<typeof resolveEncoder>[1]) =>
      (await resolveEncoder(file, options)).fingerprint;
    const base = await print({ pooling: "cls" });
    const others = await Promise.all([
      print({ pooling: "mean" }),
      print({ pooling: "cls", recipe: "hf-space" }),
      print({ pooling: "cls", maxLength: 32 }),
      print({ pooling: "cls", normalize: true }),
      print({ pooling: "cls", text: "{title}" }),
      print({ pooling: "cls", prefix: "q: " }),
      print({ pooling: "cls", provider: "webgpu" }),
      print({ output: "sentence_embedding" }),
    ]);
    expect(new Set([base, ...others]).size).toBe(others.length + 1);
    expect(await print({ pooling: "cls", name: "another name", recipe: "hf" })).toBe(base);
    writeFileSync(join(file, "../vocab.txt"), `${[...vocabulary.slice(0, -1), "extra"].join("\n")}\n`);
    expect(await print({ pooling: "cls" })).not.toBe(base);
  });

  it.each([
    ["a missing model", async () => join(fresh(), "none.onnx"), {}, /no such file or folder/],
    [
      "a file that is not ONNX",
      async () => {
        const file = writeTinyEncoder(fresh());
        writeFileSync(file, "not a model at all");
        return file;
      },
      {},
      /tiny\.onnx: not an ONNX model/,
    ],
    [
      "a model without a tokenizer",
      async () => {
        const folder = join(fresh(), "inner");
        const file = writeTinyEncoder(folder);
        rmSync(join(folder, "vocab.txt"));
        return file;
      },
      {},
      /no tokenizer\.json, vocab\.txt/,
    ],
    [
      "a file of a folder that is a model",
      async () => {
        const folder = fresh();
        writeFileSync(join(folder, "config.json"), "{}");
        writeFileSync(join(folder, "model.safetensors"), "x");
        return join(folder, "model.safetensors");
      },
      {},
      /model\.safetensors: not a model file we know .*; give the folder that it is a part of: \//,
    ],
    [
      "an adapter in the place of its base",
      async () => {
        const folder = fresh();
        writeFileSync(join(folder, "adapter_config.json"), "{}");
        return folder;
      },
      {},
      /is an adapter; name its base with --model, and this folder with --adapter/,
    ],
    [
      "a training's folder in the place of its model",
      async () => {
        const folder = fresh();
        mkdirSync(join(folder, "best"));
        writeFileSync(join(folder, "best/training.json"), "{}");
        return folder;
      },
      {},
      /is the folder of a training; give the model that came out: .*best$/,
    ],
    [
      "a model's name on the hub",
      async () => "sentence-transformers/all-MiniLM-L6-v2",
      {},
      /a model of the Hugging Face hub must be downloaded first: give the folder where it is/,
    ],
    [
      "a missing input",
      async () => writeTinyEncoder(fresh(), { inputs: defaultInputs.slice(1) }),
      {},
      /needs the input input_ids; the model's inputs are: attention_mask int64\[\?, \?\]/,
    ],
    [
      "a surprising input",
      async () =>
        writeTinyEncoder(fresh(), { inputs: [...defaultInputs, { name: "pixels", dataType: "float32", dims: [3] }] }),
      {},
      /cannot feed the input pixels.*pixels float32\[3\]/,
    ],
    [
      "outputs with other names",
      async () => writeTinyEncoder(fresh(), { outputs: ["mixed", "placed"] }),
      {},
      /--output; the model's outputs are: mixed/,
    ],
    [
      "an output that is not there",
      async () => writeTinyEncoder(fresh()),
      { output: "pooler" },
      /--output pooler.*last_hidden_state/,
    ],
    ["an unknown pooling", async () => writeTinyEncoder(fresh()), { pooling: "median" }, /cls, max, mean/],
    ["an unknown recipe", async () => writeTinyEncoder(fresh()), { recipe: "specter" }, /hf-space/],
    ["an unknown provider", async () => writeTinyEncoder(fresh()), { provider: "tpu" }, /webgpu/],
    ["more tokens than positions", async () => writeTinyEncoder(fresh()), { maxLength: 65 }, /only 64 positions/],
    ["a precision for a finished model", async () => writeTinyEncoder(fresh()), { precision: "int8" }, /used as it is/],
    [
      "pooling of sentence vectors",
      async () => writeTinyEncoder(fresh(), { outputs: ["sentence_embedding"] }),
      { pooling: "cls" },
      /already one vector/,
    ],
  ])("says what to do about %s", async (_what, make, options, message) => {
    const file = await make();
    await expect(resolveEncoder(file, options)).rejects.toThrow(message);
    await expect(resolveEncoder(file, options)).rejects.toHaveProperty("name", "ScidocsError");
  });
});

describe("readModelSignature", () => {
  it("detects a model cut off at any byte", () => {
    const folder = fresh();
    const bytes = buildModel(tinyModel());
    const file = join(folder, "cut.onnx");
    for (const length of [0, 1, 10, 100, Math.floor(bytes.length / 2), bytes.length - 1]) {
      writeFileSync(file, bytes.subarray(0, length));
      expect(() => readModelSignature(file), `${length} bytes`).toThrow(/not an ONNX model, or cut off/);
    }
  });
});

describe.skipIf(!hasShared)("a real model", () => {
  it("is described with its external weights", async () => {
    const encoder = await resolveEncoder(sharedPath("models/all-MiniLM-L6-v2-q4"), { pooling: "mean" });
    expect(encoder).toMatchObject({ name: "all-MiniLM-L6-v2-q4", dimensions: 384, maxLength: 512 });
    expect(encoder.files.map(({ path }) => path)).toContain("model_q4.onnx_data");
  });
});
