import { describe, expect, test } from "vitest";
import { buildModel } from "../../src/onnx/encode.ts";
import type { Model } from "../../src/onnx/model.ts";
import { runInto, withOutputsInPlace } from "../../src/onnx/outputsInPlace.ts";
import { tensor } from "../../src/onnx/runtime.ts";
import { openSession } from "../../src/onnx/session.ts";

const doubled: Model = {
  name: "doubled",
  inputs: [{ name: "x", dataType: "float32", dims: ["n"] }],
  outputs: [
    { name: "sum", dataType: "float32", dims: ["n"] },
    { name: "square", dataType: "float32", dims: ["n"] },
  ],
  nodes: [
    { opType: "Add", inputs: ["x", "x"], outputs: ["sum"] },
    { opType: "Mul", inputs: ["x", "x"], outputs: ["square"] },
  ],
  initializers: [],
  opsetImports: { "": 17 },
};

describe("outputs in place", () => {
  test("every named output is written into its array", async () => {
    const session = await openSession(buildModel(withOutputsInPlace(doubled)), { threads: 1 });
    const [sum, square] = [new Float32Array(4), new Float32Array(4)];
    await runInto(
      session,
      { x: tensor("float32", Float32Array.of(1, 2, 3, 4), [4]) },
      { sum: tensor("float32", sum, [4]), square: tensor("float32", square, [4]) },
    );
    expect([...sum]).toEqual([2, 4, 6, 8]);
    expect([...square]).toEqual([1, 4, 9, 16]);
    await session.release();
  });

  test("no further array is made for an output", async () => {
    const session = await openSession(buildModel(withOutputsInPlace(doubled)), { threads: 1 });
    const count = 2 ** 22;
    const feeds = { x: tensor("float32", new Float32Array(count), [count]) };
    const outputs = { sum: tensor("float32", new Float32Array(count), [count]) };
    const before = process.memoryUsage().arrayBuffers;
    await runInto(session, feeds, outputs);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    await session.release();
  });

  test("an error of the run itself is thrown", async () => {
    const session = await openSession(buildModel(withOutputsInPlace(doubled)), { threads: 1 });
    const feeds = { x: tensor("float32", Float32Array.of(1, 2), [2]) };
    await expect(runInto(session, feeds, { sum: tensor("float32", new Float32Array(3), [3]) })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    await session.release();
  });
});
