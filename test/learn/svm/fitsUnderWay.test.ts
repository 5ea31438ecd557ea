import { expect, test } from "vitest";
import { fitAccount } from "../../../src/learn/svm/fitsUnderWay.ts";

/** An account and its clock, which begins at a second. */
function account() {
  let nowMs = 1000;
  const { asked, work } = fitAccount(() => nowMs);
  return {
    asked,
    work,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test("fits count as expected when they are asked for, by their share while they go on and whole when they are made", () => {
  const { asked, work } = account();
  expect(work()).toEqual({ done: 0, expected: 0, longestLeftMs: 0 });
  const [small, large] = [asked(100), asked(400)];
  expect(work()).toEqual({ done: 0, expected: 500, longestLeftMs: 0 });
  small.reached(0.5);
  large.reached(0.25);
  expect(work()).toMatchObject({ done: 150, expected: 500 });
  small.ended();
  expect(work()).toMatchObject({ done: 200, expected: 500 });
  large.ended();
  expect(work()).toEqual({ done: 500, expected: 500, longestLeftMs: 0 });
});

test("a fit that was made before it told of itself counts all the same", () => {
  const { asked, work } = account();
  asked(30).ended();
  expect(work()).toEqual({ done: 30, expected: 30, longestLeftMs: 0 });
});

test("the longest time left is that of the fit which takes longest at its own pace since it was first heard of", () => {
  const { asked, work, pass } = account();
  const [quick, slow, unheard] = [asked(1000), asked(10), asked(10)];
  quick.reached(0.1);
  slow.reached(0.2);
  pass(500);
  // Heard of once, neither shows a pace.
  expect(work().longestLeftMs).toBe(0);
  quick.reached(0.6);
  expect(work().longestLeftMs).toBeCloseTo((500 * 0.4) / 0.5, 9);
  slow.reached(0.3);
  expect(work().longestLeftMs).toBeCloseTo((500 * 0.7) / 0.1, 9);
  pass(300);
  quick.reached(0.7);
  expect(work().longestLeftMs).toBeCloseTo((800 * 0.7) / 0.1, 9);
  slow.ended();
  expect(work().longestLeftMs).toBeCloseTo((800 * 0.3) / 0.6, 9);
  unheard.ended();
  quick.ended();
  expect(work().longestLeftMs).toBe(0);
});

test("time is that of the machine where no other clock is given", async () => {
  const { asked, work } = fitAccount();
  const fit = asked(100);
  fit.reached(0.1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  fit.reached(0.2);
  // A tenth took these milliseconds; eight more are left.
  expect(work().longestLeftMs).toBeGreaterThan(8 * 4);
  expect(work().longestLeftMs).toBeLessThan(8 * 60_000);
});
