import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeCitationGraph, makeTriplets, planTraining, type TrainingRequest } from "../../src/index.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { tinyRequest, writeTinyTraining } from "./tinyTraining.ts";

function newRequest(changes: Partial<TrainingRequest> = {}): TrainingRequest {
  const folder = temporaryFolder();
  writeTinyTraining(folder, 12);
  return { ...tinyRequest(folder, "random:layers=3,hidden=16,heads=2,positions=32"), ...changes };
}

describe("the plan of a training", () => {
  it("says how long it is, and times some of its own triplets through at most two layers for how long it will take", async () => {
    const request = newRequest({ epochs: 4, warmup: 0.25 });
    const plan = await planTraining(request);
    expect(plan.length).toMatchObject({ updatesPerEpoch: 3, updates: 12, warmup: 3 });
    expect(plan).toMatchObject({ triplets: 12, devTriplets: 8, goesOnFrom: null });
    expect(plan.time).toMatchObject({ timedLayers: 2, timedTriplets: 4 });
    expect(plan.time.seconds).toBeGreaterThan(0);
    // The preset's seed, as the training will use it.
    expect(plan.notes).toEqual([expect.stringMatching(/a BERT with random weights, .*, seed 1918$/)]);
    expect(plan.job.settings.seed).toBe(1918);
    expect(existsSync(request.output)).toBe(false);
  });

  it("counts what is trained: all, or all that is not frozen", async () => {
    const all = await planTraining(newRequest());
    const upper = await planTraining(newRequest({ freeze: "embeddings,0-1" }));
    expect(all.trainedParameters).toBe(all.parameters);
    // One layer: four products of 16 x 16, two of 16 x 64, their biases, two normalisations.
    expect(upper.trainedParameters).toBe(4 * (16 * 16 + 16) + 2 * 16 * 64 + 64 + 16 + 4 * 16);
    expect(upper.parameters).toBe(all.parameters);
  });

  it("refuses settings that would have no effect", async () => {
    const noDev = "there are no dev triplets; give --dev-path FILE";
    for (const [changes, message] of [
      [{ maxWords: 5 }, "--max-words: --preset hf counts no words; use --max-length"],
      [
        { schedule: "slanted-triangular", warmup: 3 },
        "--warmup 3: --schedule slanted-triangular is a rise over a tenth",
      ],
      [{ devFile: undefined, numDevInstances: 5 }, `--num-dev-instances: ${noDev}`],
      [{ devFile: undefined, patience: 2 }, `--patience: ${noDev}`],
      [{ devFile: undefined, evaluateEvery: 2 }, `--evaluate-every: ${noDev}`],
      [{ freeze: "embeddings,,0" }, "an empty entry is neither embeddings nor a layer from 0 to 2"],
      [{ freeze: "," }, "an empty entry is neither embeddings nor a layer from 0 to 2"],
    ] as const) {
      await expect(planTraining(newRequest(changes)), message).rejects.toThrow(message);
    }
    const { job } = await planTraining(newRequest({ freeze: " embeddings, 0-1" }));
    expect(job.settings.freeze).toEqual({ embeddings: true, layers: [0, 1] });
  });

  it("says which papers have no text", async () => {
    const request = newRequest();
    const papers = JSON.parse(readFileSync(request.papersFile ?? "", "utf8"));
    const lines = readFileSync(request.trainFile ?? "", "utf8");
    const [{ query }] = lines.split("\n", 1).map((line) => JSON.parse(line)) as [{ query: string }];
    Object.assign(papers[query], { title: " ", abstract: null });
    writeFileSync(request.papersFile ?? "", JSON.stringify(papers));
    const { notes } = await planTraining(request);
    expect(notes).toContain(
      `1 of the papers that ${request.trainFile} names have neither title nor abstract, and are all trained as one: ${query}`,
    );
  });

  it("says that the dev set is trained on, and refuses an empty one", async () => {
    const request = newRequest();
    const { notes } = await planTraining({ ...request, devFile: request.trainFile, numDevInstances: 5 });
    expect(notes).toContain("5 of the 5 dev triplets are trained on: the dev loss tells little of what is new");
    writeFileSync(request.devFile ?? "", "\n");
    await expect(planTraining(request)).rejects.toThrow(
      "there is no triplet in it; without dev triplets, leave it out",
    );
  });

  it("counts and times the triplets that there are, however many a batch may have, and says that a rate never rises", async () => {
    const [small, large] = [
      await planTraining(newRequest()),
      await planTraining(newRequest({ batchSize: 1e6, warmup: 9, numTrainInstances: 2e5 })),
    ];
    expect(large.time.timedTriplets).toBe(12);
    expect(large.length.updatesPerEpoch).toBe(1);
    // Four triplets a batch, and all twelve.
    const ofBatch = ({ costs }: { costs: { leastBytes: number; weightBytes: number } }) =>
      costs.leastBytes - costs.weightBytes;
    expect(ofBatch(large) / ofBatch(small)).toBeCloseTo(3, 9);
    expect(large.costs.leastBytes).toBeLessThan(large.costs.weightBytes + large.costs.activationBytes);
    expect(large.notes).toContain(
      "the rate rises over 9 updates (--warmup), and there are 2: it never reaches what --lr says",
    );
    expect(large.notes).toContain("the rate has fallen after 1 updates (--num-train-instances), and there are 2");
    expect(small.notes.join()).not.toMatch(/--warmup|--num-train/);
  });

  it("refuses numbers that make no sense, by name", async () => {
    for (const [changes, message] of [
      [{ batchSize: 0 }, "planTraining: batchSize must be a whole number of at least 1, not 0"],
      [{ learningRate: Number.NaN }, "planTraining: learningRate must be a number of at least 0, not NaN"],
      [{ clip: 0 }, "planTraining: clip must be a number above 0, not 0"],
      [{ clipEach: 0 }, "planTraining: clipEach must be a number above 0, not 0"],
      [{ clampEntries: -1 }, "planTraining: clampEntries must be a number above 0, not -1"],
      [{ init: "random:layers=1,hidden=16,positions=2" }, "takes 2 tokens of a text, and two of them are marks"],
      [{ init: "random:layers=1,hidden=16,layers=2" }, "layers is said twice; say it once"],
      [{ init: "random:layers=1001" }, "--init random:layers=1001: takes 1000 layers at most"],
      [{ init: "random:layers=99999999,hidden=64" }, "takes 1000 layers at most"],
      [
        { init: "random:layers=1,hidden=1000000" },
        "training its 12,000,000 million weights takes 192,000 GB, and there are",
      ],
      [{ init: "random:positions=999999999999" }, "weights takes"],
      [{ init: "random:layers=1,hidden=64,intermediate=999999999999" }, "weights takes"],
      [{ dropout: 1 }, "planTraining: dropout must be a number from 0 to below 1, not 1"],
      [{ epochs: "3" as unknown as number }, 'planTraining: epochs must be a whole number of at least 1, not "3"'],
      [{ schedule: "polynomial", learningRate: 1e-7 }, "polynomial ends at a rate of 1e-7: --lr must be above that"],
      [{ schedule: "steep" }, "--schedule steep: not known; use linear, cosine"],
    ] as const) {
      await expect(planTraining(newRequest(changes))).rejects.toMatchObject({
        code: "USAGE",
        message: expect.stringContaining(message),
      });
    }
  });

  it("tells of triplets that name a paper twice", async () => {
    const folder = temporaryFolder();
    writeTinyTraining(folder, 12);
    const lines = readFileSync(join(folder, "train.jsonl"), "utf8").trimEnd().split("\n");
    const doubled = lines.map((line, at) => {
      const triplet = JSON.parse(line);
      return JSON.stringify(
        at === 4
          ? { ...triplet, negative: triplet.query }
          : at === 7
            ? { ...triplet, positive: triplet.negative }
            : triplet,
      );
    });
    const trainFile = join(folder, "doubled.jsonl");
    writeFileSync(trainFile, doubled.join("\n"));
    const plan = await planTraining(newRequest({ trainFile, papersFile: join(folder, "papers.json") }));
    expect(plan.notes.slice(1)).toEqual([
      `2 of the 12 triplets of ${trainFile} name one paper twice, the first in line 5: a paper cannot be nearer than itself`,
    ]);
  });

  it("tells of papers that the texts have twice, of which the last is used", async () => {
    const request = newRequest();
    const text = readFileSync(request.papersFile ?? "", "utf8");
    const [id = "", paper] = Object.entries(JSON.parse(text))[3] ?? [];
    const again = `${JSON.stringify(id)}: ${JSON.stringify({ ...(paper as object), title: "Another title" })}`;
    writeFileSync(request.papersFile ?? "", text.replace(/\}\s*$/, `, ${again}}`));
    const plan = await planTraining(request);
    expect(plan.notes).toContain(`${request.papersFile} has 1 papers more than once; the last one is used.`);
  });

  it("leaves an output folder that another process makes meanwhile", async () => {
    const request = newRequest();
    const planned = planTraining(request);
    // What the plan found has been seen by now: there was no folder.
    mkdirSync(join(request.output, "of another"), { recursive: true });
    await planned;
    expect(readdirSync(request.output)).toEqual(["of another"]);
    rmSync(request.output, { recursive: true });
    await planTraining(request);
    expect(existsSync(request.output)).toBe(false);
  });

  it("tells of triplets that are not as many as the record beside them says", async () => {
    const { trainFile = "", devFile: _, papersFile = "", ...request } = newRequest();
    const triplets = join(request.output, "../triplets");
    mkdirSync(triplets);
    const [train, val, record] = ["data-train.jsonl", "data-val.jsonl", "data-triplets.json"].map((name) =>
      join(triplets, name),
    ) as [string, string, string];
    copyFileSync(trainFile, train);
    writeFileSync(val, "");
    copyFileSync(papersFile, join(triplets, "data-papers.json"));
    const kept = (ofTrain: number, ofVal: number) =>
      writeFileSync(
        record,
        JSON.stringify({ sets: { train: { kept: ofTrain }, val: { kept: ofVal }, test: { kept: 0 } } }),
      );
    kept(13, 9);
    const { notes } = await planTraining({ ...request, triplets });
    expect(notes.slice(1)).toEqual([
      `${train} has 12 triplets, and ${record} tells of 13: one of them was cut off or changed since`,
      `${val} has 0 triplets, and ${record} tells of 9: one of them was cut off or changed since`,
    ]);
    writeFileSync(record, "{}");
    await expect(planTraining({ ...request, triplets })).rejects.toThrow("is no record of triplets");
  });

  it("refuses a file without a triplet", async () => {
    const request = newRequest();
    writeFileSync(request.trainFile ?? "", "");
    await expect(planTraining(request)).rejects.toMatchObject({ message: expect.stringContaining("no triplet in it") });
  });

  it("says what the shipped model lacks, and takes its words", async () => {
    await expect(planTraining(newRequest({ init: "mini" }))).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(
        "has no layers to train; start from --init random:layers=2,hidden=64 --vocab mini",
      ),
    });
    const { parameters } = await planTraining(
      newRequest({ init: "random:layers=1,hidden=8,positions=32", vocab: "mini" }),
    );
    expect(parameters).toBeGreaterThan(2048 * 8);
  });

  it("comes after a graph and triplets that take numbers which make sense", async () => {
    const files = { papersFiles: ["nowhere"], outFolder: "nowhere" };
    await expect(makeCitationGraph({ ...files, valShare: 0.6, testShare: 0.4 })).rejects.toThrow("must be below 1");
    await expect(makeCitationGraph({ ...files, seed: -1 })).rejects.toThrow(
      "seed must be a whole number from 0 to 4294967295",
    );
    const triplets = { dataFolder: "nowhere", outFolder: "nowhere" };
    await expect(makeTriplets({ ...triplets, samplesPerQuery: 1.5 })).rejects.toThrow(
      "samplesPerQuery must be a whole",
    );
    await expect(makeTriplets({ ...triplets, marginFraction: 2 })).rejects.toThrow("marginFraction must be a number");
  });
});
