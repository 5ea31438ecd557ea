import { describe, expect, it } from "vitest";
import { rootMeanSquare, smallestVisibleDrop, standardDeviation } from "../../src/stats/power.ts";
import { generator } from "../../src/stats/random/generator.ts";

describe("the smallest visible drop", () => {
  it("is 2.8 standard errors at 5 % two-sided and 80 % power", () => {
    expect(smallestVisibleDrop(1, 1.959964)).toBeCloseTo(2.801585, 5);
    expect(smallestVisibleDrop(0.14, 1.959964)).toBeCloseTo(0.392222, 5);
  });

  it("is found in 80 % of simulated cases, and in 90 % when that is asked", () => {
    const random = generator(9);
    for (const power of [0.8, 0.9]) {
      const drop = smallestVisibleDrop(0.5, 2.4, power);
      let found = 0;
      for (let world = 0; world < 10_000; world++) if (drop + 0.5 * random.normal() > 0.5 * 2.4) found++;
      expect(Math.abs(found / 10_000 - power)).toBeLessThan(0.013);
    }
  });
});

describe("the size of draws", () => {
  it("is taken around zero or around their mean", () => {
    const draws = Float64Array.of(1, 3);
    expect(rootMeanSquare(draws)).toBeCloseTo(Math.sqrt(5), 12);
    expect(standardDeviation(draws)).toBeCloseTo(Math.SQRT2, 12);
  });

  it("is 0 where there are none", () => {
    expect(rootMeanSquare(new Float64Array(0))).toBe(0);
    expect(standardDeviation(Float64Array.of(5))).toBe(0);
  });
});
