import { describe, expect, test } from "vitest";
import { convergenceLimit, standings } from "../../../src/learn/svm/svmDecision.ts";
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

describe("the limit of convergence", () => {
  test("grows with C in proportion to the epochs left, with a third to spare", () => {
    expect(convergenceLimit(leader, report(100))).toBeCloseTo((0.01 * 1000) / 100 / 1.5, 12);
  });

  test("is no smaller than the C that did converge", () => {
    expect(convergenceLimit(leader, report(999))).toBe(0.01);
  });

  test("is unknown where a class of the leader's refit stopped at the limit of epochs", () => {
    expect(convergenceLimit(leader, report(1000, 0))).toBeNull();
  });
});

describe("the standing of a C", () => {
  test("is settled by the rows of tiny lead where both converge", () => {
    const [clear] = standings([ranked(0.001, 0.8775), leader], leader, 0.05);
    expect(clear!.ceiling).toBeCloseTo(0.8785, 12);
    expect(clear!.clearance).toBeCloseTo(0.0005, 12);
    const [close] = standings([ranked(0.001, 0.8785), leader], leader, 0.05);
    expect(close!.clearance).toBeLessThan(0);
  });

  test("beyond the limit is the best that lies between the limit and C, and half a point", () => {
    const grid = [leader, ranked(0.1, 0.84), ranked(1, 0.8), ranked(10, 0.7)];
    // Half-way from 0.01 to 0.1 on the logarithm: half-way from 0.88 to 0.84.
    const standing = standings(grid, leader, Math.sqrt(0.01 * 0.1));
    for (const { ceiling, clearance } of standing) {
      expect(ceiling).toBeCloseTo(0.865, 12);
      expect(clearance).toBeCloseTo(0.879 - 0.865, 12);
    }
  });

  test("beyond a limit that is the leader's own C is open", () => {
    const standing = standings([leader, ranked(0.1, 0.7)], leader, leader.C);
    expect(standing.map(({ clearance }) => clearance <= 0)).toEqual([true]);
  });

  test("is open where the fast solver did not converge", () => {
    const [open] = standings([leader, ranked(1, 0.5, { state: "open" })], leader, 0.05);
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
