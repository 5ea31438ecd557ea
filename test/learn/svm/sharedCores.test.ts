import { expect, test } from "vitest";
import { machineCores, type SharedCores, sharedCores } from "../../../src/learn/svm/sharedCores.ts";

/** Cores and their clock, which begins at a second. */
function machine(cores: number) {
  let nowMs = 1000;
  return {
    cores: sharedCores(cores, () => nowMs),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** A user whose chains a test sets. */
function user(cores: SharedCores, threads: number, ...chains: number[]) {
  let left = chains;
  const share = cores.join({ threads, left: () => left });
  return {
    ...share,
    /** Goes on to what is left of each chain. */
    to: (...rest: number[]) => {
      const before = left.reduce((sum, each) => sum + each, 0);
      share.did(before - rest.reduce((sum, each) => sum + each, 0));
      left = rest;
    },
  };
}

test("nothing is known of a user that has not yet shown how fast the cores are, and nothing is left of one without chains", () => {
  const { cores, pass } = machine(2);
  const [one, none] = [user(cores, 1, 100), user(cores, 1)];
  pass(500);
  expect(one.leftMs()).toBe(Number.POSITIVE_INFINITY);
  expect(none.leftMs()).toBe(0);
});

test("one chain keeps one core busy, however many threads and cores there are", () => {
  const { cores, pass } = machine(8);
  const one = user(cores, 4, 1000);
  pass(100);
  one.to(900);
  expect(one.leftMs()).toBeCloseTo(900, 9);
});

test("the last chain goes on alone on one core when the others are done", () => {
  const { cores, pass } = machine(2);
  const search = user(cores, 2, 1000, 1000, 3000);
  pass(300);
  // Two cores, one number a millisecond each.
  search.to(800, 800, 2800);
  // All three come on equally, at two thirds each, until the two are done after 1,200 ms; the third has 2,000 left for one core.
  expect(search.leftMs()).toBeCloseTo(1200 + 2000, 9);
});

test("who shares the cores with others goes on slower until they are done", () => {
  const { cores, pass } = machine(2);
  const [first, second] = [user(cores, 2, 500, 500), user(cores, 2, 2000, 2000)];
  pass(200);
  first.to(400, 400);
  second.to(1900, 1900);
  // Each has one core: 800 numbers take 800 ms; then the other has both for the 3,000 that are left of it.
  expect(first.leftMs()).toBeCloseTo(800, 9);
  expect(second.leftMs()).toBeCloseTo(800 + 1500, 9);
  first.leave();
  expect(second.leftMs()).toBeCloseTo(1900, 9);
});

test("users whose threads all have a core do not slow each other down", () => {
  const { cores, pass } = machine(2);
  const [first, second] = [user(cores, 2, 500), user(cores, 2, 2000)];
  pass(100);
  first.to(400);
  second.to(1900);
  expect(first.leftMs()).toBeCloseTo(400, 9);
  expect(second.leftMs()).toBeCloseTo(1900, 9);
});

test("what is done beside other work tells how fast the cores are without it", () => {
  const { cores, pass } = machine(2);
  const release = cores.occupy(2);
  const search = user(cores, 1, 1000);
  pass(300);
  // A third of two cores: two hundred milliseconds of one.
  search.to(800);
  expect(search.leftMs()).toBeCloseTo(800 * 1.5, 9);
  release();
  expect(search.leftMs()).toBeCloseTo(800, 9);
});

test("the pace is that of the later half: what else wants the cores comes and goes", () => {
  const { cores, pass } = machine(1);
  const search = user(cores, 1, 10_000);
  pass(100);
  search.to(9990);
  pass(100);
  search.to(9890);
  expect(search.leftMs()).toBeCloseTo(9890, 9);
  pass(100);
  search.to(9690);
  // Of 300 ms the last 200 count, for what was at 150 is not known: 300 numbers.
  expect(search.leftMs()).toBeCloseTo(9690 / 1.5, 9);
});

test("chains that come are told before they do, so that the time without them does not count", () => {
  const { cores, pass } = machine(2);
  let left: number[] = [];
  const search = cores.join({ threads: 2, left: () => left });
  pass(5000);
  search.changes();
  left = [1000];
  pass(100);
  search.did(100);
  left = [900];
  expect(search.leftMs()).toBeCloseTo(900, 9);
});

test("who comes when all others have left is judged by its own pace", () => {
  const { cores, pass } = machine(1);
  expect(cores.users()).toBe(0);
  const quick = user(cores, 1, 1000);
  pass(10);
  quick.to(0);
  expect(cores.users()).toBe(1);
  quick.leave();
  quick.leave();
  expect(cores.users()).toBe(0);
  pass(1000);
  const slow = user(cores, 1, 1000);
  expect(slow.leftMs()).toBe(Number.POSITIVE_INFINITY);
  pass(100);
  slow.to(990);
  expect(slow.leftMs()).toBeCloseTo(9900, 9);
});

test("who comes while others go on is judged by the pace of all", () => {
  const { cores, pass } = machine(2);
  const first = user(cores, 1, 1000);
  pass(100);
  first.to(900);
  expect(user(cores, 1, 300).leftMs()).toBeCloseTo(300, 9);
});

test("the machine has cores of its own, and its clock", async () => {
  const search = user(machineCores, 1, 100);
  await new Promise((resolve) => setTimeout(resolve, 5));
  search.to(90);
  // A tenth took these milliseconds; nine more are left.
  expect(search.leftMs()).toBeGreaterThan(9 * 4);
  expect(search.leftMs()).toBeLessThan(9 * 60_000);
  search.leave();
});
