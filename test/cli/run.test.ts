import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { defaultBatchTokens } from "../../src/embed/plan.ts";
import { tableColumns } from "../../src/report/scoreTable.ts";
import { readRecord } from "../../src/results/record.ts";
import { scidocs } from "../../src/suites/scidocs/scidocs.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { freshFolder, main, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();

test("without a flag the mini model scores between random and perfect on every column of the mini dataset", async () => {
  const result = runScidocs(folder, ["run"]);
  expect(result.exitCode).toBe(0);
  expect(result.stdout).toContain("not comparable with published ones");
  expect(result.stderr).toContain("record: results/mini-mini-test.json");
  const record = await readRecord(join(folder, "results/mini-mini-test.json"));
  const chance: Record<string, number> = { "mag-f1": 20, "mesh-f1": 20, "recomm-ndcg": 52, "recomm-P@1": 18 };
  for (const { id } of tableColumns(scidocs)) {
    expect(record.scores[id], id).toBeGreaterThan(chance[id] ?? (id.endsWith("map") ? 40 : 60));
    expect(record.scores[id], id).toBeLessThan(99);
  }
});

test("a second run takes every vector from the store and gives the same scores to the last bit", async () => {
  const first = await readRecord(join(folder, "results/mini-mini-test.json"));
  const result = runScidocs(folder, ["run", "-o", "again.json"]);
  expect(result.stderr).toContain("0 texts embedded, 1848 taken from the store");
  const again = await readRecord(join(folder, "again.json"));
  expect(again.scores).toEqual(first.scores);
  expect(again.tasks).toEqual(first.tasks);
});

test("the record tells every option that can change a number, every file's hash and every stage's time", async () => {
  const record = await readRecord(join(folder, "results/mini-mini-test.json"));
  expect(record.settings).toMatchObject({
    tasks: "mag,mesh,co-view,co-read,cite,co-cite,recomm",
    classifier: "svm",
    solver: "auto",
    seeds: 5,
    seed: 7,
    recipe: "hf",
    maxLength: 512,
    batchTokens: defaultBatchTokens.cpu,
  });
  expect(record.dataset.files.map((file) => file.path)).toContain("paper_metadata_mag_mesh.json");
  expect(record.model.files.map((file) => file.path)).toContain("model.onnx");
  expect(record.timings.map((timing) => timing.stage)).toEqual(
    expect.arrayContaining(["embed", "mag", "co-view", "recomm"]),
  );
  const mag = record.tasks.mag;
  expect(mag?.kind === "classification" && mag.papers.expected).toBe(475);
  expect(mag?.kind === "classification" && mag.papers.missing).toBe(1);
});

test("Ctrl-C ends the run within a second with 130, and the next run goes on from what was embedded", async () => {
  const place = join(folder, "stopped");
  const child = spawn(process.execPath, [main, "run", "--batch-tokens", "600", "--threads", "1"], {
    cwd: freshSubfolder(place),
    env: { ...process.env, XDG_CACHE_HOME: join(place, ".cache") },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const store = join(place, ".cache/scidocs");
  const filled = (): boolean => {
    try {
      return readdirSync(store, { recursive: true, encoding: "utf8" }).some((name) => name.endsWith(".vectors"));
    } catch {
      return false;
    }
  };
  while (!filled()) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 200));
  child.kill("SIGINT");
  const [status] = (await once(child, "close")) as [number | null];
  expect(status).toBe(130);
  expect(said).toContain(
    "interrupted; what has been embedded is kept, and the same command goes on where it stopped\n",
  );
  const result = runScidocs(place, ["run", "--batch-tokens", "600"], { XDG_CACHE_HOME: join(place, ".cache") });
  expect(result.exitCode).toBe(0);
});

function freshSubfolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

describe.skipIf(!hasShared)("scidocs run on real papers with a real encoder", () => {
  test("finishes, and its record says how many papers were embedded, truncated and missing", async () => {
    const model = sharedPath("models/all-MiniLM-L6-v2-q4");
    const flags = [
      "--model",
      model,
      "--pooling",
      "mean",
      "--max-length",
      "24",
      "--data",
      sharedPath("data/real-sample"),
    ];
    const result = runScidocs(folder, ["run", ...flags, "--tasks", "cite", "-o", "real.json"]);
    expect(result.exitCode).toBe(0);
    const { cite } = (await readRecord(join(folder, "real.json"))).tasks;
    if (cite?.kind !== "ranking") throw new Error("cite did not run");
    expect(cite.papers.embedded + cite.papers.missing).toBe(cite.papers.expected);
    expect(cite.papers.truncated).toBeGreaterThan(0);
    expect(cite.map).toBeGreaterThan(0.5);
  });
});
