import { expect, test } from "vitest";
import { exitCodes, fileError, firstFew, ScidocsError } from "../src/errors.ts";

test("an error about a file reads file:line: problem and exits 2", () => {
  const error = fileError("cite/test.qrel", 7, "expected 4 fields, found 3");
  expect(error.message).toBe("cite/test.qrel:7: expected 4 fields, found 3");
  expect(exitCodes[error.code]).toBe(2);
});

test("a long list is cut to the first few with its length", () => {
  expect(firstFew(["a", "b"])).toBe("a, b");
  expect(firstFew(["a", "b", "c"], 2)).toBe("a, b, … (3 in all)");
});

test("a message shows no name and no password of an address, whatever repeated it", () => {
  const said = "--model HTTP://me:pa@ss@host/b@c: no such file; ask me@example.org, redis://:key@h:1";
  expect(new ScidocsError("USAGE", said).message).toBe(
    "--model HTTP://host/b@c: no such file; ask me@example.org, redis://h:1",
  );
});
