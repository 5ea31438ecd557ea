import { describe, expect, it } from "vitest";
import { normalQuantile, normalTail } from "../../src/stats/normal.ts";

const close = (actual: number, expected: number, digits = 12): void => {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(10 ** -digits);
};

describe("the normal distribution", () => {
  // Values of R's pnorm(z, lower.tail = FALSE) and qnorm.
  it.each([
    [0.5, 0.308537538725987],
    [1, 0.158655253931457],
    [1.96, 0.0249978951482204],
    [2.499, 0.006227215551988517],
    [2.501, 0.006192158920326858],
    [5, 2.86651571879194e-7],
    [10, 7.61985302416053e-24],
  ])("has the tail beyond %s right, far out too", (z, tail) => {
    close(normalTail(z), tail, 9);
    close(normalTail(-z), 1 - tail, 12);
  });

  it("has half of itself beyond 0 and nothing beyond infinity", () => {
    expect(normalTail(0)).toBe(0.5);
    expect(normalTail(Number.POSITIVE_INFINITY)).toBe(0);
    expect(normalTail(Number.NEGATIVE_INFINITY)).toBe(1);
  });

  it("has quantiles that undo its tails, on both sides", () => {
    close(normalQuantile(0.025), 1.95996398454005, 12);
    close(normalQuantile(0.2), 0.841621233572914, 12);
    close(normalQuantile(0.975), -1.95996398454005, 12);
    for (const z of [0.3, 2, 6, 20]) close(normalQuantile(normalTail(z)), z, 9);
  });

  it.each([0, 1, -0.1, Number.NaN])("has no quantile for a tail of %s", (tail) => {
    expect(() => normalQuantile(tail)).toThrow(RangeError);
  });
});
