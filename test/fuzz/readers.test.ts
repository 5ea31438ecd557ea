import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openVectorStore } from "../../src/embed/store/store.ts";
import { readBertConfig } from "../../src/encoders/architectures/bert/bertConfig.ts";
import { readArchiveConfig } from "../../src/encoders/checkpoints/allenNlp.ts";
import { readModelSignature } from "../../src/encoders/modelSignature.ts";
import { openTokenizer } from "../../src/encoders/text/tokenizer.ts";
import { ScidocsError } from "../../src/errors.ts";
import { buildModel } from "../../src/onnx/encode.ts";
import { parseGateConfig } from "../../src/results/gate/gateConfig.ts";
import { readRecord, recordText } from "../../src/results/record.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { damaged } from "./damage.ts";

// Any bytes give a result or a coded error, never a crash or a hang: here for the readers of records, configurations, models, tokenizers and
// stores. Readers of datasets, vectors and checkpoints have their own such tests beside their other ones.

const folder = mkdtempSync(join(tmpdir(), "scidocs-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const shipped = (name: string): Buffer => readFileSync(join(import.meta.dirname, "../../models/mini", name));
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A reader under test: a file it takes, and what it does with a path. */
interface Reader {
  readonly name: string;
  readonly fileName: string;
  readonly valid: () => Uint8Array | Promise<Uint8Array>;
  readonly read: (path: string) => unknown;
  readonly runs?: number;
}

const identity = { fingerprint: sha256("a model"), settings: { model: "m", pooling: "cls", maxLength: 8 } };

async function storeBytes(): Promise<Uint8Array> {
  const store = await openVectorStore(join(folder, "valid-store"), identity);
  store.beginJob({ batchTokens: 16, windowTexts: 2, keys: ["a", "b", "c"].map(sha256) });
  for (const text of ["a", "b", "c"]) {
    store.append([{ key: sha256(text), paperId: text, truncated: false }], Float32Array.of(1, 2, 3), 3);
  }
  await store.close();
  const [segment] = readdirSync(store.folder);
  return readFileSync(join(store.folder, segment ?? ""));
}

async function readStore(path: string): Promise<void> {
  const store = await openVectorStore(path, identity);
  try {
    for (const text of ["a", "b", "c"]) {
      const found = store.read(sha256(text));
      // A vector that survives is the one that was stored: the checksums see to it.
      if (found !== null) expect([...found.vector]).toEqual([1, 2, 3]);
    }
  } finally {
    await store.close();
  }
}

const tinyModel = (): Uint8Array =>
  buildModel({
    name: "tiny",
    inputs: [{ name: "input_ids", dataType: "int64", dims: ["batch", "tokens"] }],
    outputs: [{ name: "last_hidden_state", dataType: "float32", dims: ["batch", "tokens", 4] }],
    nodes: [{ opType: "Gather", inputs: ["words", "input_ids"], outputs: ["last_hidden_state"] }],
    initializers: [{ name: "words", dataType: "float32", dims: [3, 4], data: new Float32Array(12) }],
  });

const bertConfig = {
  model_type: "bert",
  vocab_size: 9,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 16,
  max_position_embeddings: 8,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  hidden_act: "gelu",
};
const archiveConfig = {
  dataset_reader: {
    concat_title_abstract: true,
    max_sequence_length: 256,
    token_indexers: { bert: { type: "bert-pretrained", pretrained_model: "data/vocab.txt" } },
  },
  model: { title_encoder: { type: "boe", averaged: true } },
};
const gateConfig = {
  gate: {
    baseline: "old.json",
    maxDrop: { Avg: 0.5, cite: 0.3 },
    significant: true,
    min: { "mag-f1": 80 },
    minCoverage: 99.5,
  },
};
const json = (value: unknown) => (): Uint8Array => Buffer.from(JSON.stringify(value));
const tokenize = (vocabulary: string, config: string | null): void => {
  const { ids } = openTokenizer({ vocabulary, config }).encode("Deep learning of \u001b[31mgraphs", 16);
  expect(ids.length).toBeLessThanOrEqual(16);
};

const readers: readonly Reader[] = [
  {
    name: "a run record",
    fileName: "record.json",
    valid: () => Buffer.from(recordText(buildRecord({ items: 4 }))),
    read: readRecord,
  },
  {
    name: "a gate's configuration",
    fileName: "scidocs.config.json",
    valid: json(gateConfig),
    read: (path) => parseGateConfig(readFileSync(path, "utf8"), path),
  },
  { name: "a BERT configuration", fileName: "config.json", valid: json(bertConfig), read: readBertConfig },
  { name: "an archive's configuration", fileName: "archive.json", valid: json(archiveConfig), read: readArchiveConfig },
  { name: "an ONNX file's signature", fileName: "model.onnx", valid: tinyModel, read: readModelSignature, runs: 300 },
  {
    name: "a tokenizer.json",
    fileName: "tokenizer.json",
    valid: () => shipped("tokenizer.json"),
    read: (path) => tokenize(path, null),
    runs: 30,
  },
  {
    name: "a vocab.txt",
    fileName: "vocab.txt",
    valid: () => shipped("vocab.txt").subarray(0, 3000),
    read: (path) => tokenize(path, null),
    runs: 25,
  },
  {
    name: "a tokenizer's configuration",
    fileName: "tokenizer_config.json",
    valid: () => shipped("tokenizer_config.json"),
    read: (path) => tokenize(join(folder, "whole-vocab.txt"), path),
    runs: 25,
  },
  { name: "a store of vectors", fileName: "store.vectors", valid: storeBytes, read: readStore },
];

beforeAll(() => writeFileSync(join(folder, "whole-vocab.txt"), shipped("vocab.txt")));

test.each(readers)("any bytes as $name give a result or a coded error that is safe to print", async (reader) => {
  const path = join(folder, reader.fileName);
  const valid = await reader.valid();
  writeFileSync(path, valid);
  await reader.read(path);
  await fc.assert(
    fc.asyncProperty(damaged(valid), async (bytes) => {
      writeFileSync(path, bytes);
      try {
        await reader.read(path);
      } catch (error) {
        if (!(error instanceof ScidocsError)) throw error;
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
        expect(error.message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      }
    }),
    { numRuns: reader.runs ?? 100, seed: 11 },
  );
});

test("a key __proto__ in a configuration is refused by name, and changes nothing", () => {
  const hostile = ['{"gate": {"min": {"__proto__": 1}}}', '{"gate": {}, "__proto__": {"polluted": true}}'];
  for (const text of hostile) expect(() => parseGateConfig(text, "c.json")).toThrow(/__proto__ is no name to be used/);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.prototype).not.toHaveProperty("polluted");
});
