import { describe, expect, it } from "vitest";
import { buildModel, encodeModel } from "../../src/onnx/encode.ts";
import { float32, float64, type Initializer, int64, type Model } from "../../src/onnx/model.ts";
import { tensor } from "../../src/onnx/runtime.ts";
import { openSession } from "../../src/onnx/session.ts";

function matMul(weight: Initializer): Model {
  return {
    name: "product",
    inputs: [{ name: "x", dataType: "float32", dims: ["rows", 2] }],
    outputs: [{ name: "y", dataType: "float32", dims: ["rows", 3] }],
    nodes: [{ opType: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
    initializers: [weight],
  };
}

const x = tensor("float32", Float32Array.of(1, 2, 3, 4), [2, 2]);

describe("buildModel", () => {
  it("writes a MatMul that ONNX Runtime runs", async () => {
    const session = await openSession(buildModel(matMul(float32("w", [2, 3], [1, 2, 3, 4, 5, 6]))), { threads: 1 });
    const { y } = await session.run({ x });
    expect(y?.dims).toEqual([2, 3]);
    expect(Array.from(y?.data as Float32Array)).toEqual([9, 12, 15, 19, 26, 33]);
  });

  it("writes a Gemm with a transposed input and integer and float attributes", async () => {
    const model: Model = {
      name: "gemm",
      inputs: [{ name: "x", dataType: "float64", dims: [2, "columns"] }],
      outputs: [{ name: "y", dataType: "float64", dims: ["columns", 2] }],
      nodes: [
        {
          opType: "Gemm",
          inputs: ["x", "w", "b"],
          outputs: ["y"],
          attributes: { transA: { int: 1 }, alpha: { float: 0.5 }, beta: { float: 1 } },
        },
      ],
      initializers: [float64("w", [2, 2], [1, 0, 0, 1]), float64("b", [2], [10, 20])],
    };
    const session = await openSession(buildModel(model), { threads: 1 });
    const { y } = await session.run({ x: tensor("float64", Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]) });
    expect(Array.from(y?.data as Float64Array)).toEqual([10.5, 22, 11, 22.5, 11.5, 23]);
  });

  it("writes every element type, list and tensor attributes, and negative integers", async () => {
    const cast = (from: string, out: string) => ({
      opType: "Cast",
      inputs: [from],
      outputs: [out],
      attributes: { to: { int: 11 } },
    });
    const types: Initializer[] = [
      { name: "f16", dataType: "float16", dims: [1], data: Uint16Array.of(0xc000) },
      { name: "i8", dataType: "int8", dims: [1], data: Int8Array.of(-3) },
      { name: "u8", dataType: "uint8", dims: [1], data: Uint8Array.of(200) },
      { name: "i32", dataType: "int32", dims: [1], data: Int32Array.of(-70000) },
      { name: "flag", dataType: "bool", dims: [1], data: Uint8Array.of(1) },
      int64("i64", [1], [-5_000_000_000]),
      float32("scalar", [], [0.5]),
    ];
    const model: Model = {
      name: "types",
      inputs: [],
      outputs: [{ name: "y", dataType: "float64", dims: [8] }],
      nodes: [
        ...types.slice(0, 6).map(({ name }) => cast(name, `${name}_d`)),
        { opType: "Unsqueeze", inputs: ["scalar", "axis"], outputs: ["s1"] },
        cast("s1", "scalar_d"),
        {
          opType: "Constant",
          inputs: [],
          outputs: ["constant"],
          attributes: { value: { tensor: float64("v", [1], [7]) } },
        },
        {
          opType: "Concat",
          inputs: [...types.map(({ name }) => `${name}_d`), "constant"],
          outputs: ["y"],
          attributes: { axis: { int: -1 } },
        },
      ],
      initializers: [...types, int64("axis", [1], [0])],
    };
    const session = await openSession(buildModel(model), { threads: 1 });
    const { y } = await session.run({});
    expect(Array.from(y?.data as Float64Array)).toEqual([-2, -3, 200, -70000, 1, -5_000_000_000, 0.5, 7]);
  });

  it("gives the same bytes for tensors made lazily", () => {
    const data = Float32Array.from({ length: 60 }, (_, index) => index);
    const eager = buildModel(matMul({ name: "w", dataType: "float32", dims: [2, 30], data }));
    const lazy = buildModel(matMul({ name: "w", dataType: "float32", dims: [2, 30], data: () => data }));
    expect(lazy).toEqual(eager);
  });

  it("refuses a tensor whose data do not fill its dims", () => {
    expect(() => buildModel(matMul(float32("w", [2, 3], [1, 2])))).toThrow("24 bytes, got 8");
    const late = encodeModel(matMul({ name: "w", dataType: "float32", dims: [2, 3], data: () => new Float32Array(2) }));
    expect(() => [...late.chunks()]).toThrow("24 bytes came out 8 bytes long");
  });
});

describe("openSession", () => {
  it("says that a file which is not ONNX is not", async () => {
    await expect(openSession(new TextEncoder().encode("hello"), { threads: 1 })).rejects.toThrow(
      "model in memory: not an ONNX model",
    );
    await expect(openSession(import.meta.filename, { threads: 1 })).rejects.toThrow(`not an ONNX model`);
  });

  it("says that a missing file is missing", async () => {
    await expect(openSession("/no/such/model.onnx", { threads: 1 })).rejects.toThrow("there is no such model file");
  });

  it("keeps ONNX Runtime's words for a model it refuses", async () => {
    const model = matMul(float32("w", [3, 2], [1, 2, 3, 4, 5, 6]));
    const misnamed = { ...model, nodes: [{ opType: "NoSuchOperator", inputs: ["x", "w"], outputs: ["y"] }] };
    await expect(openSession(buildModel(misnamed), { threads: 1 })).rejects.toThrow(/cannot load.*NoSuchOperator/);
  });
});
