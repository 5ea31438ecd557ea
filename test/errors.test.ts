import { expect, test } from "vitest";
import { exitCodes, fileError, firstFew } from "../src/errors.ts";

test("an error about a file reads file:line: problem and exits 2", () => {
  const error = fileError("cite/test.qrel", 7, "expected 4 fields, found 3");
  expect(error.message).toBe("cite/test.qrel:7: expected 4 fields, found 3");
  expect(exitCodes[error.code]).toBe(2);
});

test("a long list is cut to the first few with its length", () => {
  expect(firstFew(["a", "b"])).toBe("a, b");
  expect(firstFew(["a", "b", "c"], 2)).toBe("a, b, … (3 in all)");
});
