import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { archiveTensors, writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { embedPapers } from "../../src/embed/embedPapers.ts";
import { planEmbedding } from "../../src/embed/plan.ts";
import { exportCheckpoint } from "../../src/encoders/checkpoints/exportCheckpoint.ts";
import type { EncoderOptions } from "../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";
import { lastingFolder } from "./checkpoints/lastingFolder.ts";

const folder = lastingFolder();
const cacheDir = lastingFolder();
const papers = [
  { id: "a", title: "Protein folding by energy", abstract: "We study the folding of a protein with a model." },
  { id: "b", title: "Market policy", abstract: null },
];

/** The mix that `archiveTensors` writes, as the JSON file has it. */
const mix = {
  scalar_parameters: [0, 1, 2].map(
    (layer) =>
      archiveTensors(new Map()).get(`text_field_embedder.token_embedder_bert._scalar_mix.scalar_parameters.${layer}`)
        ?.data[0],
  ),
  gamma: Math.fround(1.3),
  max_words: 512,
};

beforeAll(async () => {
  writeTinyCheckpoints(folder);
  await exportCheckpoint(`${folder}/hf`, `${folder}/layers/model.onnx`, { output: "layers" });
  writeFileSync(`${folder}/mix.json`, JSON.stringify(mix));
});

async function vectors(model: string, options: EncoderOptions = {}): Promise<number[]> {
  const encoder = await resolveEncoder(model, { ...options, cacheDir });
  const plan = await planEmbedding([{ file: "papers.json", papers }], encoder);
  return Array.from((await embedPapers(plan, { threads: 1 })).table.data);
}

describe("--mix-weights", () => {
  it("gives an ONNX file with all layers the original's vectors", async () => {
    const mixed = await vectors(`${folder}/layers/model.onnx`, { mixWeights: `${folder}/mix.json` });
    const archive = await vectors(`${folder}/original/model.tar.gz`);
    expect(mixed.length).toBe(archive.length);
    for (const [index, value] of archive.entries()) expect(Math.abs(value - (mixed[index] ?? 0))).toBeLessThan(1e-5);
  });

  it("makes the copy in the cache anew where it was damaged", async () => {
    const options = { mixWeights: `${folder}/mix.json`, cacheDir };
    const { modelFile, fingerprint } = await resolveEncoder(`${folder}/layers/model.onnx`, options);
    const whole = readFileSync(modelFile);
    writeFileSync(modelFile, Buffer.from(whole).fill(0, 5000, 5100));
    expect((await resolveEncoder(`${folder}/layers/model.onnx`, options)).fingerprint).toBe(fingerprint);
    expect(readFileSync(modelFile)).toEqual(whole);
  });

  it("names the recipe and keeps the limit of words", async () => {
    const encoder = await resolveEncoder(`${folder}/layers/model.onnx`, { mixWeights: `${folder}/mix.json`, cacheDir });
    expect(encoder.recipe).toMatchObject({ recipe: "original", maxWords: 512 });
  });

  it.each([
    ["a mix of another number of layers", { ...mix, scalar_parameters: [1, 2, 3, 4, 5] }, /has 5 layers/],
    ["a mix without gamma", { scalar_parameters: [1, 2, 3] }, /is no mix of layers/],
  ])("refuses %s", async (_what, value, message) => {
    writeFileSync(`${folder}/other.json`, JSON.stringify(value));
    const options = { mixWeights: `${folder}/other.json`, cacheDir };
    await expect(resolveEncoder(`${folder}/layers/model.onnx`, options)).rejects.toThrow(message);
  });

  it("refuses a model whose layers are not put out, naming its outputs", async () => {
    await exportCheckpoint(`${folder}/hf`, `${folder}/cls/model.onnx`);
    const options = { mixWeights: `${folder}/mix.json`, cacheDir };
    await expect(resolveEncoder(`${folder}/cls/model.onnx`, options)).rejects.toThrow(/it has: sentence_embedding/);
    await expect(resolveEncoder(`${folder}/hf`, options)).rejects.toThrow(/has its own mix/);
    await expect(resolveEncoder(`${folder}/layers/model.onnx`, { ...options, recipe: "hf" })).rejects.toThrow(
      /means the recipe original/,
    );
  });
});
