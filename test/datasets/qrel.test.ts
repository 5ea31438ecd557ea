import { expect, test } from "vitest";
import { parseQrel } from "../../src/datasets/qrel.ts";

test("queries come in order of first appearance and candidates in file order", () => {
  const { queries } = parseQrel("q 0 b 1\np 0 x 0\nq 0 a 0\n", "cite/test.qrel");
  expect(queries).toEqual([
    { queryId: "q", candidateIds: ["b", "a"], relevance: Int32Array.of(1, 0) },
    { queryId: "p", candidateIds: ["x"], relevance: Int32Array.of(0) },
  ]);
});

test("a carriage return before the line end and a missing last line end change nothing", () => {
  const plain = parseQrel("q 0 a 1\nq 0 b -1\n", "f");
  expect(parseQrel("q 0 a 1\r\nq 0 b -1\r\n", "f")).toEqual(plain);
  expect(parseQrel("q 0 a 1\nq 0 b -1", "f")).toEqual(plain);
  expect(plain.queries[0]?.relevance).toEqual(Int32Array.of(1, -1));
});

test.each([
  ["q 0 a 1\n\nq 0 b 0\n", "f:2: a blank line"],
  ["q 0 a 1\nq  0 b 1\n", "f:2: two spaces"],
  ["q\t0\ta\t1\n", "f:1: a tab"],
  ["q 0 a\n", "f:1: expected 4 fields 'query 0 candidate rel', found 3"],
  ["q 0 a 1 9\n", "f:1: expected 4 fields 'query 0 candidate rel', found 5"],
  ["q 0 a x\n", 'f:1: the relevance "x" is not an integer'],
  ["q 0 a 1.5\n", 'f:1: the relevance "1.5" is not an integer'],
  ["q 0 a 1\nq 0 b 0\nq 0 a 0\n", "f:3: a was already judged for query q on line 1"],
  ["", "f: no judgements"],
])("%j is refused with file and line", (text, message) => {
  expect(() => parseQrel(text, "f")).toThrow(message);
});

test("several broken lines are told together, the first five by name", () => {
  const text = Array.from({ length: 7 }, (_, index) => `q 0 c${index} high\n`).join("");
  expect(() => parseQrel(text, "f")).toThrow(
    /^f:1: .*\nf:2: .*\nf:3: .*\nf:4: .*\nf:5: .*\nf: 7 lines with problems in all$/,
  );
});

test("a terminal escape in an id does not reach the message raw", () => {
  expect(() => parseQrel("q 0 \u001b[2J 1\n", "f")).toThrow("f:1: control characters in q 0 \\x1b[2J 1");
  expect(() => parseQrel("q 0 \u202e 1\nq 0 \u202e 1\n", "f")).toThrow("f:2: \\u202e was already judged");
});
