import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pickle, pickledTensor, safetensorsFile, torchZipFile, zipFile } from "../../../scripts/tinyCheckpoints.mjs";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { readSafetensors } from "../../../src/tensorFiles/safetensors.ts";
import { readFloat32 } from "../../../src/tensorFiles/storedTensor.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { writeRandomEncoder } from "../architectures/randomEncoder.ts";
import { tokensOf, vectorsOf } from "../embedInProcess.ts";
import { lastingFolder } from "./lastingFolder.ts";

const scratch = lastingFolder();
const cacheDir = lastingFolder();
const papers = [{ title: "abc", abstract: "de" }];

const fresh = (seed = 11) => writeRandomEncoder(mkdtempSync(join(scratch, "weights-")), "bert", { seed });

async function embed(folder: string) {
  const encoder = await resolveEncoder(folder, { cacheDir });
  return { vectors: await vectorsOf(encoder, tokensOf(encoder, papers)), notes: encoder.notes.join("\n") };
}

/** The tensors of a folder's safetensors file, to be written otherwise. */
const tensorsOf = (folder: string) =>
  [...readSafetensors(join(folder, "model.safetensors"))].map(
    ([name, tensor]) => [name, { shape: [...tensor.shape], data: readFloat32(tensor) }] as const,
  );

/** Writes tensors into two shards and their index. */
function writeShards(folder: string, tensors: ReturnType<typeof tensorsOf>, kind: "safetensors" | "bin"): void {
  const stem = kind === "bin" ? "pytorch_model" : "model";
  const parts = [tensors.slice(0, 5), tensors.slice(5)];
  const map: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const name = `${stem}-0000${index + 1}-of-00002.${kind}`;
    const content = kind === "bin" ? torchZipFile(new Map(part)) : safetensorsFile(new Map(part));
    writeFileSync(join(folder, name), content);
    for (const [tensor] of part) map[tensor] = name;
  }
  writeFileSync(join(folder, `${stem}.${kind}.index.json`), JSON.stringify({ weight_map: map }));
}

describe("a folder with several files of weights", () => {
  it("is read as transformers reads it: safetensors, whole or in shards, before an old pytorch_model.bin", async () => {
    const right = await embed(fresh());
    const folder = fresh();
    writeShards(folder, tensorsOf(folder), "safetensors");
    rmSync(join(folder, "model.safetensors"));
    writeFileSync(join(folder, "pytorch_model.bin"), torchZipFile(new Map(tensorsOf(fresh(12)))));
    const read = await embed(folder);
    expect(read.vectors).toEqual(right.vectors);
    expect(read.notes).toMatch(/pytorch_model\.bin: not read/);
  });

  it("may have PyTorch's shards", async () => {
    const folder = fresh();
    const right = await embed(folder);
    writeShards(folder, tensorsOf(folder), "bin");
    rmSync(join(folder, "model.safetensors"));
    expect((await embed(folder)).vectors).toEqual(right.vectors);
  });
});

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 438007537\n";

describe("a Git LFS pointer", () => {
  it.each(["model.safetensors", "config.json", "vocab.txt", "tokenizer_config.json", "tokenizer.json", "model.onnx"])(
    "in the place of %s is named",
    async (name) => {
      const folder = fresh();
      writeFileSync(join(folder, name), pointer);
      await expect(embed(folder)).rejects.toThrow(`${join(folder, name)}: is a Git LFS pointer`);
    },
  );

  it.each(["pytorch_model.bin", "model.safetensors.index.json"])("in the place of %s is named", async (name) => {
    const folder = fresh();
    rmSync(join(folder, "model.safetensors"));
    writeFileSync(join(folder, name), pointer);
    await expect(embed(folder)).rejects.toThrow(`${join(folder, name)}: is a Git LFS pointer`);
  });

  it("in the place of an archive is named", async () => {
    const archive = join(mkdtempSync(join(scratch, "lfs-")), "model.tar.gz");
    writeFileSync(archive, pointer);
    await expect(embed(archive)).rejects.toThrow(/model\.tar\.gz: is a Git LFS pointer/);
  });
});

describe.skipIf(!hasShared)("folders that were misread", () => {
  it("gives the vectors of the shards, not of the stale file beside them", async () => {
    const place = sharedPath("cases/stale-bin-before-sharded-safetensors");
    const expected = JSON.parse(readFileSync(join(place, "torch.json"), "utf8"));
    const texts = Object.values(JSON.parse(readFileSync(join(place, "papers.json"), "utf8"))) as typeof papers;
    const [right] = Object.entries(expected).filter(([name]) => /shard|right/.test(name)) as [string, number[]][];
    const encoder = await resolveEncoder(join(place, "model"), { cacheDir });
    const [vector] = await vectorsOf(encoder, tokensOf(encoder, texts));
    for (const [k, value] of (right?.[1] ?? []).entries())
      expect(Math.abs((vector?.[k] ?? 9) - value)).toBeLessThan(1e-5);
    expect(right?.[1].length).toBe(vector?.length);
  });

  it.each(["onnx", "safetensors", "bin"])("says that the weights are a Git LFS pointer: %s", async (name) => {
    await expect(embed(sharedPath(`cases/lfs-pointer/${name}`))).rejects.toThrow(/is a Git LFS pointer/);
  });
});

describe("a training framework's checkpoint", () => {
  const nested = (folder: string, extra: readonly [string, Buffer][] = []): Buffer => {
    const tensors = tensorsOf(folder);
    const parts = new Map(tensors.map(([name, tensor], index) => [name, { ...tensor, key: String(index) }]));
    const entries = [...parts].map(([name, { shape, data, key }]): [string, Buffer] => {
      const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
      return [`model.bert.${name}`, pickledTensor({ key, shape, strides, count: data.length })];
    });
    const whole = pickle.dictionary([
      ["epoch", pickle.integer(3)],
      ["pytorch-lightning_version", pickle.text("2.1.0")],
      ["optimizer_states", pickle.list(pickle.integer(1))],
      ["state_dict", pickle.dictionary(entries)],
      ...extra,
    ]);
    return zipFile([
      ["archive/data.pkl", Buffer.concat([pickle.begin, whole, pickle.stop])],
      ...[...parts.values()].map(({ key, data }): [string, Buffer] => [
        `archive/data/${key}`,
        Buffer.from(data.buffer, data.byteOffset, data.byteLength),
      ]),
    ]);
  };

  it("is read where its state dict lies among counters and states, under whatever prefix", async () => {
    const folder = fresh();
    const right = await embed(folder);
    writeFileSync(join(folder, "pytorch_model.bin"), nested(folder));
    rmSync(join(folder, "model.safetensors"));
    expect((await embed(folder)).vectors).toEqual(right.vectors);
  });

  // Attention makes finite shares of scores that are no numbers: the vectors would look like vectors.
  it.each(["encoder.layer.0.attention.self.key.weight", "encoder.layer.1.attention.self.query.bias"])(
    "is refused where %s holds what is no finite number",
    async (broken) => {
      const folder = fresh();
      const tensors = tensorsOf(folder).map(([name, { shape, data }]) => {
        const values = data.slice();
        if (name === broken) values[5] = Number.NaN;
        return [name, { shape, data: values }] as const;
      });
      writeFileSync(join(folder, "model.safetensors"), safetensorsFile(new Map(tensors)));
      await expect(embed(folder)).rejects.toThrow(`model.safetensors: tensor ${broken}: holds NaN at index 5`);
    },
  );

  it("is refused where a weight is there under its older name too, with other numbers", async () => {
    const folder = fresh();
    const old = tensorsOf(folder)
      .filter(([name]) => name.endsWith("LayerNorm.weight"))
      .map(
        ([name, { shape, data }]) =>
          [name.replace(/weight$/, "gamma"), { shape, data: data.map((x) => 3 * x) }] as const,
      );
    writeFileSync(join(folder, "model.safetensors"), safetensorsFile(new Map([...tensorsOf(folder), ...old])));
    await expect(embed(folder)).rejects.toThrow(/there under two names.*embeddings\.LayerNorm\.weight/);
  });

  it("is refused where it holds two encoders that differ, naming both", async () => {
    const folder = fresh();
    const two = new Map([
      ...tensorsOf(folder).map(([name, tensor]) => [`query.${name}`, tensor] as const),
      ...tensorsOf(fresh(12)).map(([name, tensor]) => [`paper.${name}`, tensor] as const),
    ]);
    writeFileSync(join(folder, "model.safetensors"), safetensorsFile(two));
    await expect(embed(folder)).rejects.toThrow(/several encoders, under "query\." and "paper\."/);
  });
});
