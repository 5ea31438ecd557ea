import { expect, test } from "vitest";
import { transposed } from "../../src/onnx/transposed.ts";

test("transposing exchanges rows and columns", () => {
  expect([...transposed(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
});
