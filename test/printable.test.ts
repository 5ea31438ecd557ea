import { expect, test } from "vitest";
import { ScidocsError } from "../src/errors.ts";
import { printable, printableLines, printableValue } from "../src/printable.ts";

test("terminal escapes, line ends and direction marks are written out", () => {
  expect(printable("a\u001b[31mred\r\nb\u202ec")).toBe("a\\x1b[31mred\\x0d\\x0ab\\u202ec");
});

test("half a surrogate pair is written out and a whole one stays", () => {
  expect(printable("\ud800 😀")).toBe("\\ud800 😀");
});

test("long text is cut and says so", () => {
  expect(printable("x".repeat(100), 10)).toBe(`${"x".repeat(10)}…`);
});

test("an error's message keeps its lines and loses its control characters", () => {
  expect(new ScidocsError("USAGE", "one\ntwo\u001b]0;title\u0007").message).toBe("one\ntwo\\x1b]0;title\\x07");
});

test("no text begins a workflow command of GitHub's: at a line's start, behind a blank where it may be wrapped, or as ##[", () => {
  expect(printable("::stop-commands::x")).toBe("\\x3a:stop-commands::x");
  expect(printable("a ::error::b")).toBe("a \\x3a:error::b");
  expect(printable("a##[error]b")).toBe("a\\x23#[error]b");
  expect(printable("C++ std::vector # 1")).toBe("C++ std::vector # 1");
  expect(printableLines("one\n  ::error::two\n::three")).toBe("one\n  \\x3a:error::two\n\\x3a:three");
  expect(new ScidocsError("USAGE", "name\n::stop-commands::x").message).toBe("name\n\\x3a:stop-commands::x");
});

test("a value from a file is shown as JSON, cut, and one that is nested too deeply is named", () => {
  expect(printableValue({ a: ["\u009b31m", undefined] })).toBe('{"a":["\\x9b31m",null]}');
  expect(printableValue("x".repeat(100), 10)).toBe('"xxxxxxxxx…');
  expect(printableValue(JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`))).toMatch(/nested too deeply/);
});
