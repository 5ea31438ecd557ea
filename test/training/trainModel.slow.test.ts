import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { acquireLock } from "../../src/files/processLock.ts";
import { removeTraining } from "../../src/training/checkpoints/checkpointFolder.ts";
import type { TrainingEvent } from "../../src/training/job.ts";
import { trainModel } from "../../src/training/trainModel.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { expectSameWhenStopped, remains, tinyJob } from "./tinyJob.ts";

describe("a training", () => {
  it("that is stopped again and again ends with the bytes of one that is not", async () => {
    await expectSameWhenStopped(temporaryFolder());
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

  it("ends when its folder is moved meanwhile, and goes on with the same bytes when it is back", async () => {
    const folder = temporaryFolder();
    const [out, moved] = [join(folder, "out"), join(folder, "moved")];
    await trainModel(await tinyJob(folder, "calm", { epochs: 8, saveEvery: 1 }));
    const job = await tinyJob(folder, "out", { epochs: 8, saveEvery: 1 });
    const onEvent = (): void => {
      const isOnItsWay = existsSync(out) && readdirSync(out).some((name) => name.startsWith("checkpoint-"));
      if (isOnItsWay && !existsSync(moved)) renameSync(out, moved);
    };
    await expect(trainModel(job, { onEvent })).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringContaining("is no longer the folder that the training writes into"),
    });
    expect(existsSync(out)).toBe(false);
    renameSync(moved, out);
    await trainModel(job);
    expect(remains(out)).toEqual(remains(join(folder, "calm")));
  });

  it("ends when another process has taken its folder over meanwhile, and writes no more into it", async () => {
    const folder = temporaryFolder();
    const [out, lock] = [join(folder, "out"), join(folder, "out/training.lock")];
    await trainModel(await tinyJob(folder, "calm", { epochs: 8, saveEvery: 1 }));
    const job = await tinyJob(folder, "out", { epochs: 8, saveEvery: 1 });
    const another = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: "1", space: "", boot: "" });
    const onEvent = (): void => {
      const isOnItsWay = existsSync(out) && readdirSync(out).some((name) => name.startsWith("checkpoint-"));
      if (!isOnItsWay || !existsSync(lock) || readFileSync(lock, "utf8") === another) return;
      writeFileSync(join(folder, "lock"), another);
      renameSync(join(folder, "lock"), lock);
    };
    await expect(trainModel(job, { onEvent })).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringContaining("is no longer this process's"),
    });
    expect(readFileSync(lock, "utf8")).toBe(another);
    expect((await trainModel(job)).wasFinished).toBe(false);
    expect(remains(out)).toEqual(remains(join(folder, "calm")));
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

  it("makes the best model again when a byte of it has changed, and says when it is lost", async () => {
    const folder = temporaryFolder();
    // So large a step makes the loss worse: the best model is not the last.
    const job = await tinyJob(folder, "out", { learningRate: 1, epochs: 3 });
    await trainModel(job);
    const before = remains(join(folder, "out"));
    const weights = join(folder, "out/best/model.safetensors");
    const bytes = readFileSync(weights);
    for (const damage of [
      () => writeFileSync(weights, Buffer.from(bytes).fill(1, bytes.length - 20)),
      () => writeFileSync(weights, bytes.subarray(0, 100)),
      () => rmSync(join(folder, "out/best/config.json")),
    ]) {
      damage();
      await trainModel(job);
      expect(readFileSync(weights).equals(bytes)).toBe(true);
      expect(remains(join(folder, "out"))).toEqual(before);
    }
    const { update } = JSON.parse(readFileSync(join(folder, "out/best/training.json"), "utf8"));
    const best = join(folder, "out", `checkpoint-${String(update).padStart(8, "0")}`);
    const kept = readFileSync(join(best, "model.safetensors"));
    writeFileSync(join(best, "model.safetensors"), Buffer.from(kept).fill(1, kept.length - 20));
    await expect(trainModel(job)).rejects.toThrow("model.safetensors: has other bytes than were written");
    expect(best.endsWith(before.last ?? "")).toBe(false);
    rmSync(best, { recursive: true });
    await trainModel(job);
    rmSync(join(folder, "out/best"), { recursive: true });
    await expect(trainModel(job)).rejects.toThrow(/the best model, that of update \d+, is neither in best\/ nor/);
  });

  it("saves the words that it began with, whatever becomes of their file", async () => {
    const folder = temporaryFolder();
    const job = await tinyJob(folder, "out", { epochs: 2, saveEvery: 1 });
    const vocabulary = join(folder, "vocab.txt");
    const words = readFileSync(vocabulary, "utf8");
    let seen = false;
    const onEvent = ({ kind }: TrainingEvent): void => {
      if (kind !== "progress" || seen) return;
      seen = true;
      rmSync(vocabulary);
    };
    await trainModel(job, { onEvent });
    expect(seen).toBe(true);
    expect(readFileSync(join(folder, "out/best/vocab.txt"), "utf8")).toBe(words);
  });

  it("is not removed while a process trains into its folder", async () => {
    const folder = temporaryFolder();
    const job = await tinyJob(folder, "out", { epochs: 1 });
    await trainModel(job);
    const before = remains(join(folder, "out"));
    const lock = await acquireLock(join(folder, "out/training.lock"));
    await expect(removeTraining(job.output)).rejects.toThrow(/is training into it; wait for it/);
    expect(remains(join(folder, "out"))).toEqual(before);
    if ("release" in lock) await lock.release();
    await removeTraining(job.output);
    expect(readdirSync(job.output).filter((name) => /^(checkpoint|best)/.test(name))).toEqual([]);
    await removeTraining(join(folder, "none"));
    expect(existsSync(join(folder, "none"))).toBe(false);
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
    writeFileSync(state, readFileSync(state, "utf8").replace(/"epochsSinceBest": \d+/, '"epochsSinceBest": 7'));
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
