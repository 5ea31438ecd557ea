import { cpSync, lstatSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../../scripts/tinyCheckpoints.mjs";
import { exportCheckpoint } from "../../../src/encoders/checkpoints/exportCheckpoint.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";
import { lastingFolder } from "./lastingFolder.ts";

const tiny = lastingFolder();
beforeAll(() => writeTinyCheckpoints(tiny));

describe("exportCheckpoint", () => {
  it("puts the tokenizer's files beside the model, so that the model can be used as it is", async () => {
    const folder = temporaryFolder();
    const { files, recipe } = await exportCheckpoint(`${tiny}/hf`, `${folder}/out/model.onnx`);
    expect(recipe).toBe("hf");
    expect(readdirSync(`${folder}/out`).sort()).toEqual(
      ["config.json", "model.onnx", "tokenizer_config.json", "vocab.txt"].sort(),
    );
    expect(files[0]).toBe(`${folder}/out/model.onnx`);
    const encoder = await resolveEncoder(`${folder}/out/model.onnx`);
    expect(encoder).toMatchObject({ output: "sentence_embedding", maxLength: 512, dimensions: 64 });
  });

  it("leaves nothing where the checkpoint is changed while it is read", async () => {
    const folder = temporaryFolder();
    cpSync(`${tiny}/hf`, `${folder}/hf`, { recursive: true });
    const weights = `${folder}/hf/pytorch_model.bin`;
    const onProgress = () => utimesSync(weights, 1, 1);
    const exporting = exportCheckpoint(`${folder}/hf`, `${folder}/out.onnx`, {}, { onProgress });
    await expect(exporting).rejects.toThrow(/pytorch_model\.bin: has changed while it was read/);
    expect(readdirSync(folder)).toEqual(["hf"]);
  });

  it("keeps an older model of the name until the new one has been written and loaded", async () => {
    const folder = temporaryFolder({ "model.onnx": "older", "real/other.onnx": "older", "b/note": "" });
    symlinkSync("../real/other.onnx", `${folder}/b/link.onnx`);
    const seen = new Set<string>();
    const stop = new AbortController();
    const onProgress = ({ stage, share }: { stage: string; share?: number }) => {
      seen.add(readFileSync(`${folder}/model.onnx`, "utf8"));
      if (stage === "writing the model" && share === 1) stop.abort();
    };
    const control = { onProgress, signal: stop.signal };
    await expect(exportCheckpoint(`${tiny}/hf`, `${folder}/model.onnx`, {}, control)).rejects.toThrow("interrupted");
    expect([...seen]).toEqual(["older"]);
    expect(readFileSync(`${folder}/model.onnx`, "utf8")).toBe("older");
    expect(readdirSync(folder).sort()).toEqual(["b", "model.onnx", "real"]);
    const { files } = await exportCheckpoint(`${tiny}/hf`, `${folder}/b/link.onnx`);
    expect(files[0]).toBe(`${folder}/b/link.onnx`);
    expect(lstatSync(`${folder}/b/link.onnx`).isSymbolicLink()).toBe(true);
    expect(readdirSync(`${folder}/real`)).toEqual(["other.onnx"]);
    expect((await resolveEncoder(`${folder}/b/link.onnx`)).dimensions).toBe(64);
  });

  it("leaves the recipe in the file", async () => {
    const folder = temporaryFolder();
    await exportCheckpoint(`${tiny}/original/model.tar.gz`, `${folder}/model.onnx`);
    const encoder = await resolveEncoder(`${folder}/model.onnx`);
    expect(encoder.recipe).toMatchObject({ recipe: "original", maxWords: 512 });
    await expect(resolveEncoder(`${folder}/model.onnx`, { recipe: "hf" })).rejects.toThrow(/was made for the recipe/);
    await exportCheckpoint(`${tiny}/hf`, `${folder}/b/space.onnx`, { recipe: "hf-space" });
    expect((await resolveEncoder(`${folder}/b/space.onnx`)).recipe.recipe).toBe("hf-space");
  });

  it("does not overwrite the vocabulary of another model, and tells so before it writes", async () => {
    const folder = temporaryFolder({ "vocab.txt": "[UNK]\n[CLS]\n[SEP]\n" });
    await expect(exportCheckpoint(`${tiny}/hf`, `${folder}/model.onnx`)).rejects.toThrow(
      /vocab\.txt: belongs to another/,
    );
    expect(readdirSync(folder)).toEqual(["vocab.txt"]);
  });

  it("refuses a folder where it would read another model's files, or another model its own", async () => {
    const archive = `${tiny}/original/model.tar.gz`;
    const folder = temporaryFolder();
    await exportCheckpoint(archive, `${folder}/a/old.onnx`);
    await expect(exportCheckpoint(`${tiny}/hf`, `${folder}/a/new.onnx`)).rejects.toThrow(
      /a\/old\.onnx: would be read with the files of new\.onnx; write the model into a folder of its own/,
    );
    expect(readdirSync(`${folder}/a`).sort()).toEqual(["old.onnx", "vocab.txt"]);
    await exportCheckpoint(`${tiny}/hf`, `${folder}/b/old.onnx`);
    await expect(exportCheckpoint(archive, `${folder}/b/new.onnx`)).rejects.toThrow(
      /b\/tokenizer_config\.json, .*config\.json: would be read with the model, and its checkpoint has none/,
    );
    await exportCheckpoint(`${tiny}/hf`, `${folder}/b/int8.onnx`, { precision: "int8" });
    expect(readdirSync(`${folder}/b`)).toContain("int8.onnx");
  });

  it("puts all that goes over a named vocabulary beside the model, so that both make the same tokens", async () => {
    const folder = temporaryFolder({
      "cased/vocab.txt": readFileSync(`${tiny}/hf/vocab.txt`),
      "cased/tokenizer_config.json": JSON.stringify({ do_lower_case: false, tokenizer_class: "BertTokenizer" }),
    });
    cpSync(`${tiny}/hf`, `${folder}/bare`, { recursive: true });
    for (const name of ["vocab.txt", "tokenizer_config.json"]) rmSync(`${folder}/bare/${name}`);
    const vocabulary = `${folder}/cased/vocab.txt`;
    await exportCheckpoint(`${folder}/bare`, `${folder}/out/model.onnx`, { vocabulary });
    const [given, exported] = [
      await resolveEncoder(`${folder}/bare`, { vocab: vocabulary, cacheDir: `${folder}/cache` }),
      await resolveEncoder(`${folder}/out/model.onnx`),
    ];
    const pieces = [given, exported].map(({ tokenizer }) => openTokenizer(tokenizer).pieces("The model"));
    expect(pieces[1]).toEqual(pieces[0]);
    expect(pieces[0]).toContain(2);
  });

  it("may write into the checkpoint's own folder", async () => {
    const folder = temporaryFolder();
    writeTinyCheckpoints(folder);
    const before = readFileSync(`${folder}/hf/vocab.txt`, "utf8");
    const { files } = await exportCheckpoint(`${folder}/hf`, `${folder}/hf/model.onnx`, { precision: "int8" });
    expect(files).toEqual([`${folder}/hf/model.onnx`]);
    expect(readFileSync(`${folder}/hf/vocab.txt`, "utf8")).toBe(before);
  });

  it("wants a name that ends in .onnx", async () => {
    writeFileSync(`${tiny}/note`, "");
    await expect(exportCheckpoint(`${tiny}/hf`, `${tiny}/model`)).rejects.toThrow("should end in .onnx");
  });
});
