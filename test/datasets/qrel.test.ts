import { expect, test } from "vitest";
import { parseQrel } from "../../src/datasets/qrel.ts";

test("queries stand in order of first appearance, even when their lines are apart", () => {
  const { queries } = parseQrel("q 0 a 1\nr 0 a 0\nq 0 b -1\n", "x.qrel");
  expect(queries).toEqual([
    { queryId: "q", candidateIds: ["a", "b"], relevance: Int32Array.of(1, -1) },
    { queryId: "r", candidateIds: ["a"], relevance: Int32Array.of(0) },
  ]);
});

test.each([
  ["q 0 a 1\n\nq 0 b 0\n", "x.qrel:2: blank line"],
  ["q  0 a 1\n", "x.qrel:1: expected `query 0 candidate grade` with single spaces, found a doubled or stray space"],
  ["q 0 a 1 \n", "x.qrel:1: expected"],
  ["q\t0\ta\t1\n", "found a tab"],
  ["q 0 a\n", "found 3 fields"],
  ["q 0 a 1 x\n", "found 5 fields"],
  ["q 0 a one\n", 'x.qrel:1: the grade must be an integer, found "one"'],
  ["q 0 a 1.5\n", "must be an integer"],
  ["q 0 a 1\nr 0 a 1\nq 0 a 0\n", "x.qrel:3: query q and candidate a were judged before, on line 1"],
  ["", "x.qrel: is empty"],
])("%j is an error that says where and what", (text, message) => {
  expect(() => parseQrel(text, "x.qrel")).toThrow(message);
});
