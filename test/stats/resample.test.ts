import { describe, expect, it } from "vitest";
import type { ProgressEvent } from "../../src/progress.ts";
import { percentileInterval, quantile, widened } from "../../src/stats/interval.ts";
import { macroF1Difference } from "../../src/stats/macroF1Difference.ts";
import { meanDifference } from "../../src/stats/meanDifference.ts";
import { addSeeds, fromOneSeed, type PairedStatistic, seedVariance } from "../../src/stats/pairedStatistic.ts";
import { generator } from "../../src/stats/random/generator.ts";
import { openResampling, resample, seedStream } from "../../src/stats/resample.ts";
import { seededDifference } from "../../src/stats/seededDifference.ts";
import { stepDownMaxT } from "../../src/stats/stepDown.ts";

function exchangedBy(statistic: PairedStatistic, signs: readonly number[]): Float64Array {
  const out = new Float64Array(statistic.observed.length);
  statistic.exchanged(Int8Array.from(signs), out);
  return out;
}

function countedBy(statistic: PairedStatistic, counts: readonly number[]): Float64Array {
  const out = new Float64Array(statistic.observed.length);
  statistic.counted(Uint8Array.from(counts), out);
  return out;
}

/** One metric: per seed, the scores of the clicks. */
const seeded = (...seeds: number[][]) => ({ metrics: [seeds.map((scores) => Float64Array.from(scores))] });

function correlation(x: Float64Array, y: Float64Array): number {
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value / values.length, 0);
  const [mx, my] = [mean(x), mean(y)];
  const product = (u: Float64Array, mu: number, v: Float64Array, mv: number): number =>
    u.reduce((sum, value, i) => sum + (value - mu) * (v[i]! - mv), 0);
  return product(x, mx, y, my) / Math.sqrt(product(x, mx, x, mx) * product(y, my, y, my));
}

describe("the generator", () => {
  it("gives the same stream for the same seed and another for another stream", () => {
    const first = Array.from({ length: 5 }, generator(7, 1).bits);
    expect(Array.from({ length: 5 }, generator(7, 1).bits)).toEqual(first);
    expect(Array.from({ length: 5 }, generator(7, 2).bits)).not.toEqual(first);
    expect(Array.from({ length: 5 }, generator(8, 1).bits)).not.toEqual(first);
  });

  it("draws uniform numbers with mean 1/2 and normal ones with variance 1", () => {
    const random = generator(3);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < 20_000; i++) {
      sum += random.uniform();
      squares += random.normal() ** 2;
    }
    expect(sum / 20_000).toBeCloseTo(0.5, 1);
    expect(squares / 20_000).toBeCloseTo(1, 1);
  });
});

describe("differences", () => {
  it("of means are the mean of the items' differences", () => {
    const statistic = meanDifference([Float64Array.of(0.5, -0.25, 0.5), Float64Array.of(0.1, 0.2, 0.3)]);
    expect(statistic.items).toBe(3);
    expect(statistic.observed[0]).toBeCloseTo(0.25, 12);
    expect(statistic.observed[1]).toBeCloseTo(0.2, 12);
  });

  it("of macro F1 are those of the predictions, classes that only a prediction names included", () => {
    // A: class 0 has F1 2*1/(2+1) = 2/3, class 1 2*1/(1+2) = 2/3. B: 1, 0, and class 2, predicted but never true, 0.
    const truth = Int32Array.of(0, 0, 1);
    const statistic = macroF1Difference(truth, Int32Array.of(0, 1, 1), Int32Array.of(0, 0, 2), 3);
    expect(statistic.observed[0]).toBeCloseTo((1 + 0 + 0) / 3 - 2 / 3, 12);
  });

  it("of macro F1 under exchange are those of the predictions exchanged paper by paper", () => {
    const truth = Int32Array.of(0, 1);
    const statistic = macroF1Difference(truth, Int32Array.of(0, 1), Int32Array.of(1, 0), 2);
    // A all right, B all wrong: one exchanged gives each one right of two, both exchanged turns the sign.
    const under = (...signs: number[]): number => exchangedBy(statistic, signs)[0]!;
    expect([under(1, 1), under(-1, 1), under(1, -1), under(-1, -1)]).toEqual([-1, 0, 0, 1]);
  });

  it("of weighted clicks divide by the sum of weights and average over seeds", () => {
    const weights = Float64Array.of(1, 3);
    const a = { metrics: [[Float64Array.of(0, 1), Float64Array.of(0, 0)]] };
    const b = { metrics: [[Float64Array.of(1, 1)]] };
    // A: seed means (0, 0.5) -> (0*1 + 0.5*3)/4; B: 1.
    expect(seededDifference(weights, a, b, false).observed[0]).toBeCloseTo(1 - 0.375, 12);
  });

  it.each<[string, PairedStatistic]>([
    ["of means", meanDifference([Float64Array.of(0.5, -0.25), Float64Array.of(0.1, 0.3)])],
    ["of clicks", seededDifference(Float64Array.of(1, 3), seeded([0, 1]), seeded([1, 0.5]), false)],
    ["of macro F1", macroF1Difference(Int32Array.of(0, 1), Int32Array.of(0, 0), Int32Array.of(1, 1), 2)],
  ])("%s are the observed ones with every item once, and turn their sign when all are exchanged", (_, statistic) => {
    for (const [column, observed] of statistic.observed.entries()) {
      expect(countedBy(statistic, [1, 1])[column]).toBeCloseTo(observed, 12);
      expect(exchangedBy(statistic, [1, 1])[column]).toBeCloseTo(observed, 12);
      expect(exchangedBy(statistic, [-1, -1])[column]).toBeCloseTo(-observed, 12);
    }
  });

  it("refuse runs of other items or none", () => {
    expect(() => meanDifference([])).toThrow(RangeError);
    expect(() => meanDifference([Float64Array.of(1), Float64Array.of(1, 2)])).toThrow(RangeError);
    expect(() => macroF1Difference(Int32Array.of(1), Int32Array.of(1), Int32Array.of(), 2)).toThrow(RangeError);
    expect(() => seededDifference(Float64Array.of(), seeded([]), seeded([]), false)).toThrow(RangeError);
  });
});

describe("differences of items counted otherwise", () => {
  const differences = Float64Array.of(0.5, -0.25, 0.5);

  it("are means over the items as often as they are counted", () => {
    expect(countedBy(meanDifference([differences]), [2, 1, 0])[0]).toBeCloseTo(0.75 / 3, 12);
    expect(countedBy(meanDifference([differences]), [3, 2, 0])[0]).toBeCloseTo((3 * 0.5 - 2 * 0.25) / 5, 12);
    expect(countedBy(meanDifference([differences]), [0, 1, 0])[0]).toBeCloseTo(-0.25, 12);
  });

  it("are the observed ones where nothing was drawn, of which nothing follows", () => {
    expect(countedBy(meanDifference([differences]), [0, 0, 0])[0]).toBeCloseTo(0.25, 12);
    const clicks = seededDifference(Float64Array.of(1, 3), seeded([0, 1]), seeded([1, 1]), false);
    expect(countedBy(clicks, [0, 0])[0]).toBeCloseTo(0.25, 12);
  });

  it("are recounted for macro F1: as if the paper stood there twice", () => {
    const [truth, a, b] = [Int32Array.of(0, 0, 1, 1), Int32Array.of(0, 1, 1, 1), Int32Array.of(0, 0, 1, 0)];
    const twice = (labels: Int32Array): Int32Array => Int32Array.of(labels[0]!, labels[1]!, labels[1]!, labels[3]!);
    const again = macroF1Difference(twice(truth), twice(a), twice(b), 2).observed[0]!;
    expect(countedBy(macroF1Difference(truth, a, b, 2), [1, 2, 0, 1])[0]).toBeCloseTo(again, 12);
  });

  it("weigh clicks by propensity as often as they are counted", () => {
    const clicks = seededDifference(Float64Array.of(1, 3), seeded([0, 1]), seeded([1, 1]), false);
    expect(countedBy(clicks, [1, 1])[0]).toBeCloseTo(0.25, 12);
    expect(countedBy(clicks, [3, 1])[0]).toBeCloseTo(3 / 6, 12);
  });
});

describe("the seeds' part", () => {
  const weights = Float64Array.of(1, 1);
  /** Seeds that differ by the same amount on both clicks: nothing of it is the clicks' doing. */
  const levels = (...values: number[]) => ({ metrics: [values.map((value) => Float64Array.of(value, value))] });

  it("varies a column as the mean over S seeds does: by their variance over S", () => {
    const { seedParts } = seededDifference(weights, levels(0, 0), levels(0.1, 0.2, 0.6), false);
    expect(seedParts.map(({ side, seeds }) => [side, seeds])).toEqual([
      ["a", 2],
      ["b", 3],
    ]);
    expect(seedVariance(seedParts[0]!, () => 1)).toBe(0);
    expect(seedVariance(seedParts[1]!, () => 1)).toBeCloseTo(0.07 / 3, 12);
    expect(seedVariance(seedParts[1]!, () => 0.5)).toBeCloseTo(0.07 / 12, 12);
  });

  it("is of the differences where both were trained from the same seeds", () => {
    const { seedParts } = seededDifference(weights, levels(0.1, 0.2, 0.6), levels(0.2, 0.3, 0.7), true);
    expect(seedParts).toHaveLength(1);
    expect(seedParts[0]!.side).toBe("both");
    expect(seedVariance(seedParts[0]!, () => 1)).toBeCloseTo(0, 12);
  });

  it("leaves out what the clicks' resampling has already: seeds that differ on single clicks only", () => {
    const noisy = { metrics: [[Float64Array.of(0, 1), Float64Array.of(1, 0)]] };
    const { seedParts } = seededDifference(weights, noisy, noisy, false);
    expect(seedVariance(seedParts[0]!, () => 1)).toBe(0);
  });

  it("is unknown from one seed", () => {
    expect(fromOneSeed(seededDifference(weights, levels(0.1, 0.2), levels(0.1), false))).toBe(true);
    expect(fromOneSeed(seededDifference(weights, levels(0.1, 0.2), levels(0.1, 0.2), false))).toBe(false);
    expect(fromOneSeed(meanDifference([weights]))).toBe(false);
  });

  it("is added seed by seed, all columns with the same multiplier", () => {
    const part = { side: "b" as const, seeds: 2, deviations: [Float64Array.of(0.2, -0.2), Float64Array.of(1, 3)] };
    const out = Float64Array.of(10, 20);
    addSeeds(part, Float64Array.of(1, 2), out);
    expect([...out]).toEqual([10 + (0.2 - 0.4) / 2, 20 + 7 / 2]);
  });
});

describe("resampling", () => {
  const statistic = meanDifference([Float64Array.from({ length: 50 }, (_, i) => ((i * 7) % 11) / 11 - 0.4)]);
  const task = { key: "cite", statistic, units: Array.from({ length: 50 }, (_, i) => `query ${i}`) };

  const clicks = seededDifference(Float64Array.of(1, 2), seeded([0, 1], [0, 0.5]), seeded([1, 1], [0, 1]), false);
  const recomm = { key: "recomm", statistic: clicks, units: ["query 3", "query 90"] };

  it("repeats itself for one seed and changes with it", async () => {
    const options = { resamples: 200, seed: 1 };
    const first = await resample([task], options);
    expect(await resample([task], options)).toEqual(first);
    expect(await resample([task], { ...options, seed: 2 })).not.toEqual(first);
  });

  it("draws around the observed difference, and around zero under exchange", async () => {
    const [drawn] = await resample([task], { resamples: 4000, seed: 1 });
    const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(drawn!.counted[0]!)).toBeCloseTo(statistic.observed[0]!, 2);
    expect(mean(drawn!.exchanged[0]!)).toBeCloseTo(0, 2);
  });

  it("goes on where it stopped: ten draws and ten more are the same as twenty, seeds and all", async () => {
    const parts = openResampling([task, recomm], 4);
    const whole = openResampling([task, recomm], 4);
    for (const kind of ["counted", "exchanged"] as const) {
      const [first, second] = [await parts.next(kind, 10), await parts.next(kind, 10)];
      const twenty = await whole.next(kind, 20);
      const joined = first.map((columns, t) => columns.map((column, c) => [...column, ...second[t]![c]!]));
      expect(joined).toEqual(twenty.map((columns) => columns.map((column) => [...column])));
    }
  });

  it("draws what is asked for and leaves the rest empty", async () => {
    const [counted] = await resample([task], { resamples: 100, seed: 1, kinds: "counted" });
    expect([counted!.counted[0]!.length, counted!.exchanged[0]!.length]).toEqual([100, 0]);
    const [exchanged] = await resample([task], { resamples: 100, seed: 1, kinds: "exchanged" });
    expect([exchanged!.counted[0]!.length, exchanged!.exchanged[0]!.length]).toEqual([0, 100]);
    const [both] = await resample([task], { resamples: 100, seed: 1 });
    expect(both).toEqual({ counted: counted!.counted, exchanged: exchanged!.exchanged });
  });

  it("draws an item that two tasks share once for both, and strangers apart", async () => {
    const stranger = { ...task, key: "view", units: task.units.map((unit) => `other ${unit}`) };
    const [one, same, other] = await resample([task, { ...task, key: "read" }, stranger], { resamples: 4000, seed: 1 });
    expect(same).toEqual(one);
    for (const kind of ["counted", "exchanged"] as const) {
      expect(correlation(one![kind][0]!, other![kind][0]!)).toBeLessThan(0.06);
    }
  });

  it("leaves a task's draws as they are when others are there, seeds included", async () => {
    const alone = await resample([recomm], { resamples: 50, seed: 4 });
    expect((await resample([task, recomm], { resamples: 50, seed: 4 }))[1]).toEqual(alone[0]);
  });

  it("tells how far it is, up to all draws of both kinds, and only of the kind that is asked for", async () => {
    const told = async (kinds: "both" | "counted") => {
      const events: ProgressEvent[] = [];
      await resample([task], { resamples: 100, seed: 1, kinds }, { onProgress: (event) => events.push(event) });
      return events.at(-1);
    };
    expect(await told("both")).toEqual({ stage: "resampling", done: 200, total: 200, unit: "resamples" });
    expect(await told("counted")).toEqual({ stage: "resampling", done: 100, total: 100, unit: "resamples" });
  });

  it("tells how far it is amid its work, the second kind behind the first", async () => {
    const slow = (out: Float64Array): void => {
      out.fill(0);
      for (const end = performance.now() + 1; performance.now() < end; );
    };
    const slowTask = { ...task, statistic: { ...statistic, counted: (_: Uint8Array, out: Float64Array) => slow(out) } };
    const events: ProgressEvent[] = [];
    const other = { ...slowTask.statistic, exchanged: (_: Int8Array, out: Float64Array) => slow(out) };
    await resample(
      [{ ...slowTask, statistic: other }],
      { resamples: 100, seed: 1 },
      {
        stage: "comparing",
        onProgress: (event) => events.push(event),
      },
    );
    const done = events.map((event) => event.done);
    expect(done).toEqual([...done].sort((x, y) => x - y));
    expect(done.some((count) => count > 0 && count < 100)).toBe(true);
    expect(done.some((count) => count > 100 && count < 200)).toBe(true);
    expect(
      events.every(({ stage, total, unit }) => stage === "comparing" && total === 200 && unit === "resamples"),
    ).toBe(true);
  });

  it("draws seeds by streams that task, kind and side each make another", () => {
    const names = [
      [1, "a", "counted", "a"],
      [2, "a", "counted", "a"],
      [1, "b", "counted", "a"],
      [1, "a", "exchanged", "a"],
      [1, "a", "counted", "b"],
    ] as const;
    const first = () => names.map(([seed, key, kind, side]) => seedStream(seed, key, kind, side)());
    expect(new Set(first()).size).toBe(names.length);
    expect(first()).toEqual(first());
  });

  it("stops when asked to, with code INTERRUPTED", async () => {
    const slow = meanDifference([new Float64Array(200_000).fill(0.1)]);
    const units = Array.from({ length: 200_000 }, (_, i) => String(i));
    const call = resample(
      [{ key: "slow", statistic: slow, units }],
      { resamples: 10_000, seed: 1 },
      { signal: AbortSignal.abort() },
    );
    await expect(call).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});

describe("intervals and p-values", () => {
  it("take quantiles between neighbours as numpy does", () => {
    expect(quantile(Float64Array.of(1, 2, 3, 4), 0.5)).toBe(2.5);
    expect(quantile(Float64Array.of(10), 0.025)).toBe(10);
    const interval = percentileInterval(
      Float64Array.from({ length: 101 }, (_, i) => 100 - i),
      0.9,
    );
    expect(interval.low).toBeCloseTo(5, 12);
    expect(interval.high).toBeCloseTo(95, 12);
  });

  it("leave the draws in the order in which they were drawn: columns are read side by side", () => {
    const draws = Float64Array.of(3, 1, 2);
    percentileInterval(draws, 0.9);
    expect([...draws]).toEqual([3, 1, 2]);
  });

  it("are widened about the observed difference", () => {
    expect(widened({ low: -1, high: 2 }, 1, 2)).toEqual({ low: -3, high: 3 });
    expect(widened({ low: -1, high: 2 }, 1, 1)).toEqual({ low: -1, high: 2 });
    expect(widened({ low: 0.1, high: 0.7 }, 0.3, 1)).toEqual({ low: 0.1, high: 0.7 });
  });

  it("come close to the exact test where all sign flips can be listed", async () => {
    // Ten differences of one sign: of 1,024 flips only the two without a mixed sign reach the observed mean.
    const statistic = meanDifference([new Float64Array(10).fill(0.2)]);
    const units = Array.from({ length: 10 }, (_, i) => String(i));
    const [drawn] = await resample([{ key: "t", statistic, units }], {
      resamples: 20_000,
      seed: 9,
      kinds: "exchanged",
    });
    const tests = stepDownMaxT(statistic.observed, "two-sided");
    for (const draw of drawn!.exchanged[0]!) tests.add(Float64Array.of(draw));
    expect(tests.result().plain[0]).toBeCloseTo(2 / 1024, 3);
  });
});
