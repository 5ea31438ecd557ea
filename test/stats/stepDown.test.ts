import { describe, expect, it } from "vitest";
import { generator } from "../../src/stats/random/generator.ts";
import { type Side, stepDownMaxT } from "../../src/stats/stepDown.ts";

function judged(observed: readonly number[], draws: readonly (readonly number[])[], side: Side = "two-sided") {
  const tests = stepDownMaxT(Float64Array.from(observed), side);
  for (const draw of draws) tests.add(Float64Array.from(draw));
  const { plain, adjusted } = tests.result();
  return { plain: [...plain], adjusted: [...adjusted] };
}

describe("the step-down max-T procedure", () => {
  it("holds each value against the largest of those no more extreme than it, worked by hand", () => {
    // Order of extremity: 3, -2, 1. Draws, each with its successive maxima from the least extreme test up:
    //   (0.5, 2.5, 0.2): 0.2, 2.5, 2.5     (-3.5, 0.1, 1.5): 1.5, 1.5, 3.5     (0, 0, 0): 0, 0, 0
    const { plain, adjusted } = judged(
      [3, -2, 1],
      [
        [0.5, 2.5, 0.2],
        [-3.5, 0.1, 1.5],
        [0, 0, 0],
      ],
    );
    expect(plain).toEqual([2 / 4, 2 / 4, 2 / 4]);
    expect(adjusted).toEqual([2 / 4, 2 / 4, 2 / 4]);
  });

  it("lets no less extreme value end below a more extreme one", () => {
    const { adjusted } = judged(
      [3, 2],
      [
        [0, 0],
        [3.5, 0],
        [3.5, 0],
      ],
    );
    expect(adjusted).toEqual([3 / 4, 3 / 4]);
  });

  it("counts only falls where it is asked for falls", () => {
    const { plain } = judged(
      [-2, 2],
      [
        [-3, -3],
        [3, 3],
        [0, 0],
      ],
      "below",
    );
    expect(plain[0]).toBe(2 / 4);
    // A rise of 2 is reached by every draw that is no larger: as a fall it is no surprise at all.
    expect(plain[1]).toBe(3 / 4);
  });

  it("takes a deep fall for one and a steep rise for none, test by test and for all together", () => {
    const { plain, adjusted } = judged(
      [-2, -1],
      [
        [-3, 0],
        [3, 5],
        [4, -5],
      ],
      "below",
    );
    expect(plain).toEqual([2 / 4, 2 / 4]);
    expect(adjusted).toEqual([3 / 4, 3 / 4]);
  });

  it("counts draws that equal the observed value but for the last bits of another order of summing", () => {
    const { plain, adjusted } = judged([0.1 + 0.2], [[0.3], [-0.3]]);
    expect([...plain, ...adjusted]).toEqual([1, 1]);
    expect(judged([0.3], [[0.299999]]).plain).toEqual([1 / 2]);
  });

  it("charges two tests that always agree no more than one", () => {
    const random = generator(3);
    const draws = Array.from({ length: 2000 }, () => {
      const value = random.normal();
      return [value, value];
    });
    const { plain, adjusted } = judged([2.2, 2.2], draws);
    expect(adjusted[0]).toBe(plain[0]);
  });

  it("keeps the chance of any false alarm among 20 tests at 5 %, of which half are true differences", () => {
    const random = generator(11);
    const worlds = 400;
    let alarms = 0;
    for (let world = 0; world < worlds; world++) {
      const common = random.normal();
      const value = (): number => (common + random.normal()) / Math.SQRT2;
      const observed = Float64Array.from({ length: 20 }, (_, test) => value() + (test < 10 ? 6 : 0));
      const tests = stepDownMaxT(observed, "two-sided");
      for (let draw = 0; draw < 400; draw++) {
        const shared = random.normal();
        tests.add(Float64Array.from({ length: 20 }, () => (shared + random.normal()) / Math.SQRT2));
      }
      if (
        tests
          .result()
          .adjusted.subarray(10)
          .some((p) => p < 0.05)
      )
        alarms++;
    }
    // 5 % of 400 worlds, and three standard errors of that.
    expect(alarms / worlds).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / worlds));
    expect(alarms / worlds).toBeGreaterThan(0.01);
  });
});
