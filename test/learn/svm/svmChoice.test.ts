import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allRows, gridOfC } from "../../../src/learn/svm/linearSvm.ts";
import { chooseAmong, chooseByReference, type Fits } from "../../../src/learn/svm/svmChoice.ts";
import { openSvmPool, type SvmPool } from "../../../src/learn/svm/svmPool.ts";
import type { RankedC } from "../../../src/learn/svm/svmRanking.ts";
import { foldRows } from "../../../src/learn/svm/svmSearch.ts";
import { randomRows } from "../randomRows.ts";
import { fitLinearSvm } from "./plainLinearSvm.ts";

// Along the reference path the Cs of these rows have the accuracies below; up to C = 1 it converges, in 31 epochs with C = 0.1.
const data = randomRows({ dimensions: 6, classes: 3, rows: 120, single: true, seed: 7 });
const accuracies = [0.6667, 0.6667, 0.6833, 0.6917, 0.6917, 0.6917, 0.6167];
const all = allRows(data.labels);
const folds = foldRows(data.labels);
let pool: SvmPool;

beforeAll(async () => {
  pool = await openSvmPool(data, 1);
});
afterAll(async () => {
  await pool.close();
});

/** The pool, and in what bursts it is asked: one ends where an answer comes before the next question. */
function watched() {
  const bursts: string[][] = [[]];
  let answered = false;
  const fits: Fits = {
    block: pool.block,
    fitRows: async (request) => {
      if (answered) bursts.push([]);
      answered = false;
      const fold = folds.findIndex(({ rows }) => rows === request.rows);
      if (fold >= 0) expect(request.heldOut).toBe(folds[fold]!.heldOut);
      else expect([request.rows, request.heldOut]).toEqual([all, new Int32Array()]);
      bursts.at(-1)!.push(`${request.C} ${fold >= 0 ? `fold ${fold}` : "all"}`);
      const fit = await pool.fitRows(request);
      answered = true;
      return fit;
    },
  };
  return { fits, bursts };
}

const onFolds = (...Cs: number[]): string[] => Cs.flatMap((C) => [0, 1, 2].map((fold) => `${C} fold ${fold}`));

/** Every C of the grid as the fast solver might have found it: those that are not named reach one half. */
function ranking(found: Readonly<Record<number, Partial<RankedC> & { accuracy: number }>>): RankedC[] {
  return gridOfC.map((C) => {
    const named = found[C] ?? { accuracy: 0.5 };
    const { accuracy } = named;
    const bracket = { lowest: accuracy - 0.001, highest: accuracy + 0.001 };
    return { C, foldAccuracies: [accuracy, 0, 1], state: "optimum", optimistic: accuracy, bracket, ...named };
  });
}

describe("along the reference path alone", () => {
  test("every C is fitted on every fold, all at once, and then all rows with the best, the smallest of those that tie", async () => {
    const { fits, bursts } = watched();
    const { bestC, candidates, refit } = await chooseByReference(fits, folds);
    expect(bursts).toEqual([onFolds(...gridOfC), ["0.1 all"]]);
    expect(bestC).toBe(0.1);
    expect(candidates.map(({ accuracy }) => Number(accuracy!.toFixed(4)))).toEqual(accuracies);
    expect(refit).toEqual(fitLinearSvm(data, all, 0.1));
  });
});

describe("among ranked Cs", () => {
  test("one that is ahead of all others is fitted to all rows and no other is fitted; it is said by how much each is behind", async () => {
    const { fits, bursts } = watched();
    const ranked = ranking({
      0.1: { accuracy: 0.9 },
      10: { accuracy: 0.39, state: "ruled-out", optimistic: 0.4 },
      100: { accuracy: 0.38, state: "ruled-out", optimistic: 0.4 },
    });
    const { bestC, candidates, refit } = await chooseAmong(fits, folds, ranked);
    expect(bursts).toEqual([["0.1 all"]]);
    expect(bestC).toBe(0.1);
    expect(refit).toEqual(fitLinearSvm(data, all, 0.1));
    expect(candidates.map(({ C }) => C)).toEqual(gridOfC);
    // From what the leader has at least to what the others can have at most: of those that converge too, and of those that need not.
    const behind = candidates.map(({ clearance }) => (clearance === null ? null : Number(clearance.toFixed(9))));
    expect(behind).toEqual([0.398, 0.398, 0.398, null, 0.398, 0.494, 0.494]);
    expect(candidates[4]).toMatchObject({ accuracy: 0.5, foldAccuracies: [0.5, 0, 1], path: "optimum" });
    expect(candidates[3]).toEqual({
      C: 0.1,
      accuracy: 0.9,
      foldAccuracies: [0.9, 0, 1],
      path: "optimum",
      clearance: null,
    });
    expect(candidates[5]).toMatchObject({ accuracy: null, foldAccuracies: [], path: "ruled-out" });
  });

  test("those that are close even if all converge are fitted with the leader, without waiting for its refit", async () => {
    const { fits, bursts } = watched();
    const { bestC, candidates } = await chooseAmong(
      fits,
      folds,
      ranking({ 0.1: { accuracy: 0.69 }, 1: { accuracy: 0.69 } }),
    );
    expect(bursts).toEqual([["0.1 all", ...onFolds(0.1, 1)]]);
    expect(bestC).toBe(0.1);
    expect(candidates.map(({ path }) => path)).toEqual(
      gridOfC.map((C) => (C === 0.1 || C === 1 ? "reference" : "optimum")),
    );
    for (const index of [3, 4]) {
      expect(candidates[index]!.accuracy).toBeCloseTo(accuracies[index]!, 4);
      expect(candidates[index]!.clearance).toBeNull();
    }
  });

  test("a leader that another one beats gives its place to it, and the others are held against that one", async () => {
    const { fits, bursts } = watched();
    const wide = { lowest: 0.65, highest: 0.85 };
    const { bestC, candidates, refit } = await chooseAmong(
      fits,
      folds,
      ranking({ 0.01: { accuracy: 0.8, bracket: wide }, 0.1: { accuracy: 0.7 } }),
    );
    expect(bursts).toEqual([["0.01 all", ...onFolds(0.01, 0.1)], ["0.1 all"]]);
    expect(bestC).toBe(0.1);
    expect(refit).toEqual(fitLinearSvm(data, all, 0.1));
    expect(candidates[1]!.clearance).toBeCloseTo(0.6917 - 0.501, 4);
  });

  test("a leader that turns out worse than it could be opens further ones: those that converge are fitted together", async () => {
    const { fits, bursts } = watched();
    const ranked = ranking({
      0.001: { accuracy: 0.74 },
      0.01: { accuracy: 0.75 },
      0.1: { accuracy: 0.86 },
      1: { accuracy: 0.9, bracket: { lowest: 0.85, highest: 0.95 } },
    });
    const { bestC } = await chooseAmong(fits, folds, ranked);
    expect(bursts).toEqual([["1 all", ...onFolds(1, 0.1)], onFolds(0.001, 0.01), ["0.1 all"]]);
    expect(bestC).toBe(0.1);
  });

  test("those beyond what is sure to converge are fitted one after another, from the smallest", async () => {
    const { fits, bursts } = watched();
    const ranked = ranking({ 0.1: { accuracy: 0.695 }, 10: { accuracy: 0.6925 }, 100: { accuracy: 0.6925 } });
    const { bestC, candidates } = await chooseAmong(fits, folds, ranked);
    expect(bursts).toEqual([["0.1 all"], onFolds(0.1, 10), onFolds(100)]);
    expect(bestC).toBe(0.1);
    expect(candidates[6]).toMatchObject({ C: 100, path: "reference", clearance: null });
    expect(candidates[6]!.accuracy).toBeCloseTo(0.6167, 4);
  });

  test("all that may be as good are fitted together where not even the leader converges", async () => {
    const { fits, bursts } = watched();
    const ranked = ranking({ 0.1: { accuracy: 0.687 }, 1: { accuracy: 0.6875 }, 10: { accuracy: 0.69 } });
    const { bestC, refit } = await chooseAmong(fits, folds, ranked);
    expect(bursts).toEqual([["10 all"], onFolds(10, 0.1, 1), ["0.1 all"]]);
    expect(bestC).toBe(0.1);
    expect(refit).toEqual(fitLinearSvm(data, all, 0.1));
  });
});
