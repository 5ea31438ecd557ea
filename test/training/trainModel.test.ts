import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TrainingEvent } from "../../src/training/job.ts";
import { planTraining } from "../../src/training/planTraining.ts";
import { trainModel } from "../../src/training/trainModel.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { writeTinyTraining } from "./tinyTraining.ts";

/** A tiny training with dropout, shuffling, accumulation, and looks at the dev set in the middle of epochs. */
async function tinyJob(folder: string, output: string, changes: object = {}) {
  if (!existsSync(join(folder, "train.jsonl"))) writeTinyTraining(folder, 20);
  const { job } = await planTraining({
    init: "random:layers=2,hidden=16,heads=2,positions=32",
    vocab: join(folder, "vocab.txt"),
    trainFile: join(folder, "train.jsonl"),
    devFile: join(folder, "dev.jsonl"),
    papersFile: join(folder, "papers.json"),
    output: join(folder, output),
    batchSize: 2,
    accumulate: 3,
    epochs: 2,
    learningRate: 1e-3,
    shuffle: true,
    evaluateEvery: 3,
    threads: 1,
    ...changes,
  });
  return job;
}

const sha = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

/** What a training leaves that must not depend on interruptions. */
function remains(output: string): Record<string, string> {
  const last =
    readdirSync(output)
      .filter((name) => name.startsWith("checkpoint-"))
      .sort()
      .at(-1) ?? "";
  const files = [
    "best/model.safetensors",
    "best/training.json",
    `${last}/model.safetensors`,
    `${last}/optimizer.safetensors`,
    `${last}/state.json`,
  ];
  return { last, ...Object.fromEntries(files.map((file) => [file.replace(last, "last"), sha(join(output, file))])) };
}

describe("a training", () => {
  it("that is stopped again and again ends with the bytes of one that is not", async () => {
    const folder = temporaryFolder();
    for (const preset of ["hf", "original"]) {
      const [calm, broken] = [`calm-${preset}`, `broken-${preset}`];
      const changes = { preset, ...(preset === "original" ? { accumulate: 3, warmup: 0 } : {}) };
      await trainModel(await tinyJob(folder, calm, changes));
      const job = await tinyJob(folder, broken, changes);
      let stops = 0;
      for (let finished = false; !finished; ) {
        const stop = new AbortController();
        let seen = 0;
        // Each run is stopped a few events after it began: in the middle of sums, in looks at the dev set, at epochs' ends.
        const onEvent = (event: TrainingEvent): void => {
          seen += event.kind === "note" ? 0 : 1;
          if (seen > 6 + (stops % 5)) stop.abort();
        };
        finished = await trainModel(job, { signal: stop.signal, onEvent }).then(
          () => true,
          (error: { code?: string }) => {
            expect(error.code).toBe("INTERRUPTED");
            return false;
          },
        );
        if (!finished) stops += 1;
      }
      expect(stops).toBeGreaterThan(2);
      expect(remains(join(folder, broken))).toEqual(remains(join(folder, calm)));
      const rows = (output: string): string[] =>
        readFileSync(join(folder, output, "curves.csv"), "utf8")
          .split("\n")
          .filter((row) => !row.includes("triplets_per_second"))
          .map((row) => row.split(",").slice(0, 3).join());
      expect(rows(broken)).toEqual(rows(calm));
    }
  });

  it("keeps the newest checkpoints and the best", async () => {
    const folder = temporaryFolder();
    const job = await tinyJob(folder, "out", { epochs: 5, keep: 2, saveEvery: 1 });
    const { best, updates } = await trainModel(job);
    const kept = readdirSync(join(folder, "out"))
      .filter((name) => name.startsWith("checkpoint-"))
      .sort();
    const number = (update: number): string => `checkpoint-${String(update).padStart(8, "0")}`;
    const expected = new Set([number(best?.update ?? 0), number(updates - 1), number(updates)]);
    expect(kept).toEqual([...expected].sort());
    const { update } = JSON.parse(readFileSync(join(folder, "out/best/training.json"), "utf8"));
    expect(update).toBe(best?.update);
  });

  it("makes the best model again when it was lost, and clears away what a killed run left", async () => {
    const folder = temporaryFolder();
    const job = await tinyJob(folder, "out");
    await trainModel(job);
    const before = remains(join(folder, "out"));
    rmSync(join(folder, "out/best"), { recursive: true });
    mkdirSync(join(folder, "out/checkpoint-00000009.01234567.tmp"));
    writeFileSync(join(folder, "out/checkpoint-00000009.01234567.tmp/model.safetensors"), "half");
    expect((await trainModel(job)).wasFinished).toBe(true);
    expect(remains(join(folder, "out"))).toEqual(before);
    expect(readdirSync(join(folder, "out")).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  it("refuses a damaged checkpoint, says which, and goes on from the one before when it is removed", async () => {
    const folder = temporaryFolder();
    const job = await tinyJob(folder, "out", { saveEvery: 1 });
    await trainModel(job);
    const before = remains(join(folder, "out"));
    const newest = join(folder, "out", before.last ?? "");
    writeFileSync(join(newest, "state.json"), "{");
    await expect(trainModel(job)).rejects.toThrow("state.json: cannot be read; remove this checkpoint's folder");
    rmSync(newest, { recursive: true });
    await trainModel(job);
    expect(remains(join(folder, "out"))).toEqual(before);
  });

  it("does not go on from a checkpoint of which a byte has changed, whatever it is", async () => {
    const folder = temporaryFolder();
    const job = await tinyJob(folder, "out", { saveEvery: 4 });
    await trainModel(job);
    const newest = join(folder, "out", remains(join(folder, "out")).last ?? "");
    for (const name of ["model.safetensors", "optimizer.safetensors", "config.json"]) {
      const file = join(newest, name);
      const bytes = readFileSync(file);
      const changed = Buffer.from(bytes);
      changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 64;
      writeFileSync(file, changed);
      await expect(trainModel(job)).rejects.toThrow(`${name}: has other bytes than were written`);
      writeFileSync(file, bytes);
    }
    const state = join(newest, "state.json");
    writeFileSync(state, readFileSync(state, "utf8").replace(/"update": \d+/, '"update": 3'));
    await expect(trainModel(job)).rejects.toThrow("state.json: has other bytes than were written");
  });

  it("goes on from a checkpoint that has no checksums, as those of earlier versions", async () => {
    const folder = temporaryFolder();
    const job = await tinyJob(folder, "out", { saveEvery: 4 });
    await trainModel(job);
    const before = remains(join(folder, "out"));
    rmSync(join(folder, "out", before.last ?? "", "checksums.json"));
    expect((await trainModel(job)).wasFinished).toBe(true);
    expect(remains(join(folder, "out"))).toEqual(before);
  });

  it("gives the same whether activations are kept or computed again", async () => {
    const folder = temporaryFolder();
    await trainModel(await tinyJob(folder, "kept"));
    await trainModel(await tinyJob(folder, "again", { recompute: true }));
    expect(remains(join(folder, "again"))).toEqual(remains(join(folder, "kept")));
  });

  it("ends when the dev loss has not become better for long enough", async () => {
    const folder = temporaryFolder();
    const notes: string[] = [];
    const job = await tinyJob(folder, "out", {
      epochs: 20,
      patience: 1,
      learningRate: 0,
      dropout: 0,
      evaluateEvery: undefined,
    });
    const { epochs } = await trainModel(job, { onEvent: (event) => event.kind === "note" && notes.push(event.text) });
    expect(epochs).toBe(2);
    expect(notes.at(-1)).toContain("1 epochs without a better dev loss");
  });
});
