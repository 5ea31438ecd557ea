import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/tensorFiles/safetensors.ts";
import { readFloat32 } from "../../src/tensorFiles/storedTensor.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { hasShared } from "../shared.ts";
import { writeGoldenTriplets } from "../training/goldenRun.ts";
import { plainName, stepsPath } from "../training/stepsGolden.ts";
import { lastOfEach, tinyFlags, writeTinyTraining } from "../training/tinyTraining.ts";
import { runScidocs } from "./runScidocs.ts";

const tinyFolder = (triplets?: number): string => {
  const folder = temporaryFolder();
  writeTinyTraining(folder, triplets);
  return folder;
};

const modelOf = (folder: string, name = "out/best"): Buffer => readFileSync(join(folder, name, "model.safetensors"));

describe("scidocs train", () => {
  it("leaves the best model as a Hugging Face folder that says where it comes from, and the curves", () => {
    const folder = tinyFolder();
    const ran = runScidocs(folder, ["train", ...tinyFlags, "-o", "out"]);
    expect(ran.stderr).toContain("epoch 3: train loss");
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toMatch(/^trained: 18 updates, best after \d+ \(dev 0\.\d+\)\nmodel: out\/best\n$/);
    expect(readdirSync(join(folder, "out/best")).sort()).toEqual([
      "config.json",
      "model.safetensors",
      "training.json",
      "vocab.txt",
    ]);
    const record = JSON.parse(readFileSync(join(folder, "out/best/training.json"), "utf8"));
    expect(record.settings).toMatchObject({
      preset: "hf",
      distance: "l2-norm",
      hiddenDropout: 0.1,
      batchSize: 2,
      accumulate: 2,
    });
    expect(record.data.train).toMatchObject({ path: "train.jsonl", triplets: 24 });
    expect(record.data.train.sha256).toMatch(/^[0-9a-f]{64}$/);
    const curves = readFileSync(join(folder, "out/curves.csv"), "utf8");
    for (const name of ["train/loss", "train/learning_rate", "train/gradient_norm", "dev/loss"])
      expect(curves).toContain(name);
    const embedded = runScidocs(folder, [
      "embed",
      "--model",
      "out/best",
      "--papers",
      "papers.json",
      "-o",
      "vectors.jsonl",
      "--no-store",
    ]);
    expect(embedded.stderr).toContain("24 papers");
    expect(embedded.stderr).not.toContain("nothing beside it declares");
    expect(embedded.stderr).not.toContain("trained on at most");
    expect(embedded.exitCode).toBe(0);
  });

  it("does nothing when the training is finished, refuses another into its folder, and begins anew with --force", () => {
    const folder = tinyFolder(8);
    const args = lastOfEach(["train", ...tinyFlags, "--epochs", "1", "-o", "out"]);
    expect(runScidocs(folder, args).exitCode).toBe(0);
    const first = modelOf(folder);
    const again = runScidocs(folder, args);
    expect(again.stdout).toContain("trained already: 2 updates");
    const other = runScidocs(folder, lastOfEach([...args, "--lr", "5e-3"]));
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain("is of another training: --lr was 0.001, is 0.005");
    expect(modelOf(folder).equals(first)).toBe(true);
    const forced = runScidocs(folder, lastOfEach([...args, "--lr", "5e-3", "--force"]));
    expect(forced.exitCode).toBe(0);
    expect(modelOf(folder).equals(first)).toBe(false);
  });

  it("prints with --dry-run what it would do, with every setting, and leaves nothing", () => {
    const folder = tinyFolder();
    const ran = runScidocs(folder, ["train", ...tinyFlags, "-o", "out", "--freeze", "embeddings,0", "--dry-run"]);
    expect(ran.exitCode).toBe(0);
    for (const text of [
      "18: 3 epochs of 6, each 2 batches of 2 triplets",
      "embeddings, layer 0",
      "dropout",
      "memory",
      "disk",
      "time",
    ]) {
      expect(ran.stdout).toContain(text);
    }
    expect(existsSync(join(folder, "out"))).toBe(false);
  });

  it("leaves what is frozen as it was, and changes the rest", () => {
    const folder = tinyFolder(8);
    const flags = lastOfEach(["train", ...tinyFlags, "--epochs", "1", "--save-every", "1", "--keep", "9", "-o", "out"]);
    expect(runScidocs(folder, [...flags, "--freeze", "embeddings,0"]).exitCode).toBe(0);
    const tensors = (name: string) => readSafetensors(join(folder, "out", name, "model.safetensors"));
    const [before, after] = [tensors("checkpoint-00000001"), tensors("checkpoint-00000002")];
    const changed = [...before].filter(([name, tensor]) => {
      const later = after.get(name);
      return later !== undefined && readFloat32(tensor).join() !== readFloat32(later).join();
    });
    expect(changed.length).toBe(16);
    expect(changed.every(([name]) => name.startsWith("encoder.layer.1."))).toBe(true);
  });

  it("says what is wrong with its flags before anything slow", () => {
    const folder = tinyFolder(8);
    const refused = (args: readonly string[], text: string): void => {
      const ran = runScidocs(folder, lastOfEach(["train", ...tinyFlags, "-o", "out", ...args]));
      expect(ran.stderr).toContain(text);
      expect(ran.exitCode).toBe(2);
    };
    refused(["--freeze", "embeddings,7"], "7 is neither embeddings nor a layer from 0 to 1");
    refused(["--freeze", "embeddings,0-1"], "nothing of the encoder would be trained");
    refused(["--pooling", "words"], "--pooling words: not with --preset hf; use cls, mean, pooler");
    refused(["--init", "random:layers=two"], "layers=two is not known");
    refused(["--init", "nowhere"], "nowhere: there is no such folder or archive");
    refused(["--papers", "train.jsonl"], "train.jsonl");
    refused(["--lr", "fast"], "Expected a number of at least 0");
    refused(["--dropout", "1"], "Expected a number from 0 to below 1");
    refused(["--schedule", "polynomial", "--lr", "1e-7"], "--lr must be above that");
    expect(existsSync(join(folder, "out"))).toBe(false);
  });

  it("names papers that have no text", () => {
    const folder = tinyFolder(8);
    writeFileSync(join(folder, "train.jsonl"), '{"query":"t0-0","positive":"x","negative":"t1-0","kind":"easy"}\n');
    const ran = runScidocs(folder, ["train", ...tinyFlags, "-o", "out"]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain("papers.json: not in it are 1 of the 3 papers that train.jsonl names: x");
  });

  it("stops at a loss that is no number and names the update and the papers", () => {
    const folder = tinyFolder(8);
    const args = ["train", ...tinyFlags, "-o", "out"];
    const ran = runScidocs(folder, lastOfEach([...args, "--lr", "1e38", "--schedule", "constant"]));
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(
      /update 2 \(epoch 1, batch 3\): the (loss|gradients' length) is \w+; query t\d-\d, positive t\d-\d, negative t\d-\d/,
    );
  });
});

describe("scidocs train at a rate that leaves no numbers", () => {
  const args = [
    ...tinyFlags,
    "--lr",
    "1e38",
    "--schedule",
    "constant",
    "--epochs",
    "1",
    "--batch-size",
    "8",
    "--dropout",
    "0",
  ];

  it("saves no weights that are not finite, though no batch comes that would tell", () => {
    const folder = tinyFolder(8);
    const noDev = args.filter((_, at) => ![args.indexOf("--dev-path"), args.indexOf("--dev-path") + 1].includes(at));
    const ran = runScidocs(folder, lastOfEach(["train", ...noDev, "--accumulate", "1", "--lr", "1e39", "-o", "out"]));
    expect(ran.stderr).toMatch(/update 1: numbers of \S+, or of its moments, are not finite\. Training stops here/);
    expect(ran.exitCode).toBe(2);
    expect(readdirSync(join(folder, "out")).filter((name) => /^(best|checkpoint)/.test(name))).toEqual([]);
  });

  it("chooses no model by a dev loss that is no number", () => {
    const folder = tinyFolder(8);
    const ran = runScidocs(folder, lastOfEach(["train", ...args, "--accumulate", "1", "-o", "out"]));
    expect(ran.stderr).toMatch(/update 1: the dev loss is (NaN|Infinity)\. Training stops here/);
    expect(ran.exitCode).toBe(2);
    expect(readdirSync(join(folder, "out")).filter((name) => /^(best|checkpoint)/.test(name))).toEqual([]);
  });
});

describe("scidocs train --evaluate", () => {
  const mini = join(import.meta.dirname, "../../datasets/mini");

  for (const preset of ["hf", "original"]) {
    it(`scores the val split as scidocs run scores the model that comes out, chooses by it, and is named there: ${preset}`, () => {
      const folder = tinyFolder(8);
      const flags = ["--evaluate", mini, "--best-by", "benchmark", "--epochs", "2", "--preset", preset];
      const ran = runScidocs(folder, lastOfEach(["train", ...tinyFlags, ...flags, "-o", "out"]));
      expect(ran.stderr).toContain("cite-map");
      expect(ran.exitCode).toBe(0);
      const { update } = JSON.parse(readFileSync(join(folder, "out/best/training.json"), "utf8"));
      const maps = readFileSync(join(folder, "out/curves.csv"), "utf8")
        .split("\n")
        .filter((row) => row.includes("benchmark/cite-map"))
        .map((row) => row.split(",").map(Number));
      expect(maps).toHaveLength(2);
      const run = [
        "run",
        "--model",
        "out/best",
        "--data",
        mini,
        "--tasks",
        "cite",
        "--split",
        "val",
        "-o",
        "record.json",
        "--no-store",
      ];
      expect(runScidocs(folder, run).stderr).not.toContain("scidocs:");
      const record = JSON.parse(readFileSync(join(folder, "record.json"), "utf8"));
      const [, , best] = maps.find(([step]) => step === update) ?? [];
      expect(record.scores["cite-map"]).toBeCloseTo(best ?? Number.NaN, 1);
      expect(record.model).toMatchObject({ recipe: preset, training: { preset, update } });
      expect(record.model.training.sha256).toMatch(/^[0-9a-f]{64}$/);
    });
  }

  it("refuses the test split", () => {
    const folder = tinyFolder(8);
    const ran = runScidocs(folder, [
      "train",
      ...tinyFlags,
      "-o",
      "out",
      "--evaluate",
      mini,
      "--evaluate-split",
      "test",
    ]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain("a training looks at val alone");
  });
});

describe.skipIf(!hasShared)("scidocs train on the goldens' texts", () => {
  const common = [
    "--batch-size",
    "3",
    "--accumulate",
    "2",
    "--no-shuffle",
    "--max-steps",
    "5",
    "--save-every",
    "1",
    "--keep",
    "9",
    "--dropout",
    "0",
  ];
  const cases: { golden: string; flags: readonly string[] }[] = [
    { golden: "hf-adamw", flags: ["--epochs", "1", "--warmup", "2", "--weight-decay", "0.01"] },
    {
      golden: "torch-adamw",
      flags: ["--epochs", "1", "--warmup", "2", "--weight-decay", "0.01", "--optimizer", "adamw-torch"],
    },
    {
      golden: "bertadam-sum",
      flags: ["--preset", "original", "--epochs", "2", "--num-train-instances", "60", "--max-words", "50"],
    },
  ];
  for (const { golden, flags } of cases) {
    it(`gives the reference's weights after each of five updates to 2e-6: ${golden}`, () => {
      const folder = temporaryFolder();
      writeGoldenTriplets(folder);
      // The mix of the golden starts elsewhere than at nothing.
      cpSync(stepsPath("model"), join(folder, "model"), { recursive: true });
      if (golden === "bertadam-sum") {
        const mix = JSON.parse(readFileSync(stepsPath("model/mix.json"), "utf8"));
        writeFileSync(join(folder, "model/mix.json"), JSON.stringify({ ...mix, averaged: false }));
      } else rmSync(join(folder, "model/mix.json"));
      const files = ["--init", "model", "--train-path", "train.jsonl", "--papers", "papers.json", "-o", "out"];
      const ran = runScidocs(folder, ["train", ...files, ...common, ...flags]);
      expect(ran.stderr).toContain("epoch 1");
      expect(ran.exitCode).toBe(0);
      const { float32_minus_float64_after_step5: spread } = JSON.parse(
        readFileSync(stepsPath(`steps-${golden}.json`), "utf8"),
      );
      for (const [name, tensor] of readSafetensors(stepsPath(`steps-${golden}.f32.safetensors`))) {
        const [, step = "", plain = ""] = /^step(\d+)\.(.*)$/.exec(name) ?? [];
        if (plain.endsWith("key.bias") || spread[plain]?.moved < 1e-9) continue;
        const checkpoint = join(folder, `out/checkpoint-0000000${step}`);
        const own = plainName(plain);
        const found = own.startsWith("scalar_mix.")
          ? readSafetensors(join(checkpoint, "optimizer.safetensors")).get(`weights.${own}`)
          : readSafetensors(join(checkpoint, "model.safetensors")).get(own);
        const numbers = found === undefined ? [] : readFloat32(found);
        const expected = readFloat32(tensor);
        const largest = expected.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - (numbers[at] ?? Number.NaN))),
          0,
        );
        expect(largest, name).toBeLessThan(2e-6);
      }
      rmSync(join(folder, "out"), { recursive: true });
    });
  }
});
