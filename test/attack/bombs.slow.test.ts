import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { pickle, pickledTensor, tarFile, writeTinyCheckpoints, zipFile } from "../../scripts/tinyCheckpoints.mjs";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { watchedRun } from "./watchedRun.ts";

// Small inputs that claim to be large, or never end: each ends with exit code 2 and a message, in little memory. The time that vitest
// gives a test is the limit of its time.

/** What a run may hold beyond what it was given: the program itself takes a fifth of it. */
const mostBytes = 600e6;

/** Processor time of a run on a slow machine; a fast one takes a fifth of it. */
const mostSeconds = 20;

const mini = join(import.meta.dirname, "../../models/mini");
const paper = (title: string): string => JSON.stringify({ a: { paper_id: "a", title, abstract: "x" } });
const embed = (model: string): string[] => [
  "embed",
  "--model",
  model,
  "--papers",
  "papers.json",
  "-o",
  "out.jsonl",
  "--no-store",
];

interface Bomb {
  readonly name: string;
  readonly lay: (folder: string) => void;
  readonly args: readonly string[];
  readonly message: RegExp;
  readonly needsShared?: boolean;
}

/** Lines of vectors that are all the same. */
function alike(lines: number): string {
  const numbers = "0.25, ".repeat(63);
  return Array.from({ length: lines }, (_, index) => `{"paper_id": "p${index}", "embedding": [${numbers}0.25]}\n`).join(
    "",
  );
}

/** A Hugging Face folder of a tiny BERT, to put something wrong into. */
function tinyModel(folder: string): string {
  writeTinyCheckpoints(folder, { seed: 1 });
  writeFileSync(join(folder, "papers.json"), paper("a title"));
  return join(folder, "hf");
}

const bombs: readonly Bomb[] = [
  ...["rows_100000000.parquet", "fuzz_parquet_fatal.parquet"].map((name) => ({
    name: `a parquet file that claims too much (${name})`,
    lay: (folder: string) => cpSync(sharedPath("cases/attack"), folder, { recursive: true }),
    args: ["compare", "good.parquet", name],
    message: /parquet: .*a damaged file/,
    needsShared: true,
  })),
  {
    name: "a packed file of one line over and over",
    lay: (folder) => {
      const line = `{"paper_id": "p", "embedding": [${"0.25, ".repeat(63)}0.25]}\n`;
      writeFileSync(join(folder, "v.jsonl.gz"), gzipSync(line.repeat(400_000)));
    },
    args: ["compare", "v.jsonl.gz", "v.jsonl.gz"],
    message: /unpacks to more than 50 times its/,
  },
  {
    name: "a packed file of many lines that are alike",
    lay: (folder) => writeFileSync(join(folder, "v.jsonl.gz"), gzipSync(alike(400_000))),
    args: ["compare", "v.jsonl.gz", "v.jsonl.gz"],
    message: /unpacks to more than 50 times its/,
  },
  {
    name: "a packed file that says at its end that it is small",
    lay: (folder) =>
      writeFileSync(join(folder, "v.jsonl.gz"), Buffer.concat([gzipSync(alike(400_000)), gzipSync("\n")])),
    args: ["compare", "v.jsonl.gz", "v.jsonl.gz"],
    message: /unpacks to more than 50 times its/,
  },
  {
    name: "twelve gigabytes whose second line is bad",
    lay: (folder) => {
      writeFileSync(join(folder, "v.jsonl"), `${alike(1)}nonsense\n${alike(20_000)}`);
      truncateSync(join(folder, "v.jsonl"), 12e9);
    },
    args: ["compare", "v.jsonl", "v.jsonl"],
    message: /v\.jsonl:2: is not a whole JSON object/,
  },
  {
    name: "twelve gigabytes of one line",
    lay: (folder) => {
      writeFileSync(join(folder, "v.jsonl"), alike(1));
      truncateSync(join(folder, "v.jsonl"), 12e9);
    },
    args: ["compare", "v.jsonl", "v.jsonl"],
    message: /holds a line of more than 16 MB/,
  },
  {
    name: "a vector of nothing but brackets",
    lay: (folder) => {
      const brackets = `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`;
      writeFileSync(join(folder, "v.jsonl"), `{"paper_id": "a", "embedding": ${brackets}}\n`);
    },
    args: ["compare", "v.jsonl", "v.jsonl"],
    message: /v\.jsonl:1: the embedding of paper a holds a value that is nested too deeply/,
  },
  {
    name: "three gigabytes of one triplet",
    lay: (folder) => {
      tinyModel(folder);
      writeFileSync(join(folder, "t.jsonl"), '{"query": "a');
      truncateSync(join(folder, "t.jsonl"), 3e9);
    },
    args: "train --init hf --train-path t.jsonl --dev-path t.jsonl --papers papers.json -o out".split(" "),
    message: /t\.jsonl: holds a line of more than 1 MB/,
  },
  {
    name: "twelve gigabytes of papers, the first of which is bad",
    lay: (folder) => {
      writeFileSync(join(folder, "papers.json"), '{"a": {"paper_id": "a", "title": 7},\n');
      truncateSync(join(folder, "papers.json"), 12e9);
    },
    args: embed(mini),
    message: /papers\.json:1: paper a.*"title" is of type number/,
  },
  {
    name: "papers whose text does not end",
    lay: (folder) => {
      writeFileSync(join(folder, "papers.json"), '{"a": {"paper_id": "a", "title": "');
      truncateSync(join(folder, "papers.json"), 12e9);
    },
    args: embed(mini),
    message: /papers\.json/,
  },
  ...["model.onnx", "tokenizer.json", "config.json", "tokenizer_config.json"].map((name) => ({
    name: `eight gigabytes of nothing as a model's ${name}`,
    lay: (folder: string) => {
      cpSync(mini, join(folder, "model"), { recursive: true });
      truncateSync(join(folder, "model", name), 8e9);
      writeFileSync(join(folder, "papers.json"), paper("a title"));
    },
    args: embed("./model"),
    message: new RegExp(name),
  })),
  ...["vocab.txt"].map((name) => ({
    name: `eight gigabytes of nothing as a checkpoint's ${name}`,
    lay: (folder: string) => {
      truncateSync(join(tinyModel(folder), name), 8e9);
    },
    args: embed("hf"),
    message: new RegExp(name),
  })),
  {
    name: "an archive of nothing but zeros",
    lay: (folder) => {
      const zeros = tarFile([{ name: "weights.th", bytes: Buffer.alloc(150_000_000) }]);
      writeFileSync(join(folder, "model.tar.gz"), gzipSync(zeros));
      writeFileSync(join(folder, "papers.json"), paper("a title"));
    },
    args: embed("model.tar.gz"),
    message: /unpacks to more than 20 times its/,
  },
  {
    name: "a title of many megabytes",
    lay: (folder) => writeFileSync(join(folder, "papers.json"), paper("x".repeat(12_000_000))),
    args: embed(mini),
    message: /paper a: its title and abstract have 12000001 characters/,
  },
  {
    name: "a regular expression that does not come to an end",
    lay: (folder) => {
      cpSync(mini, join(folder, "model"), { recursive: true });
      execFileSync("rm", [join(folder, "model/tokenizer_config.json"), join(folder, "model/vocab.txt")]);
      const tokenizer = JSON.parse(readFileSync(join(mini, "tokenizer.json"), "utf8"));
      tokenizer.pre_tokenizer = { type: "Split", pattern: { Regex: "(a+)+$" }, behavior: "Isolated", invert: false };
      writeFileSync(join(folder, "model/tokenizer.json"), JSON.stringify(tokenizer));
      writeFileSync(join(folder, "papers.json"), paper(`${"a".repeat(50)}!`));
    },
    args: embed("./model"),
    message: /does not come to an end with the text "aaaa/,
  },
  ...[
    { name: "a normalizer that does not come to an end with one of its tokens", args: embed("./model") },
    {
      name: "a training with a tokenizer that does not come to an end",
      args: "train --init hf --train-path t.jsonl --dev-path t.jsonl --papers papers.json -o out".split(" "),
    },
  ].map(({ name, args }) => ({
    name,
    lay: (folder: string) => {
      const tokenizer = JSON.parse(readFileSync(join(mini, "tokenizer.json"), "utf8"));
      tokenizer.normalizer = { type: "Replace", pattern: { Regex: "(a+)+$" }, content: "b" };
      const endless = `${"a".repeat(50)}!`;
      tinyModel(folder);
      writeFileSync(join(folder, "papers.json"), paper(endless));
      const triplet = { query: "a", positive: "a", negative: "a", kind: "easy" };
      writeFileSync(join(folder, "t.jsonl"), `${JSON.stringify(triplet)}\n`);
      for (const model of ["model", "hf"]) {
        if (model === "model") {
          cpSync(mini, join(folder, model), { recursive: true });
          const { vocab } = tokenizer.model;
          const [fifth = ""] = Object.entries(vocab).find(([, id]) => id === 5) ?? [];
          delete vocab[fifth];
          vocab[endless] = 5;
          tokenizer.added_tokens.push({
            ...tokenizer.added_tokens[0],
            content: endless,
            id: 5,
            normalized: true,
            special: false,
          });
        }
        rmSync(join(folder, model, "vocab.txt"), { force: true });
        writeFileSync(join(folder, model, "tokenizer.json"), JSON.stringify(tokenizer));
        tokenizer.added_tokens.pop();
      }
    },
    args,
    message: /the tokenizer does not come to an end with the text/,
  })),
  {
    name: "a billion layers",
    lay: (folder) => {
      const config = join(tinyModel(folder), "config.json");
      const fields = JSON.parse(readFileSync(config, "utf8"));
      writeFileSync(config, JSON.stringify({ ...fields, num_hidden_layers: 1e9 }));
    },
    args: embed("hf"),
    message: /num_hidden_layers/,
  },
  {
    name: "a pickle of lists that hold each other",
    lay: (folder) => {
      const twice = (index: number): Buffer => Buffer.from([0x68, index, 0x68, index, 0x86, 0x71, index + 1]);
      const laugh = [Buffer.from("]q\x00"), ...Array.from({ length: 60 }, (_, index) => twice(index))];
      const bytes = Buffer.concat([pickle.begin, ...laugh, pickle.stop]);
      writeFileSync(join(tinyModel(folder), "pytorch_model.bin"), bytes);
    },
    args: embed("hf"),
    message: /pytorch_model\.bin: .*/,
  },
  {
    name: "a pickle of dictionaries that hold each other",
    lay: (folder) => {
      const around = (level: number): Buffer[] => [
        Buffer.from("0}("),
        ...Array.from({ length: 40 }, (_, key) => Buffer.concat([pickle.text(`k${key}`), Buffer.of(0x68, level)])),
        Buffer.of(0x75, 0x71, level + 1),
      ];
      const levels = Array.from({ length: 8 }, (_, level) => around(level)).flat();
      const bytes = Buffer.concat([pickle.begin, Buffer.from("}q\x00"), ...levels, pickle.stop]);
      writeFileSync(join(tinyModel(folder), "pytorch_model.bin"), zipFile([["m/data.pkl", bytes]]));
    },
    args: embed("hf"),
    message: /its dictionaries have over 1000000 entries/,
  },
  {
    name: "one number that says it is the words' matrix",
    lay: (folder) => {
      const claims = { key: "0", shape: [100_000_000, 64], strides: [0, 0], count: 1 };
      const name = "embeddings.word_embeddings.weight";
      const bytes = Buffer.concat([pickle.begin, pickle.dictionary([[name, pickledTensor(claims)]]), pickle.stop]);
      const file = zipFile([
        ["m/data.pkl", bytes],
        ["m/data/0", Buffer.alloc(4)],
      ]);
      writeFileSync(join(tinyModel(folder), "pytorch_model.bin"), file);
    },
    args: embed("hf"),
    message: /word_embeddings\.weight take 25600000000 bytes, and the file has/,
  },
  {
    name: "a record of nothing but objects",
    lay: (folder) => writeFileSync(join(folder, "r.json"), `[${"{},".repeat(40_000_000)}{}]`),
    args: ["table", "r.json"],
    message: /its lists hold 40000000 values/,
  },
  {
    name: "a paper of nothing but objects",
    lay: (folder) => {
      const references = `[${"{},".repeat(5_000_000)}{}]`;
      writeFileSync(join(folder, "papers.json"), `{"a": {"title": "t", "references": ${references}}}`);
    },
    args: embed(mini),
    message: /papers\.json:1: .*lists, objects and keys/,
  },
  {
    name: "judgements of millions of lines",
    lay: (folder) => {
      cpSync(join(mini, "../../datasets/mini"), join(folder, "data"), { recursive: true });
      writeFileSync(join(folder, "data/cite/test.qrel"), "q 0 a 1\n".repeat(7_000_000));
    },
    args: ["run", "--model", "mini", "--data", "data", "--tasks", "cite", "--no-store", "-o", "r.json"],
    message: /test\.qrel: has over 1048576 lines/,
  },
  {
    name: "ids that are millions of numbers",
    lay: (folder) => {
      const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }".padEnd(117);
      const head = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, "latin1");
      writeFileSync(join(folder, "v.npy"), Buffer.concat([head, Buffer.alloc(4)]));
      writeFileSync(join(folder, "v.ids.json"), `{"paper_ids": [${"1,".repeat(2_000_000)}1]}`);
    },
    args: ["compare", "v.npy", "v.npy"],
    message: /v\.ids\.json: expected \{"paper_ids": \[id, …\]\} with every id a text/,
  },
  {
    name: "a record of many wrong values",
    lay: (folder) => {
      const scores = Object.fromEntries(Array.from({ length: 800_000 }, (_, index) => [`a${index}`, "x"]));
      writeFileSync(join(folder, "r.json"), JSON.stringify({ schemaVersion: 2, scores }));
    },
    args: ["table", "r.json"],
    message: /r\.json: is not a valid run record/,
  },
  {
    name: "a safetensors header of many wrong tensors",
    lay: (folder) => {
      const header = Buffer.from(`{${Array.from({ length: 600_000 }, (_, index) => `"a${index}":1`).join(",")}}`);
      const length = Buffer.alloc(8);
      length.writeUInt32LE(header.length);
      const model = tinyModel(folder);
      rmSync(join(model, "pytorch_model.bin"));
      writeFileSync(join(model, "model.safetensors"), Buffer.concat([length, header]));
    },
    args: embed("hf"),
    message: /its header names over 50000 tensors/,
  },
  ...[
    { what: "records", kind: "x", bytes: Buffer.alloc(1 << 20, "1 "), count: 60, message: /has an oversized record/ },
    { what: "entries", kind: "0", bytes: Buffer.alloc(0), count: 60_000, message: /has over 10000 entries/ },
  ].map(({ what, kind, bytes, count, message }) => ({
    name: `an archive of ${what}`,
    lay: (folder: string) => {
      const entries = Array.from({ length: count }, () => ({ name: "config.json", bytes, kind }));
      writeFileSync(join(folder, "model.tar.gz"), gzipSync(tarFile(entries)));
      writeFileSync(join(folder, "papers.json"), paper("a title"));
    },
    args: embed("model.tar.gz"),
    message,
  })),
  {
    name: "a pickle of pushes",
    lay: (folder) => {
      const bytes = Buffer.concat([pickle.begin, Buffer.alloc(30_000_000, "]")]);
      writeFileSync(join(tinyModel(folder), "pytorch_model.bin"), zipFile([["m/data.pkl", bytes]]));
    },
    args: embed("hf"),
    message: /holds more values than any state dict/,
  },
  ...["jsonl", "npy", "parquet", "safetensors"].map((ending) => ({
    name: `a pipe as vectors (${ending})`,
    lay: (folder: string) => execFileSync("mkfifo", [join(folder, `v.${ending}`)]),
    args: ["compare", `v.${ending}`, `v.${ending}`],
    message: /is a pipe, not a file/,
  })),
  {
    name: "a pipe as papers",
    lay: (folder) => execFileSync("mkfifo", [join(folder, "papers.json")]),
    args: embed(mini),
    message: /papers\.json: is a pipe, not a file/,
  },
  {
    name: "a pipe as a record",
    lay: (folder) => execFileSync("mkfifo", [join(folder, "r.json")]),
    args: ["table", "r.json"],
    message: /r\.json: is a pipe, not a file/,
  },
];

describe.skipIf(process.platform === "win32")("a small input that would take all", () => {
  it.each(bombs)("$name ends with exit code 2 in little memory", async ({ lay, args, message, needsShared }) => {
    if (needsShared === true && !hasShared) return;
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    lay(folder);
    const { exitCode, stderr, peakBytes, busySeconds } = await watchedRun(folder, args);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
    expect(stderr).not.toMatch(/^ +at /m);
    if (peakBytes !== null) expect(peakBytes).toBeLessThan(mostBytes);
    if (busySeconds !== null) expect(busySeconds).toBeLessThan(mostSeconds);
  });
});
