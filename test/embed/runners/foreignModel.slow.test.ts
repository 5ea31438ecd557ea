import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Models } from "../../../src/embed/runners/encoderThreads.ts";
import { openForeign } from "../../../src/embed/runners/foreignModel.ts";
import type { Encoder } from "../../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { buildModel } from "../../../src/onnx/encode.ts";
import { type Initializer, int64, type Node } from "../../../src/onnx/model.ts";
import { ProtobufMessage } from "../../../src/onnx/protobuf.ts";
import { lastingFolder } from "../../encoders/checkpoints/lastingFolder.ts";
import { tinyModel, writeTinyEncoder } from "../../encoders/tinyEncoder.ts";

const scratch = lastingFolder();

/** The tiny encoder, to whose output a float `made` is added by further nodes. */
async function encoderWith(
  nodes: readonly Node[],
  initializers: readonly Initializer[] = [],
  graph: ProtobufMessage = new ProtobufMessage(),
): Promise<Encoder> {
  const file = writeTinyEncoder(mkdtempSync(join(scratch, "model-")));
  const model = tinyModel();
  const renamed = model.nodes.map((node) => ({
    ...node,
    outputs: node.outputs.map((name) => (name === "last_hidden_state" ? "hidden" : name)),
  }));
  const added: Node = { opType: "Add", inputs: ["hidden", "made"], outputs: ["last_hidden_state"] };
  const bytes = buildModel({
    ...model,
    nodes: [...renamed, ...nodes, added],
    initializers: [...model.initializers, ...initializers],
  });
  writeFileSync(file, Buffer.concat([bytes, ...new ProtobufMessage().message(7, graph).chunks()]));
  return resolveEncoder(file);
}

/** A loop that makes `made` and goes on for ever. */
function endlessEncoder(): Promise<Encoder> {
  const value = (name: string, type: number): ProtobufMessage =>
    new ProtobufMessage()
      .string(1, name)
      .message(
        2,
        new ProtobufMessage().message(1, new ProtobufMessage().integer(1, type).message(2, new ProtobufMessage())),
      );
  const identity = (from: string, to: string): ProtobufMessage =>
    new ProtobufMessage().string(1, from).string(2, to).string(4, "Identity");
  const body = new ProtobufMessage()
    .message(1, identity("goes", "goesOn"))
    .message(1, identity("before", "after"))
    .string(2, "body")
    .message(11, value("round", 7))
    .message(11, value("goes", 9))
    .message(11, value("before", 1))
    .message(12, value("goesOn", 9))
    .message(12, value("after", 1));
  const attribute = new ProtobufMessage().string(1, "body").message(6, body).integer(20, 5);
  const loop = new ProtobufMessage()
    .string(1, "rounds")
    .string(1, "")
    .string(1, "unit")
    .string(2, "looped")
    .string(4, "Loop")
    .message(5, attribute);
  const nodes: Node[] = [{ opType: "Identity", inputs: ["looped"], outputs: ["made"] }];
  return encoderWith(nodes, [int64("rounds", [], [2 ** 62])], new ProtobufMessage().message(1, loop));
}

const batch = () => ({ ids: Int32Array.of(3, 7, 8, 4), lengths: Int32Array.of(4), positions: null });

describe("a model of another's making", () => {
  // Other processors give the least number once more.
  it.each(process.arch === "x64" ? [-1, 1] : [1])(
    "may end the process that runs it by a division, here by %d",
    async (divisor) => {
      const nodes: Node[] = [
        { opType: "Mul", inputs: ["width", "quarter"], outputs: ["least"] },
        { opType: "Div", inputs: ["least", "divisor"], outputs: ["quotient"] },
        { opType: "Cast", inputs: ["quotient"], outputs: ["made"], attributes: { to: { int: 1 } } },
      ];
      // Four tokens times -2^61, and half of them in the trial.
      const encoder = await encoderWith(nodes, [int64("quarter", [], [-(2 ** 61)]), int64("divisor", [], [divisor])]);
      const models = await Models.open(encoder, 1);
      try {
        const answer = models.call(batch());
        if (divisor === 1) expect((await answer).dimensions).toBe(8);
        else {
          await expect(answer).rejects.toMatchObject({
            code: "BAD_INPUT",
            message: expect.stringMatching(
              /tiny\.onnx: breaks ONNX Runtime \(\S.*\) .* a batch of 1 texts of up to 4 tokens/,
            ),
          });
          await expect(models.call(batch())).rejects.toMatchObject({ code: "BAD_INPUT" });
        }
      } finally {
        await models.close();
      }
    },
  );

  it("that never ends is ended with the run", async () => {
    const stop = new AbortController();
    const models = await Models.open(await endlessEncoder(), 1, stop.signal);
    const answer = models.call(batch());
    setTimeout(() => stop.abort(), 500);
    await expect(answer).rejects.toMatchObject({ code: "INTERRUPTED" });
    await models.close();
  });

  it.each([
    ["time", { memoryBytes: 2e9, cpuMs: 700 }, "BAD_INPUT", /did not come to an end .* a loop without end/],
    ["memory", { memoryBytes: 3e7, cpuMs: 1e6 }, "UNAVAILABLE", /not enough memory for a batch of 1 texts/],
  ] as const)("is ended where it is over its %s", async (_what, limits, code, message) => {
    const data = { ...(await endlessEncoder()), isForeign: true, mappedFile: null, threads: 1 };
    const session = openForeign(data, 1, undefined, limits);
    await expect(session.call(batch())).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await session.close();
  });
});
