import { expect, test } from "vitest";
import { fitAccount } from "../../../src/learn/svm/fitsUnderWay.ts";
import { solvedPasses } from "../../../src/learn/svm/passesExpected.ts";
import { sharedCores } from "../../../src/learn/svm/sharedCores.ts";

/** Two cores and their clock, and what problems took on them. */
function machine() {
  let nowMs = 1000;
  const cores = sharedCores(2, () => nowMs);
  const lately = solvedPasses();
  return {
    open: (dimensions = 3) => fitAccount(cores, lately, 2, dimensions),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test("a fit counts by the passes to expect of its problems when it is asked for", () => {
  const { asked, work } = machine().open();
  expect(work()).toEqual({ done: 0, expected: 0, leftMs: 0 });
  asked({ C: 0.001, rows: 100, problems: 4 });
  expect(work()).toEqual({ done: 0, expected: 100 * 4 * 23, leftMs: Number.POSITIVE_INFINITY });
  asked({ C: 10, rows: 10, problems: 4 });
  expect(work().expected).toBe(100 * 4 * 23 + 10 * 4 * 1000);
});

test("what a solved problem took is expected of the others, those of other fits and other Cs too", () => {
  const { asked, work } = machine().open();
  const fit = asked({ C: 0.001, rows: 100, problems: 4 });
  asked({ C: 0.01, rows: 50, problems: 2 });
  fit.reached({ visits: 1100, solved: 1, solvedVisits: 1000 });
  // Ten passes each, of which the second problem has made one; ten times the C, eight passes and ten times two.
  expect(work()).toMatchObject({ done: 1100, expected: 1000 * 4 + 50 * 2 * 28 });
  fit.reached({ visits: 1800, solved: 2, solvedVisits: 1800 });
  expect(work()).toMatchObject({ done: 1800, expected: 900 * 4 + 50 * 2 * 18 });
});

test("a first problem takes at least as long as it already has, a later one that takes longer is at its end", () => {
  const { asked, work } = machine().open();
  const fit = asked({ C: 0.001, rows: 100, problems: 3 });
  fit.reached({ visits: 5000, solved: 0, solvedVisits: 0 });
  expect(work().expected).toBe(15_000);
  fit.reached({ visits: 6000, solved: 1, solvedVisits: 6000 });
  fit.reached({ visits: 14_000, solved: 1, solvedVisits: 6000 });
  expect(work().expected).toBe(14_000 + 6000);
});

test("a fit that is made counts what it took, and one that was made before it told of itself nothing", () => {
  const { asked, work } = machine().open();
  const [told, untold] = [asked({ C: 0.001, rows: 10, problems: 1 }), asked({ C: 0.001, rows: 10, problems: 1 })];
  told.reached({ visits: 70, solved: 1, solvedVisits: 70 });
  // All of it is done, but for the end.
  expect(work()).toMatchObject({ done: 70, expected: 70 + 70 });
  told.ended();
  untold.ended();
  expect(work()).toEqual({ done: 70, expected: 70, leftMs: 0 });
});

test("the time left is that of all fits on the cores there are, at the pace so far", () => {
  const { open, pass } = machine();
  const { asked, work } = open();
  const [a, b] = [asked({ C: 0.001, rows: 10, problems: 10 }), asked({ C: 0.001, rows: 10, problems: 10 })];
  pass(100);
  a.reached({ visits: 100, solved: 1, solvedVisits: 100 });
  b.reached({ visits: 100, solved: 1, solvedVisits: 100 });
  expect(work().leftMs).toBeCloseTo(900, 9);
  pass(900);
  a.reached({ visits: 1000, solved: 10, solvedVisits: 1000 });
  a.ended();
  expect(work().leftMs).toBeGreaterThan(0);
  b.reached({ visits: 1000, solved: 10, solvedVisits: 1000 });
  b.ended();
  expect(work().leftMs).toBe(0);
});

test("a search goes by what another one saw until it has seen something itself, and shares the cores with it", () => {
  const { open, pass } = machine();
  const [first, second] = [open(3), open(6)];
  const [a, b] = [first.asked({ C: 0.001, rows: 10, problems: 10 }), first.asked({ C: 0.001, rows: 10, problems: 10 })];
  pass(100);
  a.reached({ visits: 100, solved: 1, solvedVisits: 100 });
  b.reached({ visits: 100, solved: 1, solvedVisits: 100 });
  const c = second.asked({ C: 0.001, rows: 20, problems: 2 });
  // Ten passes over twenty rows of twice the numbers, twice. With the other's two threads there are three for two cores.
  expect(second.work()).toMatchObject({ done: 0, expected: 400 });
  expect(second.work().leftMs).toBeCloseTo(400 * 2 * 1.5, 9);
  c.reached({ visits: 100, solved: 1, solvedVisits: 100 });
  expect(second.work()).toMatchObject({ done: 100, expected: 200 });
  first.close();
  pass(1);
  c.reached({ visits: 200, solved: 2, solvedVisits: 200 });
  c.ended();
  expect(second.work()).toEqual({ done: 200, expected: 200, leftMs: 0 });
});
