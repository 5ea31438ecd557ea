import { describe, expect, it } from "vitest";
import { parsePooling, poolingText, poolTokens } from "../../src/encoders/pooling.ts";

// Two inputs of 3 and 1 tokens, 2 dimensions; 99 is padding.
const outputs = {
  values: Float32Array.of(1, 2, 3, -4, 5, 6, 7, -8, 99, 99, 99, 99),
  count: 2,
  width: 3,
  dimensions: 2,
  lengths: Int32Array.of(3, 1),
};

describe("poolTokens", () => {
  it("takes the first token for cls, the last real one for last", () => {
    expect([...poolTokens(outputs, ["cls"])]).toEqual([1, 2, 7, -8]);
    expect([...poolTokens(outputs, ["last"])]).toEqual([5, 6, 7, -8]);
  });

  it("averages real tokens only for mean", () => {
    const [a, b, c, d] = poolTokens(outputs, ["mean"]);
    expect([a, c, d]).toEqual([3, 7, -8]);
    expect(b).toBeCloseTo(4 / 3, 6);
  });

  it("takes the largest of real tokens for max, negative ones included", () => {
    expect([...poolTokens(outputs, ["max"])]).toEqual([5, 6, 7, -8]);
  });

  it("divides the sum by the root of the length for mean-sqrt-length", () => {
    const [a, b] = poolTokens(outputs, ["mean-sqrt-length"]);
    expect(a).toBeCloseTo(9 / Math.sqrt(3), 6);
    expect(b).toBeCloseTo(4 / Math.sqrt(3), 6);
  });

  it("weights tokens by their positions, counted from 1, for weighted-mean", () => {
    const [a, b] = poolTokens(outputs, ["weighted-mean"]);
    expect(a).toBeCloseTo((1 + 2 * 3 + 3 * 5) / 6, 6);
    expect(b).toBeCloseTo((2 - 2 * 4 + 3 * 6) / 6, 6);
  });

  it("puts several modes end to end in the order given", () => {
    expect([...poolTokens(outputs, ["max", "cls"])]).toEqual([5, 6, 1, 2, 7, -8, 7, -8]);
  });

  it("passes over a prompt's tokens, whose positions still count, and gives zeros where nothing is left", () => {
    expect([...poolTokens(outputs, ["mean"], { skip: 1 })]).toEqual([4, 1, 0, 0]);
    const [a] = poolTokens(outputs, ["weighted-mean"], { skip: 1 });
    expect(a).toBeCloseTo((2 * 3 + 3 * 5) / 5, 6);
    expect([...poolTokens(outputs, ["cls"], { skip: 1 })]).toEqual([1, 2, 7, -8]);
  });

  it("averages the named positions for words, and gives zeros where none are named", () => {
    const positions = [Int32Array.of(0, 2), new Int32Array(0)];
    expect([...poolTokens(outputs, "words", { positions })]).toEqual([3, 4, 0, 0]);
  });
});

describe("parsePooling", () => {
  it("reads one mode or several, and writes them back", () => {
    expect(parsePooling("mean")).toEqual(["mean"]);
    expect(poolingText(parsePooling("cls+mean") ?? "model")).toBe("cls+mean");
  });

  it("knows no other names, no empty ones and none twice", () => {
    for (const text of ["median", "cls+", "", "mean+mean", "model"]) expect(parsePooling(text)).toBeNull();
  });
});
