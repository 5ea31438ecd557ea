import { expect, test } from "vitest";
import { scoreText } from "../../src/tasks/scoreText.ts";

test("a score stands with two decimals, halves rounded to the even neighbour", () => {
  expect([70, 70.125, 70.375, 70.126, 0, 100].map(scoreText)).toEqual([
    "70.00",
    "70.12",
    "70.38",
    "70.13",
    "0.00",
    "100.00",
  ]);
});
