import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildModel } from "../../src/onnx/encode.ts";
import { float32, int64, type Model, type Node, type ValueInfo } from "../../src/onnx/model.ts";

/** A repeatable source of numbers in [-1, 1). */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

const words =
  "graph paper of neural protein cell the a model citation network deep learning in for vector gene ##s ##ing ##ed".split(
    " ",
  );
export const vocabulary = [
  "[PAD]",
  "",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  ...words,
  ...[..."abcdefghijklmnopqrstuvwxyz.-"],
  ..."abcdefghijklmnopqrstuvwxyz".split("").map((letter) => `##${letter}`),
];

/** What to leave out of, or add to, the tiny encoder. */
export interface TinyEncoderOptions {
  readonly inputs?: readonly ValueInfo[];
  readonly outputs?: readonly string[];
  readonly dimensions?: number;
  /** A word whose weights are not numbers. */
  readonly brokenWord?: string;
  /**
   * Adds the mean over the whole batch, padding and all, to every output: what batches do to the last bits of float32 and to more of
   * int8, made large enough to see.
   */
  readonly batchSensitive?: boolean;
}

const idsInput = (name: string): ValueInfo => ({ name, dataType: "int64", dims: ["batch", "tokens"] });
export const defaultInputs = [idsInput("input_ids"), idsInput("attention_mask")];

/**
 * An encoder of one attention layer with 64 positions: every output depends on every real token, on its place, and on the mask.
 * Its outputs: `last_hidden_state`, and on request `sentence_embedding` (the sum over all positions).
 */
export function tinyModel(options: TinyEncoderOptions = {}): Model {
  const dimensions = options.dimensions ?? 8;
  const outputs = options.outputs ?? ["last_hidden_state"];
  const next = seededNumbers(7);
  const weights = (count: number): Float32Array => Float32Array.from({ length: count }, next);
  const wordWeights = weights(vocabulary.length * dimensions);
  const broken = vocabulary.indexOf(options.brokenWord ?? "");
  if (options.brokenWord !== undefined) wordWeights.fill(Number.NaN, broken * dimensions, (broken + 1) * dimensions);
  const nodes: Node[] = [
    { opType: "Gather", inputs: ["words", "input_ids"], outputs: ["tokens"] },
    { opType: "Shape", inputs: ["input_ids"], outputs: ["shape"] },
    { opType: "Gather", inputs: ["shape", "one"], outputs: ["width"] },
    { opType: "Range", inputs: ["zero", "width", "one"], outputs: ["places"] },
    { opType: "Gather", inputs: ["embeddings.position_embeddings.weight", "places"], outputs: ["placed"] },
    { opType: "Add", inputs: ["tokens", "placed"], outputs: ["x"] },
    { opType: "Transpose", inputs: ["x"], outputs: ["xT"], attributes: { perm: { ints: [0, 2, 1] } } },
    { opType: "MatMul", inputs: ["x", "xT"], outputs: ["raw"] },
    { opType: "Cast", inputs: ["attention_mask"], outputs: ["mask"], attributes: { to: { int: 1 } } },
    { opType: "Unsqueeze", inputs: ["mask", "axis1"], outputs: ["row"] },
    { opType: "Sub", inputs: ["row", "unit"], outputs: ["off"] },
    { opType: "Mul", inputs: ["off", "large"], outputs: ["penalty"] },
    { opType: "Add", inputs: ["raw", "penalty"], outputs: ["scores"] },
    { opType: "Softmax", inputs: ["scores"], outputs: ["attention"], attributes: { axis: { int: -1 } } },
    { opType: "MatMul", inputs: ["attention", "x"], outputs: ["mixed"] },
    { opType: "ReduceMean", inputs: ["x"], outputs: ["batchMean"], attributes: { keepdims: { int: 0 } } },
    { opType: "Add", inputs: ["x", options.batchSensitive ? "batchMean" : "mixed"], outputs: ["last_hidden_state"] },
    {
      opType: "ReduceSum",
      inputs: ["mixed", "axis1"],
      outputs: ["sentence_embedding"],
      attributes: { keepdims: { int: 0 } },
    },
  ];
  return {
    name: "tiny",
    inputs: options.inputs ?? defaultInputs,
    outputs: outputs.map((name) => ({
      name,
      dataType: "float32",
      dims: name === "sentence_embedding" ? ["batch", dimensions] : ["batch", "tokens", dimensions],
    })),
    nodes,
    initializers: [
      float32("words", [vocabulary.length, dimensions], wordWeights),
      float32("embeddings.position_embeddings.weight", [64, dimensions], weights(64 * dimensions)),
      int64("zero", [], [0]),
      int64("one", [], [1]),
      int64("axis1", [1], [1]),
      float32("unit", [], [1]),
      float32("large", [], [1e9]),
    ],
  };
}

/** Writes the tiny encoder with its vocabulary and returns the model file's path. */
export function writeTinyEncoder(folder: string, options: TinyEncoderOptions = {}): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "tiny.onnx");
  writeFileSync(file, buildModel(tinyModel(options)));
  writeFileSync(join(folder, "vocab.txt"), `${vocabulary.join("\n")}\n`);
  return file;
}

/** Papers of very different lengths, some with the same text, one empty, one without an abstract. */
export function tinyPapers(count: number, seed = 3): { id: string; title: string | null; abstract: string | null }[] {
  const next = seededNumbers(seed);
  const text = (length: number): string =>
    Array.from({ length }, () => words[Math.floor(((next() + 1) / 2) * (words.length - 3))] ?? "a").join(" ");
  return Array.from({ length: count }, (_, index) => ({
    id: `p${index}`,
    title: index === 3 ? null : text(2 + (index % 5)),
    abstract: index === 3 ? "" : index % 7 === 2 ? null : text(Math.floor(20 + 19 * next())),
  }));
}
