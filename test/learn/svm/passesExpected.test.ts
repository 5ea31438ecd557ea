import { expect, test } from "vitest";
import { passesExpected, solvedPasses } from "../../../src/learn/svm/passesExpected.ts";

test("before any problem is solved, passes are those of real encoders: the limit from C = 0.1 on", () => {
  const none = new Map<number, number>();
  expect([0.0001, 0.001, 0.01, 0.1, 1, 100].map((C) => passesExpected(none, C))).toEqual([
    11.3, 23, 140, 1000, 1000, 1000,
  ]);
});

test("what was seen at a C holds there", () => {
  const seen = new Map([
    [0.1, 7.5],
    [1, 14],
  ]);
  expect(passesExpected(seen, 1)).toBe(14);
  expect(passesExpected(seen, 0.1)).toBe(7.5);
});

test("elsewhere they grow from the nearest smaller C as C does, to the limit", () => {
  const seen = new Map([
    [0.001, 21],
    [1, 14],
    [0.1, 9],
  ]);
  expect(passesExpected(seen, 0.01)).toBeCloseTo(8 + 13 * 10, 9);
  expect(passesExpected(seen, 10)).toBeCloseTo(8 + 6 * 10, 9);
  expect(passesExpected(seen, 100)).toBeCloseTo(8 + 6 * 100, 9);
  expect(passesExpected(seen, 1000)).toBe(1000);
});

test("below all that were seen they shrink from the nearest larger C, to no fewer than any problem takes", () => {
  const seen = new Map([
    [10, 1000],
    [1, 108],
  ]);
  expect(passesExpected(seen, 0.1)).toBeCloseTo(18, 9);
  expect(passesExpected(new Map([[10, 7]]), 0.1)).toBe(8);
});

test("passes are the mean over the rows of the problems that were solved", () => {
  const solved = solvedPasses();
  expect(solved.means()).toEqual(new Map());
  solved.saw(1, 300, 100);
  solved.saw(1, 900, 200);
  solved.saw(10, 50, 10);
  expect(solved.means()).toEqual(
    new Map([
      [1, 4],
      [10, 5],
    ]),
  );
});
