import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tinyPapers, writeTinyEncoder } from "../encoders/tinyEncoder.ts";
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

  it("tells of papers that a file has more than once, of which the last is taken", () => {
    const place = freshFolder();
    const line = (id: string, title: string) => `${JSON.stringify({ paper_id: id, title, abstract: "" })}\n`;
    writeFileSync(join(place, "papers.jsonl"), line("a", "first") + line("b", "other") + line("a", "last"));
    const ran = runScidocs(place, ["embed", "--model", "mini", "--papers", "papers.jsonl", "-o", "v.jsonl"]);
    expect([ran.exitCode, ran.stderr]).toEqual([
      0,
      expect.stringContaining("papers.jsonl has 1 papers more than once; the last one is used."),
    ]);
    expect(readFileSync(join(place, "v.jsonl"), "utf8")).toMatch(/"title": "last"/);
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
      /cls, max, mean/,
    ],
  ])("says what to do about %s, with exit code 2", (_what, args, message) => {
    const { exitCode, stderr, stdout } = runScidocs(folder, ["embed", ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe("");
  });

  // Small batches: many are kept. Large ones: the signal comes while a thread is inside ONNX Runtime, which must not abort the process.
  it.each([
    ["between small batches", "1", 8, 180_000],
    ["inside a large batch", "25600", 192, 140_000],
  ])(
    "stops on Ctrl-C %s with exit code 130 and keeps what was embedded",
    async (_when, batchTokens, dimensions, bytes) => {
      const model = `model-${dimensions}`;
      const store = `stopped-${dimensions}`;
      writeTinyEncoder(join(folder, model), { dimensions });
      const many = tinyPapers(4000).map(({ id, title, abstract }) => [id, { title, abstract }]);
      writeFileSync(join(folder, "many.json"), JSON.stringify(Object.fromEntries(many)));
      const flags = [
        "embed",
        "--model",
        model,
        "--papers",
        "many.json",
        "--batch-tokens",
        batchTokens,
        "--store",
        store,
      ];
      const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
      const child = spawn(process.execPath, [main, ...flags, "-o", "many.jsonl"], {
        cwd: folder,
        stdio: ["ignore", "ignore", "pipe"],
      });
      let stderr = "";
      child.stderr.on("data", (chunk) => {
        stderr += chunk;
      });
      const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
      // The run's segment grows batch by batch beyond the list of what is to be embedded (128 kB): some of it is there, and not all.
      const grown = (): boolean =>
        existsSync(join(folder, store)) &&
        readdirSync(join(folder, store), { recursive: true, encoding: "utf8" })
          .filter((name) => name.endsWith(".vectors"))
          .some((name) => statSync(join(folder, store, name)).size > bytes);
      while (!grown()) await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill("SIGINT");
      // On a busy machine the large batch may outlast the time that work gets to stop by itself; then the signal ends the process.
      expect([130, "SIGINT"]).toContain(await ended);
      expect(stderr).toMatch(/interrupted; .* goes on where it stopped\n$/);
      expect(existsSync(join(folder, "many.jsonl"))).toBe(false);
      const { stdout } = runScidocs(folder, [...flags, "--dry-run"]);
      const row = (label: string): number =>
        Number(new RegExp(`^${label} +([\\d,]+)$`, "m").exec(stdout)?.[1]?.replace(",", ""));
      expect(row("stored already")).toBeGreaterThan(0);
      expect(row("to embed")).toBeGreaterThan(0);
    },
  );
});
