import { expect, test } from "vitest";
import { rint } from "../../src/metrics/rint.ts";

test.each([
  [0.4, 0],
  [0.5, 0],
  [0.6, 1],
  [1.5, 2],
  [2.5, 2],
  [3.5, 4],
  [-0.5, 0],
  [-1.5, -2],
  [-2.5, -2],
  [-2.6, -3],
  [7, 7],
])("%s is rounded to %s: halves go to the even neighbour, as C's rint takes them", (value, rounded) => {
  expect(rint(value)).toBeCloseTo(rounded, 12);
});
