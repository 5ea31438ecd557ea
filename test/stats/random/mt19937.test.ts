import { expect, test } from "vitest";
import { mt19937 } from "../../../src/stats/random/mt19937.ts";

test("the first outputs for seed 42 are numpy's", () => {
  const random = mt19937(42);
  const first = Array.from({ length: 6 }, () => random.nextUint32());
  expect(first).toEqual([1608637542, 3421126067, 4083286876, 787846414, 3143890026, 3348747335]);
});

test("the 10,000th output for seed 5489 is the one the C++ standard asks for", () => {
  const random = mt19937(5489);
  for (let i = 1; i < 10_000; i++) random.nextUint32();
  expect(random.nextUint32()).toBe(4123659995);
});

test("an interval masks raw outputs and rejects those above the maximum", () => {
  const raw = mt19937(7);
  const random = mt19937(7);
  for (const max of [1, 2, 5, 6, 7, 8, 1000, 17_499]) {
    const mask = 2 ** Math.ceil(Math.log2(max + 1)) - 1;
    let expected = raw.nextUint32() % (mask + 1);
    while (expected > max) expected = raw.nextUint32() % (mask + 1);
    expect(random.interval(max)).toBe(expected);
  }
});

test("the full range of 32 bits stays unsigned", () => {
  expect(mt19937(42).interval(0xffffffff)).toBe(1608637542);
});

test("an interval of zero draws nothing", () => {
  const random = mt19937(42);
  expect(random.interval(0)).toBe(0);
  expect(random.nextUint32()).toBe(1608637542);
});
