import { describe, expect, it } from "vitest";
import {
  columnsDrawn,
  type Drawn,
  intervalOf,
  meanDrawn,
  seedShare,
  seedVariances,
} from "../../src/stats/drawnDifference.ts";
import { fewSeedsQuantile, noSeeds } from "../../src/stats/fewSeeds.ts";
import type { PairedStatistic, SeedPart } from "../../src/stats/pairedStatistic.ts";

/** Three seeds whose deviations add up to 0, in two columns. */
const part: SeedPart = {
  side: "a",
  seeds: 3,
  deviations: [Float64Array.of(0.3, -0.3, 0), Float64Array.of(0.6, 0, -0.6)],
};

const statistic = (observed: number[], seedParts: readonly SeedPart[]): PairedStatistic => ({
  items: 4,
  observed: Float64Array.from(observed),
  counted: () => {},
  exchanged: () => {},
  coefficients: null,
  labels: null,
  seedParts,
});
const column = (draws: number[]): Float64Array => Float64Array.from(draws);
const resamples = {
  counted: [column([1, 2]), column([3, 5])],
  exchanged: [column([-1, 1]), column([2, -4])],
};

describe("the draws of a task", () => {
  it("go column by column, each with what its own seeds give it", () => {
    const [first, second] = columnsDrawn(statistic([0.1, 0.2], [part]), resamples);
    expect(first).toMatchObject({ observed: 0.1, counted: resamples.counted[0], exchanged: resamples.exchanged[0] });
    expect(second).toMatchObject({ observed: 0.2, counted: resamples.counted[1], exchanged: resamples.exchanged[1] });
    // (0.1² + 0.1²) and (0.2² + 0.2²): deviations over the number of seeds, squared and added up.
    expect(first!.seedVariances).toEqual([{ variance: expect.closeTo(0.02, 12), degreesOfFreedom: 2 }]);
    expect(second!.seedVariances).toEqual([{ variance: expect.closeTo(0.08, 12), degreesOfFreedom: 2 }]);
    expect(first!.oneSeed).toBe(false);
  });

  it("know where they rest on one seed", () => {
    const one: SeedPart = { side: "b", seeds: 1, deviations: [Float64Array.of(0), Float64Array.of(0)] };
    expect(columnsDrawn(statistic([0, 0], [part, one]), resamples).map(({ oneSeed }) => oneSeed)).toEqual([true, true]);
    expect(columnsDrawn(statistic([0, 0], []), resamples).map(({ oneSeed }) => oneSeed)).toEqual([false, false]);
  });

  it("are averaged over all columns of all tasks, draw by draw, seeds that several columns share added up first", () => {
    const tasks = [
      { key: "recomm", units: [], statistic: statistic([0.1, 0.2], [part]) },
      { key: "cite", units: [], statistic: statistic([0.6], []) },
    ];
    const cite = { counted: [column([8, 2])], exchanged: [column([2, 0])] };
    const drawn = [columnsDrawn(tasks[0]!.statistic, resamples), columnsDrawn(tasks[1]!.statistic, cite)];
    const mean = meanDrawn(tasks, drawn);
    expect(mean.observed).toBeCloseTo(0.3, 12);
    expect([...mean.counted]).toEqual([expect.closeTo(4, 12), expect.closeTo(3, 12)]);
    expect([...mean.exchanged]).toEqual([expect.closeTo(1, 12), expect.closeTo(-1, 12)]);
    // Seed by seed a third of 0.9, -0.3 and -0.6, each over three seeds.
    expect(mean.seedVariances).toEqual([
      { variance: expect.closeTo((0.1 ** 2 + 0.1 ** 2 / 9 + (0.2 / 3) ** 2) as number, 12), degreesOfFreedom: 2 },
    ]);
    expect(mean.oneSeed).toBe(false);
    const once = drawn.map((columns, task) => columns.map((one) => ({ ...one, oneSeed: task === 1 })));
    expect(meanDrawn(tasks, once).oneSeed).toBe(true);
  });
});

describe("the seeds' share of a variance", () => {
  it("is nothing where no seeds are known, or nothing varies", () => {
    expect(seedShare([], 1)).toBe(noSeeds);
    expect(seedShare([{ variance: 0, degreesOfFreedom: 4 }], 1)).toBe(noSeeds);
    expect(seedShare([{ variance: 0.5, degreesOfFreedom: 0 }], 1)).toBe(noSeeds);
    expect(seedShare([{ variance: 0.5, degreesOfFreedom: 4 }], 0)).toBe(noSeeds);
  });

  it("is a share of at most 1, with the seeds' own degrees of freedom", () => {
    expect(seedShare([{ variance: 0.5, degreesOfFreedom: 4 }], 2)).toEqual({ share: 0.25, degreesOfFreedom: 4 });
    expect(seedShare([{ variance: 3, degreesOfFreedom: 4 }], 2)).toEqual({ share: 1, degreesOfFreedom: 4 });
  });

  it("has Welch's degrees of freedom where two runs have seeds of their own", () => {
    const two = [
      { variance: 1, degreesOfFreedom: 4 },
      { variance: 3, degreesOfFreedom: 2 },
      { variance: 0, degreesOfFreedom: 9 },
    ];
    expect(seedShare(two, 8)).toEqual({ share: 0.5, degreesOfFreedom: 16 / (1 / 4 + 9 / 2) });
  });

  it("comes of every part by itself", () => {
    const weights = [1, 0];
    expect(seedVariances([part, { ...part, seeds: 2 }], (index) => weights[index]!)).toEqual([
      { variance: expect.closeTo(0.02, 12), degreesOfFreedom: 2 },
      { variance: expect.closeTo(2 * 0.15 ** 2, 12), degreesOfFreedom: 1 },
    ]);
  });
});

describe("an interval", () => {
  const drawn: Drawn = {
    observed: 1,
    counted: Float64Array.from({ length: 1001 }, (_, i) => i / 1000),
    exchanged: new Float64Array(0),
    seedVariances: [],
    oneSeed: false,
  };

  it("is the middle of the draws where no seeds are in it", () => {
    const { low, high } = intervalOf(drawn, 0.9);
    expect([low, high]).toEqual([expect.closeTo(0.05, 12), expect.closeTo(0.95, 12)]);
  });

  it("is widened about the observed difference by what few seeds ask", () => {
    // The draws' own variance is that of even steps from 0 to 1: 1/12, but for the steps.
    const variance = (1001 * 1002 * 1e-6) / 12;
    const seeded = { ...drawn, seedVariances: [{ variance: variance / 2, degreesOfFreedom: 2 }] };
    const times = fewSeedsQuantile(0.1, { share: 0.5, degreesOfFreedom: 2 }) / fewSeedsQuantile(0.1, noSeeds);
    const { low, high } = intervalOf(seeded, 0.9);
    expect(times).toBeGreaterThan(1.2);
    expect(low).toBeCloseTo(1 + times * (0.05 - 1), 3);
    expect(high).toBeCloseTo(1 + times * (0.95 - 1), 3);
  });
});
