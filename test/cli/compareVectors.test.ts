import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const titles = ["Protein folding by energy", "Market policy and theory", "A quantum network", "Cells of a patient"];

beforeAll(() => {
  writeTinyCheckpoints(folder);
  const papers = titles.map((title, index) => [
    `p${index}`,
    { paper_id: `p${index}`, title, abstract: `On ${title}.` },
  ]);
  writeFileSync(join(folder, "papers.json"), JSON.stringify(Object.fromEntries(papers)));
  const line = (id: number, embedding: number[]) => `${JSON.stringify({ paper_id: `p${id}`, embedding })}\n`;
  writeFileSync(join(folder, "a.jsonl"), [0, 1, 2, 3].map((id) => line(id, [1, id, 2])).join(""));
  writeFileSync(join(folder, "b.jsonl"), [0, 1, 2].map((id) => line(id, [1, id, id === 2 ? -2 : 2])).join(""));
});

describe("scidocs compare of models and vector files", () => {
  it("sets a Hugging Face folder against the original archive in one command", () => {
    const ran = runScidocs(folder, ["compare", "hf", "original/model.tar.gz", "--papers", "papers.json"]);
    expect([ran.stderr, ran.exitCode]).toEqual([ran.stderr, 0]);
    expect(ran.stdout).toMatch(/^A {2}hf\nB {2}original\/model\.tar\.gz\npapers in both {3,}4\n/);
    expect(ran.stdout).toMatch(/^cosine {3,}mean 0\.\d{6}, 1st percentile 0\.\d{6}$/m);
    expect(ran.stdout).toMatch(/^linear CKA {3,}0\.\d{6} \(of 4 papers\)$/m);
    for (const [index, title] of titles.entries())
      expect(ran.stdout).toMatch(new RegExp(`p${index} {2}${title}$`, "m"));
  });

  it("finds no drift between two forms of one checkpoint", () => {
    const ran = runScidocs(folder, ["compare", "hf", "hf-safetensors", "--papers", "papers.json", "--format", "json"]);
    const { vectors, scores } = JSON.parse(ran.stdout) as Record<string, Record<string, unknown> | null>;
    expect(vectors).toMatchObject({ papers: 4, neighbourOverlap: 1, byPaper: { highL2: 0 } });
    expect(scores).toBeNull();
    const text = runScidocs(folder, ["compare", "hf", "hf-safetensors", "--papers", "papers.json"]).stdout;
    expect(text).toMatch(/100\.00 %.*\n.*\n\nNo paper moved\.\n$/);
  });

  it("names the paper of two vector files that moved most, and counts those of one side", () => {
    const { stdout } = runScidocs(folder, ["compare", "a.jsonl", "b.jsonl", "--papers", "papers.json"]);
    expect(stdout).toMatch(/^papers in both {3,}3, 1 only in A$/m);
    expect(stdout).toMatch(/Papers that moved most.*\n {2}0\.111111 {5}4\.000 {2}p2 {2}A quantum network$/m);
  });

  it("tells of vectors that it passed over", () => {
    const lines = [
      ["p0", [1, 2, 3]],
      ["p0", [1, 0, 2]],
      ["p1", [1, 1, 2]],
      ["p2", []],
      ["p3", [1, 3, 2]],
    ];
    const text = lines.map(([id, embedding]) => `${JSON.stringify({ paper_id: id, embedding })}\n`).join("");
    writeFileSync(join(folder, "twice.jsonl"), text);
    const { stderr, exitCode } = runScidocs(folder, ["compare", "a.jsonl", "twice.jsonl"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("1 vectors in twice.jsonl were replaced by a later one of the same paper.");
    expect(stderr).toContain("twice.jsonl: 1 empty vectors are not compared.");
  });

  it("ends with 2 for a record against a model, and for models without papers", () => {
    const mixed = runScidocs(folder, ["compare", "record.json", "hf"]);
    expect([mixed.exitCode, mixed.stderr]).toEqual([2, expect.stringContaining("record.json is a run record")]);
    const none = runScidocs(folder, ["compare", "hf", "hf-safetensors"]);
    expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining("which papers?")]);
  });
});
