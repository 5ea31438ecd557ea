import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runScidocs } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { laterNomicSizes, smallConfigs, writeRandomEncoder } from "../encoders/architectures/randomEncoder.ts";
import { lastOfEach, tinyFlags, writeTinyTraining } from "./tinyTraining.ts";

// What a training leaves is a model for everybody: Python's transformers opens it and gives the vectors that we give. Needs a Python with
// torch and transformers: `python3`, or the one that SCIDOCS_PYTHON names.

const python = process.env.SCIDOCS_PYTHON ?? "python3";
const hasTransformers = spawnSync(python, ["-c", "import torch, transformers"]).status === 0;
if (!hasTransformers) console.log(`${python} has no torch and transformers: trained folders are not opened by them`);

/** Nomic's encoder as transformers 5 writes it; the class for its own form is code from a hub, which is not run. */
const nomic = { model_type: "nomic_bert", vocab_size: 30, ...laterNomicSizes };
/** Numbers of one type are given for a start of another. */
const modernbert = { ...smallConfigs.modernbert, dtype: "bfloat16", local_attention: 4, pad_token_id: 0 };
const configs = Object.entries({ ...smallConfigs, modernbert, nomic_bert: nomic });

it.skipIf(!hasTransformers)(
  "folders that a training leaves are opened by Python's transformers, which gives their vectors to 1e-5",
  { timeout: 300_000 },
  () => {
    const folder = temporaryFolder();
    writeTinyTraining(folder, 12);
    const scidocs = (...args: string[]): void => {
      const { exitCode, stderr } = runScidocs(folder, args);
      expect(exitCode, stderr).toBe(0);
    };
    for (const [type, config] of configs) {
      writeRandomEncoder(join(folder, `${type}-start`), config);
      cpSync(join(folder, "vocab.txt"), join(folder, `${type}-start/vocab.txt`));
      const words = ["train", "--init", `${type}-start`, ...tinyFlags.slice(4), "--epochs", "1", "-o", type];
      scidocs(...lastOfEach(words));
      scidocs(
        "embed",
        "--model",
        `${type}/best`,
        "--papers",
        "papers.json",
        "--max-length",
        "32",
        "-o",
        `${type}.jsonl`,
      );
    }
    const script = join(import.meta.dirname, "openedByTransformers.py");
    const folders = configs.map(([type]) => join(folder, type, "best"));
    const { stdout, stderr, status } = spawnSync(python, [script, join(folder, "papers.json"), ...folders], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      env: { ...process.env, HF_HUB_OFFLINE: "1" },
    });
    expect(status, stderr.slice(-2000)).toBe(0);
    for (const [at, { dtype, missing, unexpected, vectors }] of JSON.parse(stdout).entries()) {
      const [type] = configs[at] ?? [""];
      expect(dtype, type).toBe("torch.float32");
      expect(unexpected, type).toEqual([]);
      // No vector is made by it.
      expect(
        missing.filter((name: string) => !/^pooler\./.test(name)),
        type,
      ).toEqual([]);
      const ours = readFileSync(join(folder, `${type}.jsonl`), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(ours.length).toBe(Object.keys(vectors).length);
      for (const { paper_id, embedding } of ours) {
        const farthest = Math.max(
          ...embedding.map((value: number, place: number) => Math.abs(value - vectors[paper_id][place])),
        );
        expect(farthest, `${type} ${paper_id}`).toBeLessThan(1e-5);
      }
    }
  },
);
