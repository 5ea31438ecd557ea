import { expect, test } from "vitest";
import { firstNonFinite } from "../../../src/tensorFiles/finite.ts";
import { decodeNumbers, surviveNarrowing } from "../../../src/vectors/binary/binaryNumbers.ts";

test("the first number that is not finite is found wherever it stands", () => {
  for (let length = 1; length <= 9; length++) {
    for (let at = 0; at < length; at++) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const values = new Float32Array(length).fill(-3.4e38);
        expect(firstNonFinite(values)).toBe(-1);
        values[at] = value;
        expect(firstNonFinite(values)).toBe(at);
        values.fill(value, at);
        expect(firstNonFinite(values)).toBe(at);
      }
    }
  }
  expect(firstNonFinite(new Float64Array(0))).toBe(-1);
});

test("a half is every value that its bits can say, a bfloat16 the upper half of a float32", () => {
  const bits = (...words: number[]) => new Uint8Array(Uint16Array.from(words).buffer);
  expect(decodeNumbers(bits(0x3555, 0x8000, 0x7c00, 0xfc00, 0x03ff, 0x0400), "float16")).toEqual(
    Float32Array.of(0.333251953125, -0, Infinity, -Infinity, 1023 * 2 ** -24, 2 ** -14),
  );
  expect(decodeNumbers(bits(0x7e00), "float16")[0]).toBeNaN();
  expect(decodeNumbers(bits(0x3f80, 0xc049), "bfloat16")).toEqual(Float32Array.of(1, -3.140625));
});

test("a double survives narrowing only if it is a float32", () => {
  expect(surviveNarrowing(Float64Array.of(0.5, -0, 2 ** -149))).toBe(true);
  expect(surviveNarrowing(Float64Array.of(0.5, 0.1))).toBe(false);
  expect(surviveNarrowing(Float64Array.of(2 ** -150))).toBe(false);
});
