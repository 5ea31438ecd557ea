import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const papers = {
  a: { paper_id: "a", title: "Protein folding by energy", abstract: "We study the folding of a protein." },
  b: { paper_id: "b", title: "Market policy", abstract: null },
};

beforeAll(() => {
  writeTinyCheckpoints(folder);
  writeFileSync(join(folder, "papers.json"), JSON.stringify(papers));
});

/** Vectors by paper id that `scidocs embed` makes with a model. */
function embed(model: string, output: string, ...flags: string[]): Record<string, number[]> {
  const ran = runScidocs(folder, ["embed", "--model", model, "--papers", "papers.json", "-o", output, ...flags]);
  expect([ran.stderr, ran.exitCode]).toEqual([ran.stderr, 0]);
  const lines = readFileSync(join(folder, output), "utf8").trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => {
      const { paper_id, embedding } = JSON.parse(line) as { paper_id: string; embedding: number[] };
      return [paper_id, embedding];
    }),
  );
}

describe("scidocs export", () => {
  it("writes a model that gives the same vectors as the checkpoint itself, and says what it left out", () => {
    const ran = runScidocs(folder, ["export", "--checkpoint", "original/model.tar.gz", "-o", "out/model.onnx"]);
    expect([ran.stderr, ran.exitCode]).toEqual([ran.stderr, 0]);
    expect(ran.stdout).toBe("out/model.onnx\nout/vocab.txt\n");
    expect(ran.stderr).toContain("left out, as the encoder does not use them: layer_norm.gamma");
    expect(ran.stderr).toContain("recipe original, fp32");
    expect(embed("out/model.onnx", "onnx.jsonl")).toEqual(embed("original/model.tar.gz", "checkpoint.jsonl"));
  });

  it.skipIf(process.platform === "win32")("refuses a pipe and a device at once: nobody may be reading", () => {
    execFileSync("mkfifo", [join(folder, "pipe.onnx")]);
    symlinkSync("/dev/null", join(folder, "null.onnx"));
    for (const name of ["pipe.onnx", "null.onnx"]) {
      const ran = runScidocs(folder, ["export", "--checkpoint", "hf", "-o", name]);
      expect(ran.stderr).toBe(
        `scidocs: ${name}: is a pipe or a device; a model is opened again once it is written: name a file\n`,
      );
      expect(ran.exitCode).toBe(2);
    }
  });

  it("takes a folder as the vocabulary, and what lies in it, as the other commands do", () => {
    cpSync(join(folder, "hf"), join(folder, "bare"), { recursive: true });
    for (const name of ["vocab.txt", "tokenizer_config.json"]) rmSync(join(folder, "bare", name));
    const ran = runScidocs(folder, ["export", "--checkpoint", "bare", "--vocab", "hf", "-o", "named/model.onnx"]);
    expect([ran.stderr, ran.exitCode]).toEqual([ran.stderr, 0]);
    expect(ran.stdout.split("\n").sort().slice(1)).toEqual(
      ["config.json", "model.onnx", "tokenizer_config.json", "vocab.txt"].map((name) => `named/${name}`),
    );
    expect(embed("named/model.onnx", "named.jsonl")).toEqual(embed("bare", "bare.jsonl", "--vocab", "hf"));
  });

  it("refuses a vocabulary that would not be used, and leaves nothing where one cannot be read", () => {
    const folderWithOwn = runScidocs(folder, [
      "export",
      "--checkpoint",
      "hf",
      "--vocab",
      "papers.json",
      "-o",
      "v/m.onnx",
    ]);
    expect(folderWithOwn.stderr).toMatch(
      /^scidocs: papers\.json: hf has a tokenizer of its own, \S+, which would be used/,
    );
    mkdirSync(join(folder, "none"));
    const named = ["--vocab", "none", "-o", "v/m.onnx"];
    const unreadable = runScidocs(folder, ["export", "-m", "original/model.tar.gz", ...named]);
    expect(unreadable.stderr).toMatch(/--vocab none: no tokenizer\.json, .* in it/);
    expect([folderWithOwn.exitCode, unreadable.exitCode]).toEqual([2, 2]);
    expect(existsSync(join(folder, "v/m.onnx"))).toBe(false);
  });

  it("ends with 2 and leaves no file for a checkpoint that cannot be converted", () => {
    writeFileSync(join(folder, "hf-safetensors/config.json"), JSON.stringify({ model_type: "t5" }));
    const ran = runScidocs(folder, ["export", "--checkpoint", "hf-safetensors", "-o", "bad/model.onnx"]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(
      /^scidocs: hf-safetensors\/config\.json: model_type is "t5" \(.+\), which cannot be converted/,
    );
    expect(readdirSync(folder)).not.toContain("bad");
  });
});

describe("scidocs embed --model CHECKPOINT", () => {
  it("says where the converted model is, and gives other vectors for original than for hf", () => {
    const ran = runScidocs(folder, [
      "embed",
      "--model",
      "original/model.tar.gz",
      "--papers",
      "papers.json",
      "-o",
      "o.jsonl",
    ]);
    expect(ran.stderr).toMatch(
      /original\/model\.tar\.gz: (converted into|taken from) .*\/checkpoints\/model.*\/model\.onnx/,
    );
    const original = embed("original/model.tar.gz", "o.jsonl");
    const hf = embed("hf", "h.jsonl");
    expect(original.a).not.toEqual(hf.a);
    expect(embed("original/model.tar.gz", "oh.jsonl", "--recipe", "hf")).toEqual(hf);
  });
});
