import { describe, expect, it } from "vitest";
import { withRankMarks } from "../../../src/report/rankMarks.ts";
import { scoreTable } from "../../../src/report/scoreTable.ts";
import { comparePairwise } from "../../../src/results/compare/pairwise.ts";
import { resamplesFor } from "../../../src/results/compare/resamples.ts";
import { buildRecord } from "../recordBuilder.ts";
import { fromOneSeed } from "../recordChanges.ts";

const record = (index: number, quality: number) =>
  buildRecord({ name: `model ${index}`, quality, modelSeed: index + 1, tasks: ["cite", "recomm"], items: 60 });

describe("comparing all pairs of several records", () => {
  it("finds clear differences among twelve records, of which 264 tests with a smallest p of 1/10,001 each could find none", async () => {
    const records = Array.from({ length: 12 }, (_, index) => record(index, index < 6 ? 0.2 : 0.7));
    const { better, tests } = await comparePairwise(records, { resamples: 1000 });
    expect(tests).toBe(12 * 11 * 2);
    const cite = better.get("cite-map")!;
    for (let strong = 6; strong < 12; strong++) {
      expect(cite[strong]!.slice(0, 6)).toEqual(Array(6).fill(true));
      expect(cite[strong]!.slice(6)).toEqual(Array(6).fill(false));
    }
    expect(cite.slice(0, 6).flat().some(Boolean)).toBe(false);
  });

  it("tells the same of two records as their comparison does, whichever stands first", async () => {
    const [weak, strong] = [record(0, 0.2), record(1, 0.8)];
    const forth = (await comparePairwise([weak, strong], { resamples: 500 })).better.get("cite-map");
    expect(forth).toEqual([
      [false, false],
      [true, false],
    ]);
    const back = (await comparePairwise([strong, weak], { resamples: 500 })).better.get("cite-map");
    expect(back).toEqual([
      [false, true],
      [false, false],
    ]);
  });

  it("follows the level: what 0.4 calls better 0.001 need not", async () => {
    const records = [record(0, 0.4), record(1, 0.44)];
    const letters = async (level: number): Promise<number> => {
      const { better } = await comparePairwise(records, { resamples: 2000, level });
      return [...better.values()].flat(2).filter(Boolean).length;
    };
    expect(await letters(0.4)).toBeGreaterThan(await letters(0.001));
  });

  it("draws more where letters are close calls, and counts those that stay so", async () => {
    const few = { resamples: 1000, level: 0.3 };
    const records = [record(0, 0.4), record(1, 0.44), record(2, 0.42)];
    const asked = await comparePairwise(records, few);
    expect(asked.draws).toBe(1000);
    const free = await comparePairwise(records, { level: 0.3 });
    expect(free.draws).toBeGreaterThanOrEqual(10_000);
    expect(free.closeCalls === 0 || free.draws === 100_000).toBe(true);
    const marked = withRankMarks(scoreTable(records), { ...free, closeCalls: 2, draws: 100_000 });
    expect(marked.notes).toContain(
      "2 of the tests are close calls: after 100000 exchanges other draws may still add or take a letter.",
    );
  });

  it("decides nothing about columns from one seed", async () => {
    const records = [record(0, 0.2), fromOneSeed(record(1, 0.8))];
    const { better, tests } = await comparePairwise(records, { resamples: 300 });
    expect(tests).toBe(2);
    expect(better.has("recomm-ndcg")).toBe(false);
  });

  it("tests nothing where there is nothing in common, and stops when asked to", async () => {
    const apart = [buildRecord({ tasks: ["cite"] }), buildRecord({ tasks: ["mag"] })];
    expect((await comparePairwise(apart)).tests).toBe(0);
    await expect(
      comparePairwise([record(0, 0.2), record(1, 0.8)], { resamples: 200_000 }, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});

describe("how many resamples a comparison takes", () => {
  it("is 10,000, and 20 in each tail where the level is small", () => {
    expect(resamplesFor(0.95)).toBe(10_000);
    expect(resamplesFor(0.999)).toBe(40_000);
    expect(resamplesFor(0.95, 200)).toBe(200);
    // 1 / (draws + 1) must lie below the level of one tail, 1 in 40.
    expect(resamplesFor(0.95, 40)).toBe(40);
    expect(() => resamplesFor(0.95, 38)).toThrow(/give at least --resamples 40/);
    expect(resamplesFor(1 - 1 / 50_000)).toBe(2_000_000);
  });

  it("is refused where nothing could be significant, with the number that would do", () => {
    expect(() => resamplesFor(0.999, 1000)).toThrow(
      /with 1000 resamples nothing can be significant .* --resamples 2000/,
    );
    expect(resamplesFor(0.999, 2000)).toBe(2000);
    expect(() => resamplesFor(0.9999999)).toThrow(/takes 4\d+ resamples, which would be hours/);
  });
});
