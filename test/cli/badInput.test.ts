import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { freshFolder, main, runScidocs } from "./runScidocs.ts";

/** Files of a folder by path; a dataset of one query and three candidates, whole and good. */
const good: Readonly<Record<string, string>> = {
  "data/cite/test.qrel": "q 0 a 1\nq 0 b 0\nq 0 c 0\n",
  "data/mag/train.csv": "pid,class_label\na,0\nb,0\nc,0\nd,1\ne,1\nf,1\n",
  "data/mag/val.csv": "pid,class_label\na,0\n",
  "data/mag/test.csv": "pid,class_label\nd,1\n",
  "data/paper_metadata_view_cite_read.json": JSON.stringify(
    Object.fromEntries(["q", "a", "b", "c"].map((id) => [id, { paper_id: id, title: `paper ${id}`, abstract: null }])),
  ),
  "vectors.jsonl": ["q", "a", "b", "c", "d", "e", "f"]
    .map((id, index) => `${JSON.stringify({ paper_id: id, embedding: [index % 4, index > 3 ? 1 : 0] })}\n`)
    .join(""),
  "empty/readme.txt": "nothing here",
  "text.onnx": "this is no model",
  "vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\n",
};

const cite = ["score", "--data", "data", "--user-citation", "vectors.jsonl", "--tasks", "cite"];
const mag = ["score", "--data", "data", "--cls", "vectors.jsonl", "--tasks", "mag"];

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** Files that replace the good ones; null takes one away. */
  readonly change?: Readonly<Record<string, string | null>>;
  /** What the message must say: where, what, and what to do. */
  readonly says: readonly (string | RegExp)[];
}

const vectorsWith = (line: string): Record<string, string> => ({
  "vectors.jsonl": `${good["vectors.jsonl"]}${line}\n`,
});

const cases: readonly Case[] = [
  { name: "a vector file that is not there", args: cite, change: { "vectors.jsonl": null }, says: ["vectors.jsonl"] },
  {
    name: "a label file that is not there",
    args: cite,
    change: { "data/cite/test.qrel": null },
    says: ["task cite cannot run", "cite/test.qrel"],
  },
  {
    name: "a CSV file without its label column",
    args: mag,
    change: { "data/mag/train.csv": "pid\na\n" },
    says: ["mag/train.csv:1", "pid,class_label"],
  },
  {
    name: "a label that is no integer",
    args: mag,
    change: { "data/mag/train.csv": "pid,class_label\na,0\nb,physics\n" },
    says: ["mag/train.csv:3", "physics"],
  },
  {
    name: "a CSV row with a field missing",
    args: mag,
    change: { "data/mag/test.csv": "pid,class_label\nd\n" },
    says: ["mag/test.csv:2"],
  },
  {
    name: "a malformed JSON line",
    args: cite,
    change: vectorsWith('{"paper_id": "a", "embedding": [1, 2'),
    says: ["vectors.jsonl:8"],
  },
  {
    name: "a JSON line without an embedding",
    args: cite,
    change: vectorsWith('{"paper_id": "a", "vector": [1, 2]}'),
    says: ["vectors.jsonl:8", "embedding"],
  },
  {
    name: "a vector of another length",
    args: cite,
    change: vectorsWith('{"paper_id": "a", "embedding": [1, 2, 3]}'),
    says: ["vectors.jsonl:8", /3 numbers/],
  },
  {
    name: "a vector with NaN",
    args: cite,
    change: vectorsWith('{"paper_id": "a", "embedding": [NaN, 2]}'),
    says: ["vectors.jsonl:8", "NaN"],
  },
  {
    name: "a vector with an infinite number",
    args: cite,
    change: vectorsWith('{"paper_id": "a", "embedding": [1e999, 2]}'),
    says: ["vectors.jsonl:8"],
  },
  {
    name: "a judgement with a field missing",
    args: cite,
    change: { "data/cite/test.qrel": "q 0 a 1\nq 0 b\n" },
    says: ["cite/test.qrel:2", "4 fields"],
  },
  {
    name: "a blank line among the judgements",
    args: cite,
    change: { "data/cite/test.qrel": "q 0 a 1\n\nq 0 b 0\n" },
    says: ["cite/test.qrel:2", "blank"],
  },
  {
    name: "a judgement given twice",
    args: cite,
    change: { "data/cite/test.qrel": "q 0 a 1\nq 0 b 0\nq 0 a 0\n" },
    says: ["cite/test.qrel:3", "q", "a"],
  },
  {
    name: "vectors of other papers",
    args: cite,
    change: { "vectors.jsonl": '{"paper_id": "other", "embedding": [1, 2]}\n' },
    says: ["vectors.jsonl", "are these the vectors of this dataset"],
  },
  { name: "an unknown task", args: [...cite.slice(0, -1), "citations"], says: ["Unknown task citations", "co-cite"] },
  { name: "an unknown flag", args: [...cite, "--task", "cite"], says: ["unknown option '--task'", "--tasks"] },
  { name: "an unknown command", args: ["scroe"], says: ["unknown command 'scroe'", "score"] },
  { name: "no vectors at all", args: ["score", "--data", "data"], says: ["--cls, --user-citation or --recomm"] },
  {
    name: "a dataset folder that is not there",
    args: ["run", "--model", "mini", "--data", "nowhere"],
    says: ["nowhere is not a folder", "scidocs data pull"],
  },
  {
    name: "an empty dataset",
    args: ["run", "--model", "mini", "--data", "empty"],
    says: ["holds no SciDocs files", "paper_metadata_mag_mesh.json"],
  },
  {
    name: "metadata that is cut off",
    args: ["run", "--model", "mini", "--data", "data", "--tasks", "cite"],
    change: { "data/paper_metadata_view_cite_read.json": '{"q": {"paper_id": "q", "title": "pap' },
    says: ["paper_metadata_view_cite_read.json"],
  },
  {
    name: "a model that is not there",
    args: ["run", "--model", "nowhere.onnx", "--data", "data"],
    says: ["--model nowhere.onnx"],
  },
  {
    name: "a model that is not ONNX",
    args: ["run", "--model", "text.onnx", "--data", "data", "--tasks", "cite"],
    says: ["text.onnx", /not an ONNX model/],
  },
  {
    name: "a model without a tokenizer",
    args: ["run", "--model", "alone/deep/model.onnx", "--data", "data", "--tasks", "cite"],
    change: { "alone/deep/model.onnx": "x" },
    says: ["no tokenizer.json, vocab.txt"],
  },
  {
    name: "a model's output that it does not have",
    args: ["run", "--model", "mini", "--output", "pooler_output"],
    says: ["pooler_output", "sentence_embedding"],
  },
  {
    name: "an output of embed in a format that does not exist, before anything is embedded",
    args: ["embed", "--model", "nowhere.onnx", "--papers", "vocab.txt", "-o", "vectors.csv"],
    says: ["vectors.csv", ".jsonl, .jsonl.gz, .npy, .safetensors, .parquet"],
  },
  {
    name: "vectors in a format that does not exist",
    args: ["score", "--data", "data", "--user-citation", "vectors.csv"],
    change: { "vectors.csv": "paper_id,1,2\n" },
    says: ["vectors.csv", ".jsonl, .jsonl.gz, .npy, .safetensors, .parquet"],
  },
  {
    name: "an -o that is no run record",
    args: [...cite, "-o", "vocab.txt"],
    says: ["vocab.txt", "not a run record"],
  },
  { name: "an -o that is a folder", args: [...cite, "-o", "empty"], says: ["empty: is a folder; name a file"] },
  {
    name: "an -o below a file",
    args: ["run", "--model", "mini", "--data", "data", "--tasks", "cite", "-o", "vocab.txt/r.json"],
    says: ["vocab.txt/r.json: cannot be written", "vocab.txt is no folder"],
  },
  {
    name: "a default place that is taken by a file",
    args: ["baseline", "zero", "--data", "data", "--tasks", "cite"],
    change: { results: "a file" },
    says: ["results is no folder"],
  },
  {
    name: "an -o that is one of the vector files, however it is forced",
    args: [...cite, "-o", "data/../vectors.jsonl", "--force"],
    says: ["data/../vectors.jsonl: is one of the files to be read"],
  },
  {
    name: "a folder for runs that is a file",
    args: [...cite, "--export-runs", "vocab.txt"],
    says: ["vocab.txt is no folder"],
  },
  {
    name: "vectors that would replace the papers they are made of",
    args: ["embed", "--model", "mini", "--papers", "data/papers.jsonl", "-o", "data/papers.jsonl"],
    change: { "data/papers.jsonl": "{}" },
    says: ["data/papers.jsonl: is one of the files to be read"],
  },
  {
    name: "vectors that are to go to a folder, before anything is embedded",
    args: ["embed", "--model", "nowhere", "--papers", "vocab.txt", "-o", "folder.npy"],
    change: { "folder.npy/readme.txt": "here" },
    says: ["folder.npy: is a folder"],
  },
  {
    name: "a store that is a file",
    args: ["run", "--model", "mini", "--data", "data", "--tasks", "cite", "--store", "vocab.txt"],
    says: ["vocab.txt"],
  },
];

describe("bad input exits 2 with a message that says where and what, and writes nothing", () => {
  const base = freshFolder();
  test.each(cases.map((one) => [one.name, one] as const))("%s", (name, { args, change, says }) => {
    const folder = join(base, name.replaceAll(/\W+/g, "-"));
    for (const [path, text] of Object.entries({ ...good, ...change })) {
      if (text === null) continue;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const before = readdirSync(folder).sort();
    const result = runScidocs(folder, args, { XDG_CACHE_HOME: join(base, "cache") });
    expect(result.stderr).not.toMatch(/\n\s+at /);
    for (const part of says) {
      if (part instanceof RegExp) expect(result.stderr).toMatch(part);
      else expect(result.stderr).toContain(part);
    }
    expect(result).toMatchObject({ exitCode: 2, stdout: "" });
    expect(readdirSync(folder).sort()).toEqual(before);
  });
});

const folder = freshFolder();
test("the same dataset and vectors are scored when nothing is wrong with them", () => {
  for (const [path, text] of Object.entries(good)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  expect(runScidocs(folder, cite)).toMatchObject({ exitCode: 0 });
  expect(runScidocs(folder, [...mag, "--threads", "1"])).toMatchObject({ exitCode: 0 });
});

// Elsewhere a folder that somebody is in cannot be removed.
test.runIf(process.platform === "linux")("a folder at hand that has been removed is told of", () => {
  const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" table /nowhere.json';
  const child = spawnSync("sh", ["-c", script, process.execPath, main], { cwd: folder, encoding: "utf8" });
  expect(child).toMatchObject({ status: 2, stdout: "" });
  expect(child.stderr).toBe(
    "scidocs: the folder at hand is no longer there, or cannot be entered; go to another one\n",
  );
});
