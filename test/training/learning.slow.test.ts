import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runScidocs } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { hasShared, sharedPath } from "../shared.ts";

const topics = (name: string): string => sharedPath(`goldens/training/learning/topics/${name}`);

describe.skipIf(!hasShared)("a training from random weights", () => {
  it("learns what PyTorch learns: its dev loss lies among PyTorch's of three seeds", () => {
    const folder = temporaryFolder();
    const triplets = JSON.parse(readFileSync(topics("triplets.json"), "utf8"));
    for (const set of ["train", "val"]) {
      const lines = triplets[set].map(([query, positive, negative, kind]: string[]) =>
        JSON.stringify({ query, positive, negative, kind }),
      );
      writeFileSync(join(folder, `${set}.jsonl`), `${lines.join("\n")}\n`);
    }
    const ran = runScidocs(folder, [
      ...["train", "--init", topics("model-seed0"), "--vocab", topics("vocab.txt"), "-o", "out"],
      ...["--train-path", "train.jsonl", "--dev-path", "val.jsonl", "--papers", topics("metadata.json")],
      ...["--batch-size", "16", "--accumulate", "1", "--epochs", "2", "--shuffle", "--seed", "0", "--max-length", "32"],
      ...["--optimizer", "adamw-torch", "--lr", "5e-4", "--weight-decay", "0.01", "--warmup", "0.1"],
    ]);
    expect(ran.exitCode).toBe(0);
    const losses = [...ran.stderr.matchAll(/dev loss (\d\.\d+)/g)].map(([, loss]) => Number(loss));
    const golden = [0, 1, 2].map((seed) =>
      JSON.parse(readFileSync(sharedPath(`goldens/training/learning/topics-cls-seed${seed}.json`), "utf8")),
    );
    const reached = golden.map(({ epochs }) => epochs.at(-1).dev_loss);
    expect(golden[0].before.dev_loss).toBeGreaterThan(0.9);
    expect(losses).toHaveLength(2);
    // PyTorch's spread over seeds, and half as much again on both sides.
    const spread = Math.max(...reached) - Math.min(...reached);
    expect(losses.at(-1)).toBeGreaterThan(Math.min(...reached) - spread / 2);
    expect(losses.at(-1)).toBeLessThan(Math.max(...reached) + spread / 2);
  });
});
