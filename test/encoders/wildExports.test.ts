import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { EncoderOptions } from "../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";
import { buildModel } from "../../src/onnx/encode.ts";
import { float32, int64, type Model, type Node, type ValueInfo } from "../../src/onnx/model.ts";
import { runtimeProblem } from "../../src/onnx/runtimeProblem.ts";
import { writeModel } from "../../src/onnx/writeModel.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { lastingFolder } from "./checkpoints/lastingFolder.ts";
import { tokensOf, vectorsOf } from "./embedInProcess.ts";
import { seededNumbers, vocabulary } from "./tinyEncoder.ts";

const scratch = lastingFolder();
const cacheDir = lastingFolder();
const papers = [
  { title: "graph paper of neural", abstract: "protein cell" },
  { title: "deep", abstract: "" },
  { title: "model citation network", abstract: "learning in vector gene a the of" },
];

/** What to change of the export. */
interface Export {
  readonly inputs?: readonly ValueInfo[];
  readonly outputs?: readonly ValueInfo[];
  /** Nodes after `hidden`, which is `[batch, tokens, 8]`. */
  readonly nodes?: readonly Node[];
  /** Name of the value that says which tokens are real, float32; none where nothing does. */
  readonly mask?: string;
  /** Name of the values that say where tokens stand; none for 0, 1, 2 … */
  readonly places?: string;
}

const ids = (name: string, dims: (number | string)[] = ["batch", "tokens"]): ValueInfo => ({
  name,
  dataType: "int64",
  dims,
});
const hidden: ValueInfo = { name: "last_hidden_state", dataType: "float32", dims: ["batch", "tokens", 8] };

/** An encoder whose every token looks at the mean of all real ones: padding that is not hidden shows. */
function exported({ inputs, outputs, nodes = [], mask, places }: Export): Model {
  const next = seededNumbers(5);
  const weights = (count: number) => Float32Array.from({ length: count }, next);
  const own: Node[] = [
    { opType: "Gather", inputs: ["words", "input_ids"], outputs: ["tokens"] },
    { opType: "Shape", inputs: ["input_ids"], outputs: ["shape"] },
    { opType: "Gather", inputs: ["shape", "one"], outputs: ["width"] },
    { opType: "Range", inputs: ["zero", "width", "one"], outputs: ["counted"] },
    { opType: "Gather", inputs: ["position_embeddings.weight", places ?? "counted"], outputs: ["placed"] },
    { opType: "Add", inputs: ["tokens", "placed"], outputs: ["x"] },
  ];
  const mean: Node[] =
    mask === undefined
      ? [{ opType: "ReduceMean", inputs: ["x"], outputs: ["mean"], attributes: { axes: { ints: [1] } } }]
      : [
          { opType: "Unsqueeze", inputs: [mask, "axis2"], outputs: ["column"] },
          { opType: "Mul", inputs: ["x", "column"], outputs: ["shown"] },
          { opType: "ReduceSum", inputs: ["shown", "axis1"], outputs: ["sum"] },
          { opType: "ReduceSum", inputs: ["column", "axis1"], outputs: ["count"] },
          { opType: "Div", inputs: ["sum", "count"], outputs: ["mean"] },
        ];
  return {
    name: "wild",
    inputs: inputs ?? [ids("input_ids"), ids("attention_mask")],
    outputs: outputs ?? [hidden],
    nodes: [...own, ...mean, { opType: "Add", inputs: ["x", "mean"], outputs: ["hidden"] }, ...nodes],
    initializers: [
      float32("words", [vocabulary.length, 8], weights(vocabulary.length * 8)),
      float32("position_embeddings.weight", [64, 8], weights(64 * 8)),
      int64("zero", [], [0]),
      int64("one", [], [1]),
      int64("axis1", [1], [1]),
      int64("axis2", [1], [2]),
    ],
  };
}

const toFloat: Node = { opType: "Cast", inputs: ["attention_mask"], outputs: ["mask"], attributes: { to: { int: 1 } } };
const named = (name: string, input = "hidden"): Node => ({ opType: "Identity", inputs: [input], outputs: [name] });

function write(model: Model, name = "model.onnx", config?: object): string {
  const folder = mkdtempSync(join(scratch, "wild-"));
  writeFileSync(join(folder, name), buildModel(model));
  writeFileSync(join(folder, "vocab.txt"), vocabulary.join("\n"));
  if (config !== undefined) writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  return folder;
}

async function embed(folder: string, options: EncoderOptions = {}): Promise<Float32Array[]> {
  const encoder = await resolveEncoder(folder, { cacheDir, ...options });
  return vectorsOf(encoder, tokensOf(encoder, papers));
}

const plain = (): string => write(exported({ nodes: [toFloat, named("last_hidden_state")], mask: "mask" }));
/** The usual export reordered, so that the mask is there before it is used. */
const usual = (): string => {
  const model = exported({ nodes: [named("last_hidden_state")], mask: "mask" });
  return write({ ...model, nodes: [toFloat, ...model.nodes] });
};

function near(a: readonly Float32Array[], b: readonly Float32Array[], most = 1e-5): void {
  expect(a.length).toBe(b.length);
  for (const [row, vector] of a.entries()) {
    for (const [k, value] of vector.entries()) expect(Math.abs(value - (b[row]?.[k] ?? 99))).toBeLessThan(most);
  }
}

describe("exports in the wild", () => {
  it("without an attention_mask run texts of equal length together, so that no padding counts", async () => {
    const folder = write(exported({ inputs: [ids("input_ids")], nodes: [named("last_hidden_state")] }));
    const encoder = await resolveEncoder(folder);
    expect(encoder.notes.join()).toMatch(/has no attention_mask/);
    near(await embed(folder), await embed(usual()));
  });

  it("with token_type_ids and position_ids are fed zeros and places", async () => {
    const inputs = ["input_ids", "attention_mask", "token_type_ids", "position_ids"].map((name) => ids(name));
    const model = exported({ inputs, nodes: [named("last_hidden_state")], mask: "mask", places: "position_ids" });
    const folder = write({ ...model, nodes: [toFloat, ...model.nodes] });
    near(await embed(folder), await embed(usual()));
  });

  it("count places past the padding token where the model is of RoBERTa's kind", async () => {
    const inputs = ["input_ids", "attention_mask", "position_ids"].map((name) => ids(name));
    const model = exported({ inputs, nodes: [named("last_hidden_state")], mask: "mask", places: "position_ids" });
    const config = { model_type: "roberta", pad_token_id: 1, max_position_embeddings: 64 };
    const folder = write({ ...model, nodes: [toFloat, ...model.nodes] }, "model.onnx", config);
    writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ tokenizer_class: "BertTokenizer" }));
    const encoder = await resolveEncoder(folder);
    expect(encoder).toMatchObject({ maxLength: 62, feeding: { firstPlace: 2 } });
    const [shifted, straight] = [await vectorsOf(encoder, tokensOf(encoder, papers)), await embed(usual())];
    expect(shifted).not.toEqual(straight);
    // Without the configuration the same files give other vectors, which no store may take for these.
    renameSync(join(folder, "config.json"), join(folder, "set-aside.json"));
    const fromZero = await resolveEncoder(folder, { maxLength: 62 });
    expect(fromZero.feeding.firstPlace).toBe(0);
    expect(fromZero.fingerprint).not.toBe(encoder.fingerprint);
  });

  it.each(["float32", "float16", "bool"] as const)("take a mask of %s", async (dataType) => {
    const inputs = [ids("input_ids"), { name: "attention_mask", dataType, dims: ["batch", "tokens"] } as const];
    const model = exported({ inputs, nodes: [named("last_hidden_state")], mask: "mask" });
    near(await embed(write({ ...model, nodes: [toFloat, ...model.nodes] })), await embed(usual()));
  });

  it.each([
    ["float16", 10],
    ["bfloat16", 16],
  ] as const)("widen an output of %s", async (dataType, to) => {
    const cast: Node = {
      opType: "Cast",
      inputs: ["hidden"],
      outputs: ["last_hidden_state"],
      attributes: { to: { int: to } },
    };
    const model = exported({ outputs: [{ ...hidden, dataType }], nodes: [cast], mask: "mask" });
    const folder = write({ ...model, nodes: [toFloat, ...model.nodes] });
    near(await embed(folder), await embed(usual()), 0.05);
    expect(await embed(folder)).not.toEqual(await embed(usual()));
  });

  it("are opened by one output where another is of a type that the runtime's binding does not have", async () => {
    const cast: Node = { opType: "Cast", inputs: ["hidden"], outputs: ["other"], attributes: { to: { int: 16 } } };
    const outputs: ValueInfo[] = [hidden, { ...hidden, name: "other", dataType: "bfloat16" }];
    const model = exported({ outputs, nodes: [named("last_hidden_state"), cast], mask: "mask" });
    expect(await embed(write({ ...model, nodes: [toFloat, ...model.nodes] }))).toEqual(await embed(usual()));
  });

  it("widen an output of bfloat16 where weights lie in files of their own, which are taken along", async () => {
    const cast: Node = {
      opType: "Cast",
      inputs: ["hidden"],
      outputs: ["last_hidden_state"],
      attributes: { to: { int: 16 } },
    };
    const model = exported({ outputs: [{ ...hidden, dataType: "bfloat16" }], nodes: [cast], mask: "mask" });
    const inline = write({ ...model, nodes: [toFloat, ...model.nodes] });
    const split = write(model);
    const file = join(split, "model.onnx");
    await writeModel(file, { ...model, nodes: [toFloat, ...model.nodes] }, { externalAbove: 0 });
    expect(existsSync(`${file}.data`)).toBe(true);
    expect(await embed(split)).toEqual(await embed(inline));
    // Copies in the cache that were damaged are made anew.
    const widened = await resolveEncoder(split, { cacheDir });
    for (const copy of [widened.modelFile, join(dirname(widened.modelFile), "model.onnx.data")]) {
      const whole = readFileSync(copy);
      writeFileSync(copy, Buffer.from(whole).fill(0, whole.length - 300, whole.length - 100));
      await embed(split);
      expect(readFileSync(copy)).toEqual(whole);
    }
    // Other weights under the same graph are another model.
    const bytes = readFileSync(`${file}.data`);
    writeFileSync(`${file}.data`, bytes.fill(0, 0, 512));
    expect(await embed(split)).not.toEqual(await embed(inline));
  });

  it("take the only output of the right shape, whatever its name, and ask where there are two", async () => {
    const other: ValueInfo = { ...hidden, name: "output_0" };
    const extra: ValueInfo = { name: "attentions", dataType: "float32", dims: ["batch", 2, "tokens", "tokens"] };
    const model = exported({ outputs: [other, extra], nodes: [named("output_0"), named("attentions")], mask: "mask" });
    near(await embed(write({ ...model, nodes: [toFloat, ...model.nodes] })), await embed(usual()));
    const two = {
      ...model,
      outputs: [other, { ...other, name: "output_1" }],
      nodes: [toFloat, ...model.nodes, named("output_1")],
    };
    await expect(embed(write(two))).rejects.toThrow(/name one with --output.*output_0.*output_1/);
  });

  it.each([
    ["a batch", [2, "tokens"]],
    ["a length", ["batch", 20]],
    ["both", [2, 20]],
  ] as const)("obey %s that they are fixed to", async (_what, dims) => {
    const inputs = ["input_ids", "attention_mask"].map((name) => ids(name, [...dims]));
    const outputs: ValueInfo[] = [{ ...hidden, dims: [...dims, 8] }];
    const model = exported({ inputs, outputs, nodes: [named("last_hidden_state")], mask: "mask" });
    const folder = write({ ...model, nodes: [toFloat, ...model.nodes] });
    for (const pooling of ["cls", "mean"]) near(await embed(folder, { pooling }), await embed(usual(), { pooling }));
    const encoder = await resolveEncoder(folder);
    expect(encoder.maxLength).toBe(dims[1] === 20 ? 20 : 64);
    expect(encoder.notes.join()).toMatch(/exported for (exactly 20 tokens|batches of exactly 2 texts)/);
  });

  it("are refused when they fix the length and cannot hide padding", async () => {
    const fixed = exported({ inputs: [ids("input_ids", ["batch", 20])], nodes: [named("last_hidden_state")] });
    await expect(embed(write(fixed))).rejects.toThrow(/exactly 20 tokens and has no attention_mask/);
  });

  it("are chosen by precision in a folder of several", async () => {
    const folder = usual();
    mkdirSync(join(folder, "onnx"));
    renameSync(join(folder, "model.onnx"), join(folder, "onnx/model.onnx"));
    for (const name of ["model_quantized.onnx", "model_fp16.onnx"])
      cpSync(join(folder, "onnx/model.onnx"), join(folder, "onnx", name));
    const chosen = async (precision?: string) => {
      const { modelFile, precision: used } = await resolveEncoder(folder, { precision });
      return [modelFile.slice(folder.length + 6), used];
    };
    expect(await chosen()).toEqual(["model.onnx", "model"]);
    expect(await chosen("fp32")).toEqual(["model.onnx", "fp32"]);
    expect(await chosen("int8")).toEqual(["model_quantized.onnx", "int8"]);
    expect(await chosen("fp16")).toEqual(["model_fp16.onnx", "fp16"]);
    await expect(resolveEncoder(plain(), { precision: "int8" })).rejects.toThrow(/none of that precision by its name/);
  });

  it("find weights in several files", async () => {
    const model = exported({ nodes: [named("last_hidden_state")], mask: "mask" });
    const initializers = model.initializers.map((initializer) => {
      if (initializer.dataType !== "float32" || !(initializer.data instanceof Float32Array)) return initializer;
      return {
        ...initializer,
        data: { location: `${initializer.name}.bin`, offset: 0, length: initializer.data.byteLength },
      };
    });
    const folder = write({ ...model, nodes: [toFloat, ...model.nodes], initializers });
    for (const { name, data } of model.initializers)
      if (data instanceof Float32Array) writeFileSync(join(folder, `${name}.bin`), data);
    expect((await resolveEncoder(folder)).files.map(({ path }) => path)).toContain("words.bin");
    near(await embed(folder), await embed(usual()));
  });
});

describe("outputs that are not what they are declared as", () => {
  const reshaped = (dims: (number | string)[], target: number[], name = "last_hidden_state"): string => {
    const model = exported({
      outputs: [{ name, dataType: "float32", dims }],
      nodes: [{ opType: "Reshape", inputs: ["hidden", "target"], outputs: [name] }],
      mask: "mask",
    });
    const initializers = [...model.initializers, int64("target", [target.length], target)];
    return write({ ...model, nodes: [toFloat, ...model.nodes], initializers });
  };

  it.each([
    ["a vector a token where one a text is declared", reshaped(["batch", "width"], [0, 0, 8], "sentence_embedding")],
    ["an axis more", reshaped(["batch", "tokens", 8], [0, 0, 2, 4])],
    ["an axis less", reshaped(["batch", "tokens", 8], [0, -1])],
  ])("are refused when they run: %s", async (_what, folder) => {
    await expect(embed(folder)).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringMatching(/the output \w+ is float32 \[3, .* for an input of \[3, /),
    });
  });

  it("are refused when they hold no numbers", async () => {
    const nothing: Node = { opType: "Slice", inputs: ["hidden", "z", "z", "axis2"], outputs: ["last_hidden_state"] };
    const model = exported({
      outputs: [{ ...hidden, dims: ["batch", "tokens", "w"] }],
      nodes: [nothing],
      mask: "mask",
    });
    const folder = write({
      ...model,
      nodes: [toFloat, ...model.nodes],
      initializers: [...model.initializers, int64("z", [1], [0])],
    });
    await expect(embed(folder)).rejects.toThrow(/is float32 \[3, \d+, 0\]/);
  });

  it.each([
    ["turned", ["tokens", "batch", 8], "last_hidden_state"],
    ["as long as the longest text", ["batch", "tokens"], "sentence_embedding"],
  ])("are refused by the names of their axes: %s", async (_what, dims, name) => {
    const model = exported({ outputs: [{ name, dataType: "float32", dims }], nodes: [named(name)], mask: "mask" });
    const folder = write({ ...model, nodes: [toFloat, ...model.nodes] });
    await expect(resolveEncoder(folder)).rejects.toThrow(/where tokens is the number of tokens/);
  });

  it("may leave sizes open as -1", async () => {
    const open = (name: string) => ids(name, [-1, -1]);
    const model = exported({
      inputs: [open("input_ids"), open("attention_mask")],
      outputs: [{ ...hidden, dims: [-1, -1, 8] }],
      nodes: [named("last_hidden_state")],
      mask: "mask",
    });
    const folder = write({ ...model, nodes: [toFloat, ...model.nodes] });
    expect((await resolveEncoder(folder)).feeding).toMatchObject({ fixedBatch: null, fixedTokens: null });
    near(await embed(folder), await embed(usual()));
  });
});

describe("what would stop ONNX Runtime in the middle of a run", () => {
  it("is found before it: a tokenizer that is larger than the table of words", async () => {
    const folder = usual();
    writeFileSync(join(folder, "vocab.txt"), [...vocabulary, "more", "words"].join("\n"));
    await expect(resolveEncoder(folder)).rejects.toThrow(
      new RegExp(`numbers its tokens up to ${vocabulary.length + 1}, but .* only ${vocabulary.length} word vectors`),
    );
  });

  it("is an error of the input all the same, and says what to do", () => {
    const told = (message: string) => runtimeProblem("m.onnx", 4, 99, new Error(message));
    expect(told("Non-zero status code: indices element out of data bounds, idx=99\nmore")).toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringMatching(
        /a batch of 4 texts of up to 99 tokens.*out of data bounds, idx=99\. Most likely .*--max-length/,
      ),
    });
    expect(told("Got invalid dimensions for input: input_ids").message).toMatch(/dynamic axes/);
    expect(told("std::bad_alloc")).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/smaller --batch-tokens/),
    });
    expect(told("something else")).toMatchObject({ code: "BAD_INPUT" });
  });

  it("comes out as such from a run", async () => {
    const folder = usual();
    const encoder = await resolveEncoder(folder);
    await expect(vectorsOf(encoder, [[500]])).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringMatching(/another model/),
    });
  });
});

describe.skipIf(!hasShared)("exports that ended in a crash", () => {
  const place = sharedPath("cases/onnx-runtime-error-is-a-crash");
  const read = (name: string) =>
    Object.values(JSON.parse(readFileSync(join(place, name), "utf8"))) as { title: string; abstract: string }[];
  const run = async (folder: string, texts: string) => {
    const encoder = await resolveEncoder(join(place, folder));
    return { encoder, vectors: await vectorsOf(encoder, tokensOf(encoder, read(texts))) };
  };

  it("is cut to the 512 tokens that a RoBERTa without a configuration takes", async () => {
    const { encoder, vectors } = await run("roberta-no-config", "long.json");
    expect(encoder.maxLength).toBe(512);
    expect(vectors.flatMap((vector) => [...vector]).every(Number.isFinite)).toBe(true);
  });

  it("is run as its static shape wants", async () => {
    const { encoder, vectors } = await run("static-shape", "short.json");
    expect(encoder).toMatchObject({ maxLength: 32, feeding: { fixedBatch: 1, fixedTokens: 32 } });
    expect(vectors.flatMap((vector) => [...vector]).every(Number.isFinite)).toBe(true);
  });

  it("is refused for a tokenizer that is larger than its table", async () => {
    await expect(run("tokenizer-larger-than-table", "short.json")).rejects.toThrow(
      /the tokenizer belongs to another model/,
    );
  });
});
