import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tinyPapers, writeTinyEncoder } from "../embed/tinyEncoder.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
writeTinyEncoder(join(folder, "model"));
const papers = tinyPapers(40);
writeFileSync(
  join(folder, "papers.json"),
  JSON.stringify(Object.fromEntries(papers.map(({ id, title, abstract }) => [id, { paper_id: id, title, abstract }]))),
);
writeFileSync(join(folder, "sample.ids"), "p7\np2\n\nnowhere\np30\n");

const linesOf = (file: string): { paper_id: string; title: string; embedding: number[] }[] =>
  readFileSync(join(folder, file), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("scidocs embed", () => {
  it("writes a vector a paper, and takes them from the store the second time", () => {
    const args = ["embed", "--model", "model", "--papers", "papers.json", "-o"];
    const first = runScidocs(folder, [...args, "a.jsonl"]);
    expect(first).toMatchObject({ exitCode: 0, stdout: "" });
    expect(first.stderr).toMatch(
      /^40 papers: 40 texts embedded .* 0 taken from the store, .* 1 without title and abstract/m,
    );
    expect(linesOf("a.jsonl").map(({ paper_id }) => paper_id)).toEqual(papers.map(({ id }) => id));
    const second = runScidocs(folder, [...args, "b.jsonl"]);
    expect(second.stderr).toContain("0 texts embedded, 40 taken from the store");
    expect(readFileSync(join(folder, "b.jsonl"))).toEqual(readFileSync(join(folder, "a.jsonl")));
  });

  it("takes the reference script's flags, keeps the order of the ids and names those without a paper", () => {
    const flags = "--ids sample.ids --metadata papers.json --output-file out.jsonl --batch-size 4 --cuda-device -1";
    const { exitCode, stderr } = runScidocs(folder, ["embed", "--model", "model", ...flags.split(" ")]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("1 ids have no paper in papers.json: nowhere");
    expect(linesOf("out.jsonl").map(({ paper_id }) => paper_id)).toEqual(["p7", "p2", "p30"]);
    expect(linesOf("out.jsonl")[0]?.title).toBe(papers[7]?.title);
    expect(linesOf("out.jsonl")[0]?.embedding).toHaveLength(8);
  });

  it("prints the plan with --dry-run and leaves nothing behind", () => {
    const args = ["embed", "--model", "model", "--papers", "papers.json", "--store", "other", "--dry-run"];
    const { exitCode, stdout } = runScidocs(folder, args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^papers of papers\.json +40$/m);
    expect(stdout).toMatch(/^distinct texts +40$/m);
    expect(stdout).toMatch(/^stored already +0$/m);
    expect(stdout).toMatch(/^longer than the maximum +0$/m);
    expect(stdout).toMatch(/^tokens +[\d,]+$/m);
    expect(stdout).toMatch(/^batches +\d+ of at most/m);
    expect(stdout).toMatch(/^padding +\d+\.\d %$/m);
    expect(stdout).toMatch(/^expected time +\d/m);
    expect(stdout).toMatch(/^disk needed +0\.0 MiB$/m);
    expect(existsSync(join(folder, "other"))).toBe(false);
  });

  it("keeps each setting's vectors in a file of its own, and refuses another's file, naming what differs", () => {
    const args = ["embed", "--model", "model", "--papers", "papers.json", "-o", "c.jsonl", "--store"];
    expect(runScidocs(folder, [...args, "kept"]).exitCode).toBe(0);
    expect(runScidocs(folder, [...args, "kept", "--pooling", "mean"]).exitCode).toBe(0);
    const files = readdirSync(join(folder, "kept"));
    expect(files).toHaveLength(2);
    const refused = files.map((file) => runScidocs(folder, [...args, join("kept", file), "--pooling", "max"]));
    expect(refused.map(({ exitCode }) => exitCode)).toEqual([2, 2]);
    expect(refused.map(({ stderr }) => stderr).join("")).toMatch(/made otherwise \(pooling: mean there, max now\)/);
  });

  it.each([
    [
      "a missing model",
      ["--model", "none", "--papers", "papers.json", "-o", "x.jsonl"],
      /--model none: no such file or folder/,
    ],
    ["no papers", ["--model", "model", "-o", "x.jsonl"], /--papers/],
    ["no place for the vectors", ["--model", "model", "--papers", "papers.json"], /-o/],
    [
      "a file that is not there",
      ["--model", "model", "--papers", "gone.json", "-o", "x.jsonl"],
      /gone\.json is missing/,
    ],
    [
      "a device that is no number",
      ["--model", "model", "--papers", "papers.json", "-o", "x.jsonl", "--cuda-device", "gpu"],
      /-1 for the CPU/,
    ],
    [
      "an unknown pooling",
      ["--model", "model", "--papers", "papers.json", "-o", "x.jsonl", "--pooling", "sum"],
      /cls, mean, max/,
    ],
  ])("says what to do about %s, with exit code 2", (_what, args, message) => {
    const { exitCode, stderr, stdout } = runScidocs(folder, ["embed", ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe("");
  });

  it("stops on Ctrl-C with exit code 130 and keeps what was embedded", async () => {
    const many = tinyPapers(4000);
    writeFileSync(
      join(folder, "many.json"),
      JSON.stringify(Object.fromEntries(many.map(({ id, title, abstract }) => [id, { title, abstract }]))),
    );
    const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
    const args = [
      "embed",
      "--model",
      "model",
      "--papers",
      "many.json",
      "-o",
      "many.jsonl",
      "--batch-tokens",
      "1",
      "--store",
      "stopped",
    ];
    const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // The store's file grows batch by batch: some of it is there, and not all.
    const grown = (): boolean =>
      existsSync(join(folder, "stopped")) &&
      readdirSync(join(folder, "stopped")).some((name) => readFileSync(join(folder, "stopped", name)).length > 180_000);
    while (!grown()) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(stderr).toContain("interrupted");
    expect(existsSync(join(folder, "many.jsonl"))).toBe(false);
    const again = runScidocs(folder, [
      "embed",
      "--model",
      "model",
      "--papers",
      "many.json",
      "--batch-tokens",
      "1",
      "--store",
      "stopped",
      "--dry-run",
    ]);
    expect(Number(/^stored already +([\d,]+)$/m.exec(again.stdout)?.[1]?.replace(",", ""))).toBeGreaterThan(0);
    expect(Number(/^to embed +([\d,]+)$/m.exec(again.stdout)?.[1]?.replace(",", ""))).toBeGreaterThan(0);
  });
});
