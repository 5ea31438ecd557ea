import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { repeatedKey } from "../../src/files/repeatedKey.ts";

describe("a key that occurs twice in one object", () => {
  it.each([
    ['{"a":1,"a":2}', "a"],
    ['{"a":{"b":1,"c":{},"b":2}}', "a.b"],
    ['{"a":[{"b":1},{"c":1,"c":2}]}', "a.c"],
    ['{"\\u0061":1,"a":2}', "a"],
    ['{"a" : 1 , "a"\n:2}', "a"],
  ])("is found in %s", (text, path) => {
    expect(repeatedKey(text)).toBe(path);
  });

  it.each([
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}',
    '{"a":"a","b":"\\"a\\":1, \\"a\\":2"}',
    '{"a":"{","b":["a","a"]}',
    '["a","a"]',
    "1",
    '"a"',
  ])("is not found in %s, where each object has it once", (text) => {
    expect(repeatedKey(text)).toBeNull();
  });

  it("is looked for in a text of 40 million characters, and in what is not JSON", () => {
    expect(repeatedKey(`{"a":"${"x".repeat(4e7)}","a":1}`)).toBe("a");
    expect(repeatedKey('{"\\q":1,"\\q":2}')).toBe('"\\q"');
    expect(repeatedKey('{"a')).toBeNull();
  });

  it("is never found in what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => repeatedKey(JSON.stringify(value, null, 1)) === null),
      { seed: 5, numRuns: 300 },
    );
  });
});
