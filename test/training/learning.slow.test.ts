import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runScidocs } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { hasShared, sharedPath } from "../shared.ts";

const topics = (name: string): string => sharedPath(`goldens/training/learning/topics/${name}`);

/** Mean average precision x100 of the judged papers by their distance from each query. */
function meanAveragePrecision(vectorsFile: string, qrelFile: string): number {
  const lines = readFileSync(vectorsFile, "utf8").trim().split("\n");
  const vectors = new Map<string, number[]>(
    lines.map((line) => JSON.parse(line)).map((each) => [each.paper_id, each.embedding]),
  );
  const judged = new Map<string, { id: string; relevant: boolean }[]>();
  for (const line of readFileSync(qrelFile, "utf8").trim().split("\n")) {
    const [query = "", , id = "", grade] = line.split(" ");
    judged.set(query, [...(judged.get(query) ?? []), { id, relevant: Number(grade) > 0 }]);
  }
  const precisions = [...judged].map(([query, papers]) => {
    const from = vectors.get(query) ?? [];
    const distance = (id: string): number =>
      (vectors.get(id) ?? []).reduce((sum, x, k) => sum + (x - (from[k] ?? 0)) ** 2, 0);
    const ranked = papers
      .map((paper) => ({ ...paper, distance: distance(paper.id) }))
      .sort((a, b) => a.distance - b.distance);
    let [found, sum] = [0, 0];
    for (const [rank, { relevant }] of ranked.entries()) {
      if (!relevant) continue;
      found += 1;
      sum += found / (rank + 1);
    }
    return found === 0 ? 0 : sum / found;
  });
  return (100 * precisions.reduce((sum, precision) => sum + precision, 0)) / precisions.length;
}

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

    // Queries of topics that no triplet named: PyTorch's models, which start near 36, come to 56 to 64 there.
    const papers = [
      "--papers",
      topics("metadata-test.json"),
      "--max-length",
      "32",
      "--no-store",
      "-o",
      "vectors.jsonl",
    ];
    expect(runScidocs(folder, ["embed", "--model", "out/best", ...papers]).exitCode).toBe(0);
    const before = Math.max(...golden.map((each) => each.before.map_test));
    const least = Math.min(...golden.map(({ epochs }) => epochs.at(-1).map_test));
    const map = meanAveragePrecision(join(folder, "vectors.jsonl"), topics("test.qrel"));
    expect(map).toBeGreaterThan(least - (least - before) / 4);
  });
});

describe("a training from random weights on a made-up collection", () => {
  const seeds = [0, 1];
  for (const seed of seeds) {
    it(`raises cite MAP on the mini dataset, whose papers it has not seen, by 8 points or more: seed ${seed}`, () => {
      const folder = temporaryFolder();
      const mini = join(import.meta.dirname, "../../datasets/mini");
      const ran = (...args: readonly string[]): void => {
        const { exitCode, stderr } = runScidocs(folder, args);
        expect(exitCode, stderr).toBe(0);
      };
      ran("data", "synth", "--out", "collection", "--seed", "2", "--scale", "0.02");
      ran("graph", "--papers", "collection/paper_metadata_view_cite_read.json", "--exclude", mini, "-o", "graph");
      ran("triplets", "--data-dir", "graph", "--outdir", "triplets");
      const citeMap = (name: string, rate: string, ...flags: readonly string[]): number => {
        ran(
          ...["train", "--init", "random:layers=2,hidden=64", "--vocab", "mini", "--triplets", "triplets", "-o", name],
          ...["--preset", "original", "--pooling", "words", "--optimizer", "adamw", "--lr", rate, "--epochs", "1"],
          ...["--batch-size", "16", "--accumulate", "1", "--max-length", "32", "--dropout", "0"],
          ...["--num-dev-instances", "200", "--seed", String(seed), ...flags],
        );
        const record = join(folder, `${name}.json`);
        ran("run", "--model", `${name}/best`, "--data", mini, "--tasks", "cite", "--no-store", "-o", record);
        return JSON.parse(readFileSync(record, "utf8")).scores["cite-map"];
      };
      // One update at a rate of 0 leaves the weights as they were drawn.
      const before = citeMap("before", "0", "--max-steps", "1");
      const after = citeMap("after", "1e-3");
      expect(before).toBeLessThan(40);
      expect(after - before).toBeGreaterThan(8);
    });
  }
});
