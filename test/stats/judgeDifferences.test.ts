import { describe, expect, it } from "vitest";
import { judgeDifferences } from "../../src/stats/judgeDifferences.ts";
import { meanDifference } from "../../src/stats/meanDifference.ts";
import { generator } from "../../src/stats/random/generator.ts";
import type { ResampledTask } from "../../src/stats/resample.ts";
import { seededDifference } from "../../src/stats/seededDifference.ts";

const options = { resamples: 3000, seed: 1, confidence: 0.95 };
const ids = (count: number, of = "query"): string[] => Array.from({ length: count }, (_, i) => `${of} ${i}`);

/** Two columns over 200 queries that nearly agree, as MAP and nDCG do. */
function queries(key: string, shift: number, seed: number, of = "query"): ResampledTask {
  const random = generator(seed);
  const first = Float64Array.from({ length: 200 }, () => shift + 0.3 * random.normal());
  const second = first.map((value) => 0.6 * value + 0.02 * random.normal());
  return { key, statistic: meanDifference([first, second]), units: ids(200, of) };
}

/** 200 clicks under some seeds a run, whose levels vary by `sd`. */
function clicks(seeds: number, sd: number, seed = 3): ResampledTask {
  const random = generator(seed);
  const run = (): { metrics: Float64Array[][] } => ({
    metrics: [
      Array.from({ length: seeds }, () => {
        const level = 0.5 + sd * random.normal();
        return Float64Array.from({ length: 200 }, () => level + 0.05 * random.normal());
      }),
    ],
  });
  return {
    key: "recomm",
    statistic: seededDifference(new Float64Array(200).fill(1), run(), run(), false),
    units: ids(200, "click"),
  };
}

describe("judging differences", () => {
  it("tells a fall from a rise: one side's p-value is small, the other's near 1", async () => {
    const { tasks } = await judgeDifferences([queries("cite", -0.2, 5), queries("view", 0.2, 6)], options);
    const [fell, rose] = [tasks[0]![0]!.tests!, tasks[1]![0]!.tests!];
    expect(fell.adjustedDropPValue).toBeLessThan(0.01);
    expect(rose.adjustedDropPValue).toBeGreaterThan(0.99);
    for (const tests of [fell, rose]) {
      expect(tests.pValue).toBeLessThan(0.01);
      expect(tests.adjustedPValue).toBeGreaterThanOrEqual(tests.pValue);
    }
    expect(fell.dropPValue).toBeLessThanOrEqual(fell.pValue);
  });

  it("charges columns that nearly agree less than a correction that counts them does", async () => {
    const { tasks } = await judgeDifferences([queries("cite", 0.05, 8)], options);
    const [map, ndcg] = tasks[0]!;
    const smaller = Math.min(map!.tests!.pValue, ndcg!.tests!.pValue);
    expect(Math.min(map!.tests!.adjustedPValue, ndcg!.tests!.adjustedPValue)).toBeLessThan(1.5 * smaller);
  });

  it("sees drops of 2.8 standard errors in one column alone, more where it stands among others", async () => {
    const one: ResampledTask = { ...queries("cite", 0, 9), statistic: meanDifference([new Float64Array(200)]) };
    const flat = await judgeDifferences([one], options);
    expect(flat.mean.tests!.smallestVisibleDrop).toBe(0);
    const alone = await judgeDifferences([queries("cite", 0, 9)], options);
    const error = 0.3 / Math.sqrt(200);
    expect(alone.tasks[0]![0]!.tests!.smallestVisibleDrop / error).toBeGreaterThan(2.6);
    expect(alone.tasks[0]![0]!.tests!.smallestVisibleDrop / error).toBeLessThan(3.2);
    const others = ["a", "b", "c", "d", "e"].map((key, index) => queries(key, 0, 20 + index, key));
    const among = await judgeDifferences([queries("cite", 0, 9), ...others], options);
    expect(among.tasks[0]![0]!.tests!.smallestVisibleDrop).toBeGreaterThan(
      alone.tasks[0]![0]!.tests!.smallestVisibleDrop,
    );
  });

  it("decides nothing from one seed, neither for the column nor for the mean that it is part of", async () => {
    const judged = await judgeDifferences([queries("cite", 0, 5), clicks(1, 0.1)], options);
    expect(judged.tasks[0]![0]!.tests).not.toBeNull();
    expect(judged.tasks[1]![0]!.tests).toBeNull();
    expect(judged.mean.tests).toBeNull();
    expect(judged.mean.interval.low).toBeLessThan(judged.mean.observed);
  });

  it("asks of few seeds what Student asks: 1.4 to 2.2 times the interval at 3, hardly more at 40", async () => {
    const width = async (seeds: number): Promise<number> => {
      const task = clicks(seeds, 0.2, 11);
      const { interval } = (await judgeDifferences([task], options)).tasks[0]![0]!;
      const part = task.statistic.seedParts;
      const variance = part.reduce(
        (sum, { deviations }) => sum + deviations[0]!.reduce((s, d) => s + (d / seeds) ** 2, 0),
        0,
      );
      return (interval.high - interval.low) / (2 * 1.96 * Math.sqrt(variance));
    };
    // Welch's degrees of freedom lie between 2 and 4 for three seeds a side.
    expect(await width(3)).toBeGreaterThan(1.3);
    expect(await width(3)).toBeLessThan(2.3);
    expect(await width(40)).toBeLessThan(1.08);
  });

  it("adds what tasks share in the mean: the same queries in four tasks vary it more than other queries do", async () => {
    const four = (of: (task: string) => string) =>
      ["a", "b", "c", "d"].map((key) => ({ ...queries(key, 0, 9), key, units: ids(200, of(key)) }));
    const width = async (tasks: ResampledTask[]): Promise<number> => {
      const { low, high } = (await judgeDifferences(tasks, options)).mean.interval;
      return high - low;
    };
    // Four copies of one task: shared draws vary as one task does, draws apart half as much.
    const ratio = (await width(four(() => "query"))) / (await width(four((key) => key)));
    expect(ratio).toBeGreaterThan(1.85);
    expect(ratio).toBeLessThan(2.15);
  });

  it("gives the mean of the columns' differences", async () => {
    const { tasks, mean } = await judgeDifferences([queries("cite", 0.1, 5), clicks(5, 0.1)], options);
    const all = tasks.flat().map(({ observed }) => observed);
    expect(mean.observed).toBeCloseTo(all.reduce((sum, value) => sum + value, 0) / 3, 12);
    expect(mean.tests!.adjustedPValue).toBe(mean.tests!.pValue);
  });

  describe("near a limit", () => {
    /** One task of 100 queries that fell, near what 2.5 % allow, and one that did not. */
    const tasks = (shift: number): ResampledTask[] =>
      [
        { key: "fell", shift, seed: 5 },
        { key: "same", shift: 0, seed: 11 },
      ].map(({ key, shift: by, seed }) => {
        const random = generator(seed);
        const first = Float64Array.from({ length: 100 }, () => by + 0.3 * random.normal());
        const second = first.map((value) => 0.6 * value + 0.1 * random.normal());
        return { key, statistic: meanDifference([first, second]), units: ids(100, key) };
      });
    const verdicts = async (shift: number, most?: number) => {
      const found: { drop: boolean; close: boolean; exchanged: number; counted: number }[] = [];
      for (let seed = 1; seed <= 20; seed++) {
        const { tasks: judged, draws } = await judgeDifferences(tasks(shift), {
          ...options,
          resamples: 1000,
          most,
          seed,
        });
        const { adjustedDropPValue, closeDropCall } = judged[0]![0]!.tests!;
        found.push({ drop: adjustedDropPValue < 0.025, close: closeDropCall, ...draws });
      }
      return found;
    };

    it("says of every verdict that another seed decides otherwise that it is a close call", async () => {
      const found = await verdicts(-0.03);
      expect(new Set(found.map(({ drop }) => drop)).size).toBe(2);
      expect(found.every(({ close }) => close)).toBe(true);
    });

    it("draws up to ten times as often where that may settle it, and then agrees whatever the seed", async () => {
      const found = await verdicts(-0.034, 10_000);
      expect((await verdicts(-0.034)).some(({ close }) => close)).toBe(true);
      const settled = found.filter(({ close }) => !close);
      expect(settled.length).toBeGreaterThan(15);
      expect(new Set(settled.map(({ drop }) => drop))).toEqual(new Set([true]));
      expect(Math.max(...found.map(({ exchanged }) => exchanged))).toBe(10_000);
      expect(found.every(({ counted }) => counted === 1000)).toBe(true);
    });

    it("draws no more where nothing is near: a plain difference and none at all", async () => {
      const judged = async (shift: number) =>
        (await judgeDifferences([queries("cite", shift, 9)], { ...options, most: 30_000 })).draws;
      expect(await judged(-0.5)).toEqual({ counted: 3000, exchanged: 3000 });
      expect(await judged(0)).toEqual({ counted: 3000, exchanged: 3000 });
    });

    it("draws more for an interval that leaves something open", async () => {
      const margin = (await judgeDifferences(tasks(-0.03), options)).mean.interval.low;
      const { draws, mean } = await judgeDifferences(tasks(-0.03), {
        ...options,
        most: 12_000,
        leavesOpen: (found) => found.mean.lowEnd.low <= margin && margin <= found.mean.lowEnd.high,
      });
      expect(draws.counted).toBeGreaterThan(3000);
      expect(mean.lowEnd.low).toBeLessThanOrEqual(mean.interval.low);
      expect(mean.lowEnd.high).toBeGreaterThanOrEqual(mean.interval.low);
    });
  });
});
