import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../../scripts/tinyCheckpoints.mjs";
import { embedPapers, planEmbedding, planTraining, resolveEncoder, trainModel, vectorAt } from "../../../src/index.ts";
import { readSafetensors } from "../../../src/tensorFiles/safetensors.ts";
import { readFloat32 } from "../../../src/tensorFiles/storedTensor.ts";
import { fewWordsNotes, openStart } from "../../../src/training/start/openStart.ts";
import { lastingFolder } from "../../encoders/checkpoints/lastingFolder.ts";

const folder = lastingFolder();
const papers = (): { id: string; title: string; abstract: string; year: null }[] =>
  Object.values<{ paper_id: string; title: string; abstract: string }>(
    JSON.parse(readFileSync(join(folder, "papers.json"), "utf8")),
  ).map(({ paper_id: id, title, abstract }) => ({ id, title, abstract, year: null }));

beforeAll(() => {
  writeTinyCheckpoints(folder);
  const ids = papers().map(({ id }) => id);
  const lines = [0, 3, 6].map((at) =>
    JSON.stringify({ query: ids[at], positive: ids[at + 1], negative: ids[at + 2], kind: "easy" }),
  );
  writeFileSync(join(folder, "train.jsonl"), `${lines.join("\n")}\n`);
});

/** Trains for one update without dropout, and gives the folder of what comes out. */
async function trained(init: string, changes: object): Promise<string> {
  const { job } = await planTraining({
    init: join(folder, init),
    trainFile: join(folder, "train.jsonl"),
    papersFile: join(folder, "papers.json"),
    output: join(folder, `out-${readdirSync(folder).length}`),
    batchSize: 3,
    accumulate: 1,
    epochs: 1,
    dropout: 0,
    threads: 1,
    ...changes,
  });
  return (await trainModel(job)).bestFolder;
}

const weightsOf = (model: string): Map<string, string> =>
  new Map(
    [...readSafetensors(join(model, "model.safetensors"))].map(([name, tensor]) => [name, readFloat32(tensor).join()]),
  );

async function vectorsOf(model: string): Promise<number[][]> {
  const encoder = await resolveEncoder(model, { cacheDir: join(folder, "cache") });
  const { table } = await embedPapers(await planEmbedding([{ file: "papers", papers: papers() }], encoder));
  return table.ids.map((_, row) => [...vectorAt(table, row)]);
}

describe("a training that starts from an AllenNLP archive", () => {
  it("leaves, at a rate of 0, the archive's encoder and its mix, with its vectors", async () => {
    const archive = "original/model.tar.gz";
    const model = await trained(archive, { preset: "original", learningRate: 0 });
    const [found, encoder] = [weightsOf(model), weightsOf(join(folder, "hf-safetensors"))];
    for (const [name, numbers] of found) expect(numbers === encoder.get(name), name).toBe(true);
    expect([...encoder.keys()].filter((name) => !found.has(name))).toEqual([]);
    const mix = JSON.parse(readFileSync(join(model, "mix.json"), "utf8"));
    expect(mix).toMatchObject({ averaged: true, max_words: 512 });
    const wanted = [-0.3, 0.1, 0.5, 1.3];
    for (const [at, value] of [...mix.scalar_parameters, mix.gamma].entries())
      expect(value).toBeCloseTo(wanted[at] ?? 0, 6);
    const [ours, theirs] = [await vectorsOf(model), await vectorsOf(join(folder, archive))];
    const largest = ours
      .flat()
      .reduce((most, value, at) => Math.max(most, Math.abs(value - (theirs.flat()[at] ?? 0))), 0);
    expect(largest).toBeLessThan(1e-5);
  });

  it("trains the mix with the encoder, and goes on from the folder that came out as from the archive", async () => {
    const settings = { preset: "original", learningRate: 1e-3, schedule: "constant" };
    const model = await trained("original/model.tar.gz", settings);
    const mix = JSON.parse(readFileSync(join(model, "mix.json"), "utf8"));
    expect(Math.abs(mix.scalar_parameters[0] + 0.3)).toBeGreaterThan(1e-4);
    // A folder says what an archive says: the same first update leads to the same weights.
    const still = await trained("original/model.tar.gz", { ...settings, learningRate: 0 });
    const again = await trained(still.slice(folder.length + 1), settings);
    expect([...weightsOf(again)]).toEqual([...weightsOf(model)]);
  });

  it("gives with the preset hf what the same encoder gives as a Hugging Face folder, pickled or not", async () => {
    const settings = { preset: "hf", learningRate: 1e-3 };
    const models = await Promise.all(
      ["original/model.tar.gz", "hf", "hf-safetensors"].map((init, at) =>
        trained(init, { ...settings, output: join(folder, `hf-${at}`) }),
      ),
    );
    const [archive, pickled, plain] = models.map((model) => [...weightsOf(model)]);
    expect(pickled).toEqual(plain);
    expect(archive).toEqual(plain);
  });
});

describe("a model that was trained on shorter texts than it takes", () => {
  it("is used on what it takes, which is told unless it is asked for", async () => {
    const model = await trained("hf", { maxLength: 8 });
    const told = async (maxLength?: number): Promise<string> =>
      (await resolveEncoder(model, { cacheDir: join(folder, "cache"), maxLength })).notes.join();
    expect(await told()).toMatch(/trained on at most 8 tokens of a text, and used with \d+; --max-length 8 takes/);
    expect(await told(8)).not.toContain("trained on at most");
    expect(await told(12)).not.toContain("trained on at most");
  });
});

describe("what a training can start from", () => {
  it("is told where the argument is nothing of it", async () => {
    const refused = async (init: string, message: string): Promise<void> => {
      await expect(trained(init, {})).rejects.toMatchObject({ message: expect.stringContaining(message) });
    };
    await refused("nowhere", "there is no such folder or archive; give a Hugging Face folder");
    writeFileSync(join(folder, "some.onnx"), "");
    await refused("some.onnx", "an ONNX model cannot be trained; give the checkpoint that it was made of");
    await refused("papers.json", "papers.json");
  });

  it("refuses one with a number that is none, in whatever weight", async () => {
    cpSync(join(folder, "hf-safetensors"), join(folder, "nan"), { recursive: true });
    const file = join(folder, "nan/model.safetensors");
    const bytes = readFileSync(file);
    bytes.writeFloatLE(Number.NaN, bytes.length - 4);
    writeFileSync(file, bytes);
    await expect(trained("nan", { freeze: "embeddings,0" })).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringMatching(/^--init .*nan: \S+ has numbers that are not finite; start from a model/),
    });
  });

  it("is told to have far fewer words than rows, as a vocabulary that was cut off has", async () => {
    const file = join(folder, "hf-safetensors/vocab.txt");
    expect((await openStart(join(folder, "hf-safetensors"), undefined, 1, folder)).notes).toEqual([]);
    const words = readFileSync(file, "utf8").trimEnd().split("\n").length;
    for (const rows of [words, words + 256]) expect(fewWordsNotes(file, rows)).toEqual([]);
    expect(fewWordsNotes(file, words + 257)).toEqual([
      expect.stringContaining(`vocab.txt has ${words} words, and the model rows for ${words + 257}: it was cut off`),
    ]);
    // Of a large model's rows a fiftieth may be spare.
    expect(fewWordsNotes(file, 100_000)).toHaveLength(1);
    expect(fewWordsNotes("tokenizer.json", 100_000)).toEqual([]);
  });
});
