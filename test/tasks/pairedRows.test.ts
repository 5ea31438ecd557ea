import { expect, test } from "vitest";
import { sharedItems, valuesAt } from "../../src/tasks/pairedRows.ts";

const shared = (a: string, b: string) => {
  const found = sharedItems([...a], [...b]);
  return { a: [...found.a], b: [...found.b] };
};

test("items are paired by their name, in A's order, and those of one side are left out", () => {
  expect(shared("dabc", "cxad")).toEqual({ a: [0, 1, 3], b: [3, 2, 0] });
  expect(shared("ab", "xy")).toEqual({ a: [], b: [] });
});

test("an item that occurs twice is paired first with first and second with second", () => {
  expect(shared("aab", "bxaa")).toEqual({ a: [0, 1, 2], b: [2, 3, 0] });
  expect(shared("aaa", "aa")).toEqual({ a: [0, 1], b: [0, 1] });
  expect(shared("a", "aaa")).toEqual({ a: [0], b: [0] });
});

test("values are taken at the places asked for, in their order", () => {
  expect([...valuesAt([5, 6, 7], Int32Array.of(2, 0, 2))]).toEqual([7, 5, 7]);
  expect([...valuesAt([5], Int32Array.of(1))]).toEqual([Number.NaN]);
});
