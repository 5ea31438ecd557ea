import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { TrainingEvent } from "../../src/training/job.ts";
import { planTraining } from "../../src/training/planTraining.ts";
import { trainModel } from "../../src/training/trainModel.ts";
import { writeTinyTraining } from "./tinyTraining.ts";

/** A tiny training with dropout, shuffling, accumulation, and looks at the dev set in the middle of epochs. */
export async function tinyJob(folder: string, output: string, changes: object = {}) {
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
export function remains(output: string): Record<string, string> {
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

/** Runs a training in one go, and another of the same settings that is stopped again and again, and expects the same of both. */
export async function expectSameWhenStopped(folder: string, changes: object = {}): Promise<void> {
  await trainModel(await tinyJob(folder, "calm", changes));
  const job = await tinyJob(folder, "broken", changes);
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
  expect(remains(join(folder, "broken"))).toEqual(remains(join(folder, "calm")));
  const rows = (output: string): string[] =>
    readFileSync(join(folder, output, "curves.csv"), "utf8")
      .split("\n")
      .filter((row) => !row.includes("triplets_per_second"))
      .map((row) => row.split(",").slice(0, 3).join());
  expect(rows("broken")).toEqual(rows("calm"));
}
