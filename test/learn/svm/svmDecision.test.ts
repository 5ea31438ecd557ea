import { describe, expect, test } from "vitest";
import { reachOf, standings } from "../../../src/learn/svm/svmDecision.ts";
import type { RankedC } from "../../../src/learn/svm/svmRanking.ts";

function ranked(C: number, accuracy: number, changes: Partial<RankedC> = {}): RankedC {
  const bracket = { lowest: accuracy - 0.001, highest: accuracy + 0.001 };
  return { C, accuracy, foldAccuracies: [accuracy], state: "optimum", optimistic: accuracy, bracket, ...changes };
}

const leader = ranked(0.01, 0.88);
const report = (epochs: number, converged = 1) => ({
  epochs: Int32Array.of(3, epochs),
  converged: Uint8Array.of(1, converged),
});

describe("the reach of the reference", () => {
  test("grows with C in proportion to the epochs left", () => {
    const reach = reachOf(leader.C, report(100))!;
    expect(reach.converged).toBeCloseTo(0.1 / 1.5, 12);
    expect(reach.actsLike).toBeCloseTo(0.5, 12);
  });

  test("is no smaller than the C that did converge", () => {
    expect(reachOf(leader.C, report(999))!.converged).toBe(0.01);
  });

  test("is unknown where a class of the leader's refit stopped at the limit of epochs", () => {
    expect(reachOf(leader.C, report(1000, 0))).toBeNull();
  });
});

describe("the standing of a C", () => {
  test("is settled by the rows of tiny lead where both converge", () => {
    const reach = { converged: 0.05, actsLike: 0.5 };
    const [clear] = standings([ranked(0.001, 0.8775), leader], leader, reach);
    expect(clear!.ceiling).toBeCloseTo(0.8785, 12);
    expect(clear!.clearance).toBeCloseTo(0.0005, 12);
    const [close] = standings([ranked(0.001, 0.8785), leader], leader, reach);
    expect(close!.clearance).toBeLessThan(0);
  });

  test("beyond is the best that lies between what it acts like and itself, and half a point", () => {
    const grid = [leader, ranked(0.1, 0.84), ranked(1, 0.8), ranked(10, 0.7)];
    // Half-way from 0.01 to 0.1 on the logarithm: half-way from 0.88 to 0.84.
    const reach = { converged: 0.015, actsLike: Math.sqrt(0.01 * 0.1) };
    for (const { ceiling, clearance } of standings(grid, leader, reach)) {
      expect(ceiling).toBeCloseTo(0.865, 12);
      expect(clearance).toBeCloseTo(0.879 - 0.865, 12);
    }
  });

  test("counts what lies between the two, and neither what lies beyond itself nor a straight line through other Cs", () => {
    const grid = [leader, ranked(0.1, 0.8), ranked(1, 0.87), ranked(10, 0.7)];
    const ceilings = standings(grid, leader, { converged: 0.015, actsLike: 0.05 }).map(({ ceiling }) => ceiling);
    // At 0.05, log 5 / log 10 of the way from 0.88 down to 0.8.
    const at = 0.88 - 0.08 * Math.log10(5);
    for (const [index, expected] of [at, 0.87, 0.87].entries()) {
      expect(ceilings[index]).toBeCloseTo(expected + 0.005, 12);
    }
  });

  test("is its own optimum and half a point where it acts like itself", () => {
    const [next] = standings([leader, ranked(0.1, 0.87)], leader, { converged: 0.05, actsLike: 0.3 });
    expect(next!.ceiling).toBeCloseTo(0.875, 12);
  });

  test("is bounded by what the reference path gave for a smaller C beyond the reach", () => {
    const grid = [leader, ranked(0.1, 0.879), ranked(1, 0.85), ranked(10, 0.84)];
    const reach = { converged: 0.01, actsLike: 0.05 };
    const before = standings(grid, leader, reach);
    expect(before.map(({ clearance }) => clearance > 0)).toEqual([false, false, false]);
    const exact = new Map([
      [0.01, 0.8805],
      [0.1, 0.86],
    ]);
    const after = standings(grid, leader, reach, exact);
    expect(after.map(({ ceiling }) => Number(ceiling.toFixed(6)))).toEqual([0.86, 0.865, 0.865]);
    expect(after.every(({ clearance }) => clearance > 0)).toBe(true);
  });

  test("is open where the fast solver did not converge", () => {
    const [open] = standings([leader, ranked(1, 0.5, { state: "open" })], leader, { converged: 0.05, actsLike: 0.5 });
    expect(open!.clearance).toBeLessThan(0);
  });

  test("without a limit is what the half-way rule allows, and half a point", () => {
    const [near, far] = standings(
      [leader, ranked(1, 0.86, { optimistic: 0.876 }), ranked(10, 0.84, { optimistic: 0.85 })],
      leader,
      null,
    );
    expect(near!.clearance).toBeCloseTo(-0.001, 12);
    expect(far!.clearance).toBeCloseTo(0.025, 12);
  });
});
