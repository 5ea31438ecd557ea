import { describe, expect, it } from "vitest";
import { percentileInterval, quantile } from "../../src/stats/interval.ts";
import { macroF1Difference } from "../../src/stats/macroF1Difference.ts";
import { meanDifference } from "../../src/stats/meanDifference.ts";
import { permutationPValue } from "../../src/stats/permutationPValue.ts";
import { generator } from "../../src/stats/random/generator.ts";
import { resample } from "../../src/stats/resample.ts";
import { seededDifference } from "../../src/stats/seededDifference.ts";

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
    const seen = new Set<number>();
    const random = generator(5);
    const out = new Float64Array(1);
    for (let i = 0; i < 100; i++) {
      statistic.exchange(random, out);
      seen.add(Math.round(1000 * out[0]!));
    }
    expect([...seen].sort((x, y) => x - y)).toEqual([-1000, 0, 1000]);
  });

  it("of weighted clicks divide by the sum of weights and average over seeds", () => {
    const weights = Float64Array.of(1, 3);
    const a = { metrics: [[Float64Array.of(0, 1), Float64Array.of(0, 0)]] };
    const b = { metrics: [[Float64Array.of(1, 1)]] };
    // A: seed means (0, 0.5) -> (0*1 + 0.5*3)/4; B: 1.
    expect(seededDifference(weights, a, b, false).observed[0]).toBeCloseTo(1 - 0.375, 12);
  });
});

describe("resampling", () => {
  const statistic = meanDifference([Float64Array.from({ length: 50 }, (_, i) => ((i * 7) % 11) / 11 - 0.4)]);

  it("repeats itself for one seed and changes with it", async () => {
    const options = { resamples: 200, seed: 1 };
    const first = await resample(statistic, options);
    expect(await resample(statistic, options)).toEqual(first);
    expect(await resample(statistic, { ...options, seed: 2 })).not.toEqual(first);
  });

  it("draws around the observed difference, and around zero under exchange", async () => {
    const drawn = await resample(statistic, { resamples: 4000, seed: 1 });
    const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(drawn.bootstrap[0]!)).toBeCloseTo(statistic.observed[0]!, 2);
    expect(mean(drawn.exchanged[0]!)).toBeCloseTo(0, 2);
  });

  it("stops when asked to, with code INTERRUPTED", async () => {
    const slow = meanDifference([new Float64Array(200_000).fill(0.1)]);
    await expect(resample(slow, { resamples: 10_000, seed: 1 }, { signal: AbortSignal.abort() })).rejects.toMatchObject(
      {
        code: "INTERRUPTED",
      },
    );
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

  it("count the draws at least as far from zero, the observed one among them", () => {
    expect(permutationPValue(0.3, Float64Array.of(0.1, -0.3, 0.2, 0.4))).toBeCloseTo(3 / 5, 12);
    expect(permutationPValue(0, Float64Array.of(0, 0, 0))).toBe(1);
  });

  it("come close to the exact test where all sign flips can be listed", async () => {
    // Ten differences of one sign: of 1,024 flips only the two without a mixed sign reach the observed mean.
    const drawn = await resample(meanDifference([new Float64Array(10).fill(0.2)]), { resamples: 20_000, seed: 9 });
    expect(permutationPValue(0.2, drawn.exchanged[0]!)).toBeCloseTo(2 / 1024, 3);
  });
});
