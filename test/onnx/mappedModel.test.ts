import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildModel } from "../../src/onnx/encode.ts";
import { detachWeights, mapModel } from "../../src/onnx/mappedModel.ts";
import { float32, type Model } from "../../src/onnx/model.ts";
import { ProtobufMessage } from "../../src/onnx/protobuf.ts";
import { tensor } from "../../src/onnx/runtime.ts";
import { openSession } from "../../src/onnx/session.ts";
import { seededNumbers } from "../encoders/tinyEncoder.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-mapped-"));
const next = seededNumbers(2);
const model: Model = {
  // An odd number of letters, so that the weights begin where no float would by itself.
  name: "a product",
  inputs: [{ name: "x", dataType: "float32", dims: ["rows", 200] }],
  outputs: [{ name: "y", dataType: "float32", dims: ["rows", 100] }],
  nodes: [
    { opType: "MatMul", inputs: ["x", "w"], outputs: ["product"] },
    { opType: "Add", inputs: ["product", "b"], outputs: ["y"] },
  ],
  initializers: [
    float32("w", [200, 100], Float32Array.from({ length: 20_000 }, next)),
    float32("b", [100], Float32Array.from({ length: 100 }, next)),
  ],
};
const bytes = Buffer.from(buildModel(model));
writeFileSync(join(folder, "whole.onnx"), bytes);

async function run(file: string): Promise<Float32Array> {
  const session = await openSession(file, { threads: 1 });
  const { y } = await session.run({
    x: tensor(
      "float32",
      Float32Array.from({ length: 400 }, (_, k) => k / 400),
      [2, 200],
    ),
  });
  return y?.data as Float32Array;
}

const detach = (whole: Buffer, location: string) =>
  detachWeights((start, end) => whole.subarray(start, end), whole.length, location);

describe("detachWeights", () => {
  it("gives a small model that computes the very same from the weights in the other file", async () => {
    const detached = detach(bytes, "whole.onnx");
    expect(detached?.length).toBeLessThan(2000);
    writeFileSync(join(folder, "small.onnx"), detached ?? "");
    expect(await run(join(folder, "small.onnx"))).toEqual(await run(join(folder, "whole.onnx")));
  });

  it("leaves weights alone whose bytes are there twice, or are said to lie elsewhere", () => {
    const zeros = Buffer.alloc(1 << 17);
    const tensor = () => new ProtobufMessage().string(8, "w").bytes(9, zeros);
    const elsewhere = new ProtobufMessage().string(1, "location").string(2, "w.bin");
    for (const weight of [tensor().bytes(9, zeros), tensor().message(13, elsewhere).integer(14, 1)]) {
      const whole = new ProtobufMessage().message(7, new ProtobufMessage().message(5, weight));
      expect(detach(Buffer.concat([...whole.chunks()]), "x")).toBeNull();
    }
    const whole = new ProtobufMessage().message(7, new ProtobufMessage().message(5, tensor()));
    expect(detach(Buffer.concat([...whole.chunks()]), "x")?.length).toBeLessThan(200);
  });

  it("leaves a model without large weights alone, and refuses what is not a model", () => {
    const small = { ...model, initializers: [float32("w", [1], [1])] };
    expect(detach(Buffer.from(buildModel(small)), "x")).toBeNull();
    expect(() => detach(bytes.subarray(0, 1000), "x")).toThrow(RangeError);
  });
});

describe("mapModel", () => {
  it("writes nothing beside a small model or for a missing one", async () => {
    const before = readdirSync(folder);
    expect(await mapModel(join(folder, "whole.onnx"))).toBeNull();
    expect(await mapModel(join(folder, "none.onnx"))).toBeNull();
    expect(readdirSync(folder)).toEqual(before);
  });

  it("puts a stand-in beside a large model and takes it away again", async () => {
    const large = {
      ...model,
      initializers: [...model.initializers, float32("unused", [17_000_000], new Float32Array(17_000_000))],
    };
    const place = mkdtempSync(join(tmpdir(), "scidocs-large-"));
    writeFileSync(join(place, "large.onnx"), buildModel(large));
    const mapped = await mapModel(join(place, "large.onnx"));
    expect(readdirSync(place)).toHaveLength(2);
    expect(readFileSync(mapped?.file ?? "").length).toBe(mapped?.bytes);
    expect(await run(mapped?.file ?? "")).toEqual(await run(join(folder, "whole.onnx")));
    await mapped?.remove();
    // Behind a link the stand-in lies elsewhere, where files of the names of this model's others may be of another model.
    const linked = join(place, "linked");
    mkdirSync(linked);
    symlinkSync(join(place, "large.onnx"), join(linked, "large.onnx"));
    expect(await mapModel(join(linked, "large.onnx"), ["w.bin"])).toBeNull();
    const alone = await mapModel(join(linked, "large.onnx"));
    expect(readdirSync(place)).toHaveLength(3);
    await alone?.remove();
    rmSync(linked, { recursive: true });
    expect(readdirSync(place)).toEqual(["large.onnx"]);
  });
});
