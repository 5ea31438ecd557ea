import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { planText } from "../../../src/cli/trainingPlanText.ts";
import { planTraining, type TrainingRequest } from "../../../src/index.ts";
import { writeSafetensors } from "../../../src/tensorFiles/writeSafetensors.ts";
import {
  listCheckpoints,
  readCheckpoint,
  readCheckpointRecord,
  writeCheckpoint,
} from "../../../src/training/checkpoints/checkpointFolder.ts";
import { trainingInputs } from "../../../src/training/checkpoints/sameTraining.ts";
import { initialState } from "../../../src/training/loop/trainingState.ts";
import { settleTraining } from "../../../src/training/settleTraining.ts";
import { openStart } from "../../../src/training/start/openStart.ts";
import { openWatchedBenchmark } from "../../../src/training/watchedBenchmark.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";
import { tinyRequest, writeTinyTraining } from "../tinyTraining.ts";

const init = "random:layers=1,hidden=16,heads=2,positions=32";

/** A folder with a checkpoint of a training, whose numbers do not matter here. */
async function begun(changes: Partial<TrainingRequest> = {}): Promise<TrainingRequest> {
  const folder = temporaryFolder();
  writeTinyTraining(folder, 12);
  const request = { ...tinyRequest(folder, init), learningRate: 1e-3, ...changes };
  const start = await openStart(init, request.vocab, 1918, folder);
  const job = await settleTraining(request, start);
  mkdirSync(job.output, { recursive: true });
  const inputs = await trainingInputs(job, start, {});
  const { train, dev } = inputs.data;
  const data = { ...inputs.data, train: { ...train, triplets: 12 }, dev: dev && { ...dev, triplets: 8 } };
  const record = { format: 1, scidocs: "0", onnxRuntime: "0", ...inputs, data, update: 1, epoch: 0, devLoss: null };
  await writeCheckpoint(job.output, { ...initialState, update: 1, epochUpdates: 1 }, false, [], async (place) => {
    writeFileSync(join(place, "training.json"), JSON.stringify(record));
    return { "model.safetensors": await writeSafetensors(join(place, "model.safetensors"), []) };
  });
  return request;
}

describe("a folder that holds a training", () => {
  it("is gone on from by the same one, and planned anew on demand", async () => {
    const request = await begun();
    const plan = await planTraining(request);
    expect(plan.goesOnFrom).toBe(join(request.output, "checkpoint-00000001"));
    expect(planText(plan)).toMatch(
      /^goes on from .*checkpoint-00000001; tokens and time are those of the whole training$/m,
    );
    expect((await planTraining({ ...request, learningRate: 2, beginAnew: true })).goesOnFrom).toBeNull();
  });

  it("refuses another one by its flags, before anything is read or timed", async () => {
    const request = await begun();
    await expect(
      planTraining({ ...request, learningRate: 0.5, freeze: "embeddings", dropout: 0, shuffle: true, batchSize: 2 }),
    ).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(
        /checkpoint-00000001 is of another training: --lr was 0\.001, is 0\.5; --batch-size was 4, is 2; --shuffle was false, is true; --dropout \(of hidden layers\) was 0\.1, is 0; --dropout \(of attention\) was 0\.1, is 0; --freeze was .* --force to begin anew$/,
      ),
    });
    writeFileSync(request.trainFile ?? "", "no triplets\n");
    await expect(planTraining(request)).rejects.toThrow(
      "is of another training: triplets to train on (--triplets, --train-path) is another.",
    );
  });

  it("refuses every setting that is another, and names its flag", async () => {
    const request = await begun();
    const others: Partial<Record<keyof TrainingRequest, unknown>> = {
      ...{
        pooling: "mean",
        maxLength: 5,
        distance: "dot",
        margin: 2,
        optimizer: "bertadam",
        weightDecay: 0.5,
        clip: 1,
      },
      ...{ clipEach: 2, clampEntries: 1, schedule: "constant", warmup: 1, epochs: 9, accumulate: 2, maxSteps: 1 },
      ...{ numTrainInstances: 5, numDevInstances: 5, seed: 1, patience: 1, vectorDropout: 0.5, evaluateEvery: 1 },
    };
    for (const [setting, value] of Object.entries(others)) {
      const flag = `--${setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      await expect(planTraining({ ...request, [setting]: value }), flag).rejects.toThrow(
        new RegExp(`is of another training: (?:.*; )?${flag} was `),
      );
    }
    // What does not change a weight may be another.
    const same = { threads: 2, keep: 9, saveEvery: 7, recompute: true };
    expect((await planTraining({ ...request, ...same })).goesOnFrom).not.toBeNull();
  });

  it.each([
    ["papersFile", "texts (--triplets, --papers)"],
    ["devFile", "dev triplets (--triplets, --dev-path)"],
    ["vocab", "--init (or its tokenizer, --vocab)"],
  ] as const)("refuses one with another byte in its %s", async (file, name) => {
    const request = await begun();
    writeFileSync(request[file] ?? "", `${readFileSync(request[file] ?? "", "utf8")}\n`);
    await expect(planTraining(request)).rejects.toThrow(`is of another training: ${name} is another.`);
  });

  it("refuses one that looks at other data of a benchmark, though it is called the same", async () => {
    const data = join(temporaryFolder(), "mini");
    cpSync(join(import.meta.dirname, "../../../datasets/mini"), data, { recursive: true });
    const watched = async () => (await openWatchedBenchmark(data, ["cite"], 1)).papers;
    const request = await begun({ benchmark: await watched() });
    const file = join(data, "cite/val.qrel");
    const [first, ...others] = readFileSync(file, "utf8").split("\n");
    writeFileSync(file, [...others.slice(0, -1), first, ""].join("\n"));
    await expect(planTraining({ ...request, benchmark: await watched() })).rejects.toThrow(
      "is of another training: benchmark (--evaluate, --evaluate-tasks) is another.",
    );
  });

  it("has no checkpoint under another's name", async () => {
    const { output } = await begun();
    const [stored] = listCheckpoints(output);
    await readCheckpoint(stored!);
    renameSync(stored!.folder, join(output, "checkpoint-00000009"));
    const [renamed] = listCheckpoints(output);
    expect(readCheckpointRecord(renamed!)).toMatchObject({ update: 1 });
    await expect(readCheckpoint(renamed!)).rejects.toThrow(
      "checkpoint-00000009: holds update 1, which is not what its name says; give it its own name back",
    );
  });

  it.each([{ epoch: 1 }, { epochUpdates: 0 }, { pastEpochs: [1] }, { epoch: 1, pastEpochs: [2] }])(
    "has no checkpoint whose state contradicts itself: %j",
    async (changes) => {
      const { output } = await begun();
      const [stored] = listCheckpoints(output);
      const [state, sums] = ["state.json", "checksums.json"].map((name) => join(stored!.folder, name)) as [
        string,
        string,
      ];
      writeFileSync(state, JSON.stringify({ ...JSON.parse(readFileSync(state, "utf8")), ...changes }));
      rmSync(sums);
      await expect(readCheckpoint(stored!)).rejects.toThrow("state.json: is not of this version, or damaged");
    },
  );
});
