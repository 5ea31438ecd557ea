import fc from "fast-check";
import { expect, test } from "vitest";
import { compareUtf8, trecOrder } from "../../src/metrics/trecOrder.ts";

test("a higher score comes first and ties go to the larger id", () => {
  expect(trecOrder(["a", "b", "c"], [-1, -5, -1])).toEqual([2, 0, 1]);
});

test("scores that are equal as 32-bit floats are a tie", () => {
  expect(trecOrder(["a", "b"], [-5000, -5000.0002])).toEqual([1, 0]);
  expect(trecOrder(["a", "b"], [-5000, -5001])).toEqual([0, 1]);
});

test("an infinitely bad score comes last", () => {
  expect(trecOrder(["a", "b"], [Number.NEGATIVE_INFINITY, -1e30])).toEqual([1, 0]);
});

test("ids are compared by their UTF-8 bytes, beyond the basic plane too", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { seed: 7 },
  );
  expect(compareUtf8("\u{1F600}", "\uFFFD")).toBeGreaterThan(0);
});
