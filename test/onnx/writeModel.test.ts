import { readdirSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkModel } from "../../src/onnx/checkModel.ts";
import { float32, type Model } from "../../src/onnx/model.ts";
import { tensor } from "../../src/onnx/runtime.ts";
import { openSession } from "../../src/onnx/session.ts";
import { writeModel } from "../../src/onnx/writeModel.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

const size = 40;
const numbers = Float32Array.from({ length: size * size }, (_, index) => (index % 17) - 8);
const model: Model = {
  name: "two products",
  inputs: [{ name: "x", dataType: "float32", dims: [1, size] }],
  outputs: [{ name: "y", dataType: "float32", dims: [1, size] }],
  nodes: [
    { opType: "MatMul", inputs: ["x", "a"], outputs: ["xa"] },
    { opType: "MatMul", inputs: ["xa", "b"], outputs: ["xab"] },
    { opType: "Add", inputs: ["xab", "c"], outputs: ["y"] },
  ],
  initializers: [
    { name: "a", dataType: "float32", dims: [size, size], data: () => numbers },
    float32("b", [size, size], numbers.toReversed()),
    float32("c", [1], [0.5]),
  ],
};

async function result(path: string): Promise<number[]> {
  const session = await openSession(path, { threads: 1 });
  const { y } = await session.run({ x: tensor("float32", new Float32Array(size).fill(1), [1, size]) });
  return Array.from(y?.data as Float32Array);
}

describe("writeModel", () => {
  it("writes one file, or weights beside the model when they are too large, with the same result", async () => {
    const folder = temporaryFolder();
    expect(await writeModel(`${folder}/whole.onnx`, model)).toEqual([`${folder}/whole.onnx`]);
    expect(await writeModel(`${folder}/parts.onnx`, model, { externalAbove: 1000 })).toEqual([
      `${folder}/parts.onnx`,
      `${folder}/parts.onnx.data`,
    ]);
    expect(statSync(`${folder}/parts.onnx`).size).toBeLessThan(1000);
    expect(await result(`${folder}/parts.onnx`)).toEqual(await result(`${folder}/whole.onnx`));
  });

  it("leaves nothing behind when a tensor cannot be made", async () => {
    const folder = temporaryFolder();
    const broken: Model = {
      ...model,
      initializers: model.initializers.map((initializer) =>
        initializer.name === "a" ? { ...initializer, data: () => new Float32Array(3) } : initializer,
      ),
    };
    await expect(writeModel(`${folder}/model.onnx`, broken)).rejects.toThrow("12 bytes long");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("stops when it is told to, leaving nothing", async () => {
    const folder = temporaryFolder();
    await expect(writeModel(`${folder}/m.onnx`, model, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "INTERRUPTED",
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("checkModel", () => {
  it("passes a model that loads and refuses one that does not", async () => {
    const folder = temporaryFolder();
    await writeModel(`${folder}/model.onnx`, model, { externalAbove: 1000 });
    await checkModel(`${folder}/model.onnx`);
    writeFileSync(`${folder}/model.onnx.data`, "cut off");
    await expect(checkModel(`${folder}/model.onnx`)).rejects.toThrow("the written model cannot be loaded");
  });
});
