import { describe, expect, it } from "vitest";
import { seedVariance } from "../../src/stats/pairedStatistic.ts";
import { generator } from "../../src/stats/random/generator.ts";
import { type SeededScores, seededDifference } from "../../src/stats/seededDifference.ts";

const clicks = 12;
const random = generator(8);
const weights = Float64Array.from({ length: clicks }, () => 0.5 + random.uniform());
const run = (seeds: number): SeededScores => ({
  metrics: [0, 1].map(() => Array.from({ length: seeds }, () => Float64Array.from({ length: clicks }, random.uniform))),
});
const [a, b] = [run(3), run(2)];
const out = new Float64Array(2);

/** Weighted mean over clicks and seeds of one metric, each click as often as it is counted. */
function score(scores: SeededScores, metric: number, counts: ArrayLike<number>): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < clicks; i++) {
    const seeds = scores.metrics[metric]!;
    const mean = seeds.reduce((part, values) => part + values[i]! / seeds.length, 0);
    sum += counts[i]! * weights[i]! * mean;
    total += counts[i]! * weights[i]!;
  }
  return sum / total;
}

describe("a difference of clicks under several seeds", () => {
  // Made anew in each test: what is made while the file loads, no changed code has part in.
  const between = () => seededDifference(weights, a, b, false);
  const once = new Uint8Array(clicks).fill(1);

  it("is that of the weighted means over clicks and seeds, metric by metric", () => {
    const statistic = between();
    expect(statistic.items).toBe(clicks);
    for (const metric of [0, 1]) {
      expect(statistic.observed[metric]).toBeCloseTo(score(b, metric, once) - score(a, metric, once), 12);
    }
  });

  it("is under every count that of clicks as often as they are counted", () => {
    const statistic = between();
    for (let draw = 0; draw < 20; draw++) {
      const counts = Uint8Array.from({ length: clicks }, () => Math.floor(3 * random.uniform()));
      statistic.counted(counts, out);
      for (const metric of [0, 1]) {
        expect(out[metric]).toBeCloseTo(score(b, metric, counts) - score(a, metric, counts), 12);
      }
    }
  });

  it("is under every exchange the sum of what each click brings, its sign turned where it is exchanged", () => {
    const statistic = between();
    for (let draw = 0; draw < 20; draw++) {
      const signs = Int8Array.from({ length: clicks }, () => (random.uniform() < 0.5 ? -1 : 1));
      statistic.exchanged(signs, out);
      for (const metric of [0, 1]) {
        let expected = 0;
        for (let i = 0; i < clicks; i++) {
          const only = once.map((_, other) => (other === i ? 1 : 0));
          const share = weights[i]! / weights.reduce((sum, weight) => sum + weight, 0);
          expected += signs[i]! * share * (score(b, metric, only) - score(a, metric, only));
        }
        expect(out[metric]).toBeCloseTo(expected, 12);
      }
    }
  });

  it("needs the same metrics on both sides", () => {
    expect(() => seededDifference(weights, a, { metrics: a.metrics.slice(1) }, false)).toThrow(RangeError);
  });
});

describe("the seeds of two runs", () => {
  /** Per seed a level that all clicks share, and some noise of the clicks' own. */
  const levelled = (levels: readonly number[], noise: number): SeededScores => ({
    metrics: [levels.map((level) => weights.map(() => level + noise * random.normal()))],
  });

  it("stand side by side where they are others or of another number, and pair by pair where they are the same", () => {
    const sides = (x: SeededScores, y: SeededScores, paired: boolean) =>
      seededDifference(weights, x, y, paired).seedParts.map(({ side, seeds, deviations }) => [
        side,
        seeds,
        deviations.map(({ length }) => length),
      ]);
    expect(sides(a, b, false)).toEqual([
      ["a", 3, [3, 3]],
      ["b", 2, [2, 2]],
    ]);
    expect(sides(a, b, true)).toEqual(sides(a, b, false));
    expect(sides(a, run(3), true)).toEqual([["both", 3, [3, 3]]]);
  });

  it("vary the difference as their own levels do, without what the clicks' noise adds to it", () => {
    const levels = [0.1, 0.5, 0.3, 0.7];
    const quiet = seededDifference(weights, levelled([0, 0], 0), levelled(levels, 0), false).seedParts[1]!;
    const variance = levels.reduce((sum, level) => sum + (level - 0.4) ** 2, 0) / 3 / 4;
    expect(seedVariance(quiet, () => 1)).toBeCloseTo(variance, 12);
    // Clicks weigh unequally; what their noise adds to a level's variance is the mean of squared weights of it.
    const noise = 0.3;
    const worlds = 2000;
    let mean = 0;
    for (let world = 0; world < worlds; world++) {
      const noisy = seededDifference(weights, levelled([0, 0], 0), levelled(levels, noise), false).seedParts[1]!;
      mean += seedVariance(noisy, () => 1) / worlds;
    }
    expect(Math.abs(mean / variance - 1)).toBeLessThan(0.04);
  });
});
