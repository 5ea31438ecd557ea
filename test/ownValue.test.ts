import { describe, expect, it } from "vitest";
import { locateModel } from "../src/encoders/modelFiles.ts";
import { tokenizerClass } from "../src/encoders/text/tokenizerClasses.ts";
import { ownValue } from "../src/ownValue.ts";
import { packageRoot } from "../src/packageRoot.ts";
import { discrepancies } from "../src/results/compare/comparability.ts";
import { parseNpyHeader } from "../src/vectors/binary/npy.ts";
import { buildRecord } from "./results/recordBuilder.ts";

/** What every object inherits. */
const inherited = ["constructor", "toString", "hasOwnProperty", "__proto__"];

describe.each(inherited)("the name %s, which every object inherits,", (name) => {
  it("stands for nothing in a table", () => {
    expect(ownValue({ a: 1 }, name)).toBeUndefined();
    expect(ownValue({ a: 1 }, "a")).toBe(1);
  });

  it("is no precision, no tokenizer and no type of numbers", () => {
    const mini = new URL("models/mini", packageRoot).pathname;
    expect(() => locateModel(mini, name)).toThrow(expect.objectContaining({ code: "USAGE" }));
    expect([tokenizerClass(name, null), tokenizerClass(undefined, name)]).toEqual([null, null]);
    const header = `{'descr': '${name}', 'fortran_order': False, 'shape': (1, 1), }\n`;
    const bytes = Buffer.concat([
      Buffer.from("\x93NUMPY\x01\x00", "latin1"),
      Buffer.from([header.length, 0]),
      Buffer.from(header),
    ]);
    expect(() => parseNpyHeader(bytes, "v.npy")).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
  });

  it("is a setting that one of two records has", () => {
    const settings = Object.fromEntries([[name, "x"]]);
    const [a, b] = [buildRecord({ items: 6 }), buildRecord({ items: 6, modelSeed: 2 })];
    const found = discrepancies(a, { ...b, settings: { ...b.settings, ...settings } }).map(({ message }) => message);
    if (name !== "__proto__") expect(found).toContain(`setting ${name}: none in A, x in B`);
  });
});
