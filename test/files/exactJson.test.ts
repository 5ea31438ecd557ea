import { describe, expect, it } from "vitest";
import { parseExactJson } from "../../src/files/exactJson.ts";

describe("a JSON text by which something is judged", () => {
  it.each([
    ['{"min":{"Avg":99,"Av\\u0067":1}}', "f.json: min.Avg is given twice; say it once"],
    ['{"min":{"__proto__":99}}', "f.json: min.__proto__ is no name to be used"],
    ['{"a":[{"\\u005f_proto__":{}}]}', "f.json: a.__proto__ is no name to be used"],
  ])("is refused as %s, of which two readers make two values", (text, message) => {
    expect(() => parseExactJson(text, "f.json")).toThrow(message);
  });

  it("is its value otherwise, names that every object inherits included", () => {
    const text = '{"constructor":1,"toString":{"a":"__proto__"},"b":["__proto__"]}';
    expect(parseExactJson(text, "f.json")).toEqual(JSON.parse(text));
  });
});
