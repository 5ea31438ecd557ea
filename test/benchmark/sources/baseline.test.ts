import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runBenchmark } from "../../../src/benchmark/runBenchmark.ts";
import { baselineSource } from "../../../src/benchmark/sources/baseline.ts";
import { randomVectors, tfidfVectors } from "../../../src/learn/baselines/baselineVectors.ts";
import { openDataset } from "../../../src/suites/dataset.ts";
import { vectorAt } from "../../../src/vectors/vectorTable.ts";

const mini = await openDataset(fileURLToPath(new URL("../../../datasets/mini", import.meta.url)));

describe("baselines", () => {
  it("score as the protocol predicts: random and zero vectors by chance, words far above it", async () => {
    const scores = [];
    for (const baseline of ["random", "zero", "tfidf"] as const) {
      const { record } = await runBenchmark(mini, baselineSource(baseline), { tasks: ["mesh", "cite"] });
      expect(record.model).toMatchObject({ name: baseline, source: "baseline" });
      expect(record.notes[0]).toMatch(/^Baseline: /);
      scores.push([record.scores["cite-map"] ?? Number.NaN, record.scores["mesh-f1"] ?? Number.NaN] as const);
    }
    const [[randomMap, randomF1] = [0, 0], [zeroMap, zeroF1] = [0, 0], [tfidfMap, tfidfF1] = [0, 0]] = scores;
    // 5 relevant of 30: about 25; a classifier of 11 classes that knows nothing: about 9.
    for (const map of [randomMap, zeroMap]) expect(Math.abs(map - 25)).toBeLessThan(5);
    for (const f1 of [randomF1, zeroF1]) expect(f1).toBeLessThan(15);
    expect(tfidfMap).toBeGreaterThan(50);
    expect(tfidfF1).toBeGreaterThan(50);
  });

  it("give a paper the same random vector whatever papers stand beside it, and another for another seed", () => {
    const alone = vectorAt(randomVectors(["b"], 1), 0);
    expect(vectorAt(randomVectors(["a", "b"], 1), 1)).toEqual(alone);
    expect(vectorAt(randomVectors(["b"], 2), 0)).not.toEqual(alone);
    expect(alone).toHaveLength(25);
  });

  it("refuse texts without a word in common", async () => {
    await expect(tfidfVectors(new Map([["a", "one"]]), 0)).rejects.toMatchObject({ code: "BAD_INPUT" });
  });
});
