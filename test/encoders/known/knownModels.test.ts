import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../../scripts/tinyCheckpoints.mjs";
import { exportCheckpoint } from "../../../src/encoders/checkpoints/exportCheckpoint.ts";
import { knownModels } from "../../../src/encoders/known/knownModels.ts";
import { parsePooling } from "../../../src/encoders/pooling.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { openStart } from "../../../src/training/start/openStart.ts";
import { lastingFolder } from "../checkpoints/lastingFolder.ts";

const scratch = lastingFolder();
const cacheDir = lastingFolder();
beforeAll(() => writeTinyCheckpoints(scratch));

/** The tiny checkpoint in a folder of a certain name, with this in its configuration. */
function folderOf(name: string, config: object = {}): string {
  const folder = join(mkdtempSync(join(scratch, "known-")), name);
  cpSync(join(scratch, "hf"), folder, { recursive: true });
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...config }));
  return folder;
}

const resolve = (folder: string, options = {}) => resolveEncoder(folder, { cacheDir, ...options });

describe("known models", () => {
  it("each have a name and repositories of their own, settings that are valid, and a source", () => {
    const names = knownModels.map(({ name }) => name);
    const repositories = knownModels.flatMap((model) => model.repositories);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(repositories).size).toBe(repositories.length);
    for (const { settings, source } of knownModels) {
      expect(parsePooling(settings.pooling ?? "")).not.toBeNull();
      expect(source).toMatch(/^https:\/\//);
    }
  });

  it("set all of a model's settings by --as, which flags go over", async () => {
    const folder = folderOf("mine");
    const encoder = await resolve(folder, { as: "e5" });
    expect(encoder).toMatchObject({
      recipe: { recipe: "hf-space", prefix: "query: " },
      pooling: ["mean"],
      steps: [{ kind: "normalize" }],
      maxLength: 512,
    });
    expect(encoder.notes.join()).toMatch(/used as e5: recipe hf-space, pooling mean, normalized, prefix "query: "/);
    const over = await resolve(folder, { as: "e5", pooling: "max", prefix: "", maxLength: 99, text: "{title}" });
    expect(over).toMatchObject({ recipe: { recipe: "text", prefix: "" }, pooling: ["max"], maxLength: 99 });
    await expect(resolve(folder, { as: "specter9" })).rejects.toThrow(
      /--as specter9: not known; known are specter, specter2/,
    );
  });

  it("tell siblings apart that differ in their longest input", async () => {
    expect((await resolve(folderOf("all-MiniLM-L6-v2"))).maxLength).toBe(256);
    expect((await resolve(folderOf("all-MiniLM-L12-v2"))).maxLength).toBe(128);
  });

  it("give the fingerprint that the flags give", async () => {
    const folder = folderOf("mine");
    const flags = { recipe: "hf-space", pooling: "mean", normalize: true, maxLength: 384 };
    expect((await resolve(folder, { as: "mpnet" })).fingerprint).toBe((await resolve(folder, flags)).fingerprint);
  });

  it("are cut down to the positions that a smaller model has", async () => {
    expect((await resolve(folderOf("mine"), { as: "gte-modernbert" })).maxLength).toBe(512);
    await expect(resolve(folderOf("mine"), { as: "gte-modernbert", maxLength: 600 })).rejects.toThrow(
      /only 512 positions/,
    );
  });

  it("are recognised by the folder's name or its configuration, and say so", async () => {
    const byName = await resolve(folderOf("all-mpnet-base-v2"));
    expect(byName).toMatchObject({ pooling: ["mean"], maxLength: 384 });
    expect(byName.notes.join()).toMatch(/is taken for mpnet by its name/);
    const byConfig = await resolve(folderOf("mine", { _name_or_path: "malteos/scincl" }));
    expect(byConfig.notes.join()).toMatch(/is taken for scincl/);
    expect(byConfig.notes.join()).not.toMatch(/nothing beside it declares/);
    expect((await resolve(folderOf("mine"))).notes.join()).not.toMatch(/is taken for/);
  });

  it("are exported as they are used, and a model that was trained from one is used as it was trained", async () => {
    const folder = folderOf("mine", { _name_or_path: "intfloat/e5-small-v2" });
    const exported = join(scratch, "e5/model.onnx");
    await exportCheckpoint(folder, exported);
    const used = { recipe: { recipe: "hf-space", prefix: "query: " }, pooling: ["mean"] };
    expect(await resolve(folder)).toMatchObject(used);
    expect(await resolve(exported)).toMatchObject(used);
    const { configText } = await openStart(folder, undefined, 0, join(scratch, "unpacked"));
    expect(JSON.parse(configText)._name_or_path).toBe("");
    writeFileSync(join(folder, "training.json"), JSON.stringify({ settings: { preset: "hf" }, update: 1 }));
    const trained = await resolve(folder);
    expect(trained).toMatchObject({ recipe: { recipe: "hf", prefix: "" }, pooling: "model" });
    expect(trained.notes.join()).not.toMatch(/is taken for/);
  });

  it("leave an archive to say itself how it is used", async () => {
    await expect(resolve(join(scratch, "original/model.tar.gz"), { as: "specter" })).rejects.toThrow(
      /says itself how it is used/,
    );
  });

  it("never go over what a folder declares by itself", async () => {
    const folder = folderOf("e5-base-v2");
    const type = (name: string) => `sentence_transformers.models.${name}`;
    mkdirSync(join(folder, "1_Pooling"));
    writeFileSync(
      join(folder, "1_Pooling/config.json"),
      JSON.stringify({ pooling_mode_max_tokens: true, pooling_mode_mean_tokens: false }),
    );
    writeFileSync(
      join(folder, "modules.json"),
      JSON.stringify([
        { path: "", type: type("Transformer") },
        { path: "1_Pooling", type: type("Pooling") },
      ]),
    );
    expect(await resolve(folder)).toMatchObject({ pooling: ["max"], recipe: { prefix: "" } });
  });
});
