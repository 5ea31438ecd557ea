import { describe, expect, it } from "vitest";
import { fewSeedsQuantile, fewSeedsTail, normalScore, noSeeds, predictionTolerance } from "../../src/stats/fewSeeds.ts";
import { normalTail } from "../../src/stats/normal.ts";
import { generator } from "../../src/stats/random/generator.ts";

const student = (degreesOfFreedom: number) => ({ share: 1, degreesOfFreedom });

describe("a difference that is known from few seeds", () => {
  // Values of R's qt(0.975, df).
  it.each([
    [1, 12.7062047361747],
    [2, 4.30265272974946],
    [4, 2.77644510519779],
    [9, 2.2621571627982],
    [100, 1.98397151852355],
  ])("is Student's where all of it is the seeds': %s degrees of freedom", (df, quantile) => {
    expect(fewSeedsQuantile(0.05, student(df)) / quantile).toBeCloseTo(1, 6);
    expect(fewSeedsTail(quantile, student(df))).toBeCloseTo(0.05, 7);
  });

  it("is normal where none of it is", () => {
    expect(fewSeedsQuantile(0.05, noSeeds)).toBeCloseTo(1.95996398454, 9);
    expect(fewSeedsQuantile(0.05, { share: 0, degreesOfFreedom: 4 })).toBeCloseTo(1.95996398454, 9);
    expect(fewSeedsTail(-3, noSeeds)).toBeCloseTo(2 * normalTail(3), 12);
    expect(normalScore(-2.5, noSeeds)).toBe(-2.5);
    const known = { share: 0.5, degreesOfFreedom: Number.POSITIVE_INFINITY };
    expect(fewSeedsQuantile(0.05, known)).toBeCloseTo(1.95996398454, 9);
    expect(normalScore(-2.5, known)).toBe(-2.5);
  });

  it("lies between the two where a part is, as a simulation of the sum shows", () => {
    const seeds = { share: 0.4, degreesOfFreedom: 4 };
    const limit = fewSeedsQuantile(0.05, seeds);
    expect(limit).toBeGreaterThan(1.96);
    expect(limit).toBeLessThan(2.776);
    const random = generator(5);
    const draws = 40_000;
    let beyond = 0;
    for (let draw = 0; draw < draws; draw++) {
      let chi2 = 0;
      for (let k = 0; k < 4; k++) chi2 += random.normal() ** 2;
      const t = random.normal() / Math.sqrt(chi2 / 4);
      if (Math.abs(Math.sqrt(0.6) * random.normal() + Math.sqrt(0.4) * t) > limit) beyond++;
    }
    // Three standard errors of a share of 5 % among 40,000.
    expect(Math.abs(beyond / draws - 0.05)).toBeLessThan(0.0033);
  });

  it("is given the normal number that is as surprising, of the same sign", () => {
    expect(normalScore(2.776, student(4))).toBeCloseTo(1.96, 3);
    expect(normalScore(-2.776, student(4))).toBeCloseTo(-1.96, 3);
    expect(normalScore(0, student(4))).toBe(0);
    expect(normalScore(1e9, student(1))).toBeGreaterThan(5);
    expect(Number.isFinite(normalScore(1e300, student(30)))).toBe(true);
  });
});

describe("the tolerance for one more training run", () => {
  it("is t sd sqrt(1 + 1/S)", () => {
    expect(predictionTolerance(0.5, 5, 0.95)).toBeCloseTo(2.77644510519779 * 0.5 * Math.sqrt(1.2), 6);
  });

  it("is infinite after one run, which tells nothing of the next", () => {
    expect(predictionTolerance(0, 1, 0.95)).toBe(Number.POSITIVE_INFINITY);
  });

  it("holds the next run in 95 % of simulated cases, where two standard deviations held 86 %", () => {
    const random = generator(6);
    const held = { prediction: 0, twoSds: 0 };
    const worlds = 20_000;
    for (let world = 0; world < worlds; world++) {
      const runs = Array.from({ length: 5 }, random.normal);
      const mean = runs.reduce((sum, run) => sum + run / 5, 0);
      const sd = Math.sqrt(runs.reduce((sum, run) => sum + (run - mean) ** 2 / 4, 0));
      const off = Math.abs(random.normal() - mean);
      if (off <= 2.776445 * sd * Math.sqrt(1.2)) held.prediction++;
      if (off <= 2 * sd) held.twoSds++;
      if (world === 0) expect(predictionTolerance(sd, 5, 0.95)).toBeCloseTo(2.776445 * sd * Math.sqrt(1.2), 5);
    }
    expect(Math.abs(held.prediction / worlds - 0.95)).toBeLessThan(0.006);
    expect(held.twoSds / worlds).toBeLessThan(0.88);
  });
});
