import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withMembers } from "../../src/files/jsonMembers.ts";

describe("withMembers", () => {
  it("changes what it is told and leaves the rest as it is written", () => {
    const text = `{
  "factor": 2.0,
  "theta": 1.6e5, "list": [1.0, {"dtype": "x,}"}],
  "dtype" : "bfloat16",
  "note": "a \\"quoted\\" , }",
  "nothing": null
}
`;
    expect(withMembers(text, { dtype: "float32", nothing: [1] })).toBe(
      text.replace('"bfloat16"', '"float32"').replace("null", "[1]"),
    );
    expect(withMembers(text, { list: true })).toBe(text.replace('[1.0, {"dtype": "x,}"}]', "true"));
    expect(withMembers(text, { more: "}" })).toBe(text.replace("null\n", 'null,\n  "more": "}"\n'));
  });

  it("adds to an object that is empty", () => {
    expect(withMembers("{}", { a: 1, b: "two" })).toBe('{\n  "a": 1,\n  "b": "two"\n}\n');
  });

  it("gives any object the members that it is told, and all others as they were", () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(objects, objects, fc.constantFrom(undefined, 2, "\t"), (object, members, space) => {
        const text = JSON.stringify(object, null, space);
        expect(JSON.parse(withMembers(text, members))).toEqual(JSON.parse(JSON.stringify({ ...object, ...members })));
      }),
      { numRuns: 300 },
    );
  });
});
