import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readModelSignature } from "../../src/encoders/modelSignature.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";
import { ScidocsError } from "../../src/errors.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { writeTinyEncoder } from "./tinyEncoder.ts";

/** A protobuf field that holds bytes. */
function field(number: number, ...content: (Buffer | string)[]): Buffer {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)));
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    if (rest <= 127) break;
  }
  const key = (number << 3) | 2;
  return Buffer.concat([Buffer.from(key > 127 ? [(key & 127) | 128, key >> 7] : [key]), Buffer.from(length), bytes]);
}

const tensorIn = (file: string): Buffer => field(13, field(1, "location"), field(2, file));
const output = field(12, field(1, "y"));
const model = (...graph: Buffer[]): Buffer => field(7, ...graph, output);
const constant = (file: string): Buffer => field(1, field(5, field(5, tensorIn(file))));
/** A node with a graph of its own. */
const branch = (...graph: Buffer[]): Buffer => field(1, field(5, field(6, ...graph)));
const sparseIn = (file: string): Buffer => field(1, tensorIn(file));

function filesOf(bytes: Buffer): readonly string[] {
  const path = join(temporaryFolder({ "m.onnx": bytes }), "m.onnx");
  return readModelSignature(path).externalFiles;
}

describe("the files that an ONNX model's tensors lie in", () => {
  it.each([
    ["weights of the graph", model(field(5, tensorIn("w")))],
    ["sparse weights", model(field(15, sparseIn("w")))],
    ["the value of a Constant node", model(field(1, field(5, field(5, tensorIn("w")))))],
    ["a list of tensors of a node", model(field(1, field(5, field(10, tensorIn("w")))))],
    ["a sparse value of a node", model(field(1, field(5, field(22, sparseIn("w")))))],
    ["weights of a branch", model(field(1, field(5, field(6, field(5, tensorIn("w"))))))],
    ["a Constant in a branch in a branch", model(branch(branch(constant("w"))))],
    ["a Constant of a function", Buffer.concat([model(), field(25, field(7, field(5, field(5, tensorIn("w")))))])],
    ["a default attribute of a function", Buffer.concat([model(), field(25, field(11, field(5, tensorIn("w"))))])],
  ])("are found among %s", (_where, bytes) => {
    expect(filesOf(bytes)).toEqual(["w"]);
  });

  it("are refused where graphs lie in each other without end", () => {
    let graph = field(5, tensorIn("w"));
    for (let depth = 0; depth < 2000; depth++) graph = field(1, field(5, field(6, graph)));
    expect(() => filesOf(model(graph))).toThrow(ScidocsError);
  });

  it.each(["", ".", "./", "w".repeat(5000)])("must have a name: not '%.10s'", async (name) => {
    const folder = temporaryFolder();
    writeTinyEncoder(folder);
    const whole = readFileSync(join(folder, "tiny.onnx"));
    writeFileSync(
      join(folder, "tiny.onnx"),
      Buffer.concat([whole, field(7, field(5, field(8, "unused"), tensorIn(name)))]),
    );
    await expect(resolveEncoder(join(folder, "tiny.onnx"))).rejects.toThrow(
      "does not say which file beside it holds its weights",
    );
  });

  it.skipIf(!hasShared)("are part of the fingerprint: another byte in one of them, another fingerprint", async () => {
    const folder = temporaryFolder();
    cpSync(sharedPath("cases/attack/onnx_constant_external"), folder, { recursive: true });
    const before = await resolveEncoder(folder);
    const weights = readFileSync(join(folder, "w.bin"));
    weights[0] = (weights[0] ?? 0) ^ 1;
    writeFileSync(join(folder, "w.bin"), weights);
    expect((await resolveEncoder(folder)).fingerprint).not.toBe(before.fingerprint);
  });
});
