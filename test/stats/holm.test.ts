import { describe, expect, it } from "vitest";
import { holm } from "../../src/stats/holm.ts";

const close = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 12);
};

describe("Holm's adjustment", () => {
  it("multiplies the k-th smallest of m by m - k + 1", () => {
    close(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
  });

  it("never lets a larger raw value end below a smaller one", () => {
    // 3 x 0.02 = 0.06, 2 x 0.025 = 0.05 is lifted to 0.06, 1 x 0.5 stays.
    close(holm([0.025, 0.5, 0.02]), [0.06, 0.5, 0.06]);
  });

  it("stops at 1", () => {
    close(holm([0.6, 0.7, 0.9]), [1, 1, 1]);
  });

  it("agrees with R's p.adjust(c(0.0001, 0.01, 0.02, 0.03, 0.5), 'holm')", () => {
    close(holm([0.0001, 0.01, 0.02, 0.03, 0.5]), [0.0005, 0.04, 0.06, 0.06, 0.5]);
  });

  it("leaves a single value and an empty list as they are", () => {
    close(holm([0.03]), [0.03]);
    close(holm([]), []);
  });
});
