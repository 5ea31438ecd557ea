import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type InferenceReply, openInference } from "../../../src/embed/runners/inference.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { buildModel } from "../../../src/onnx/encode.ts";
import type { Node } from "../../../src/onnx/model.ts";
import { lastingFolder } from "../../encoders/checkpoints/lastingFolder.ts";
import { type TinyEncoderOptions, tinyModel, writeTinyEncoder } from "../../encoders/tinyEncoder.ts";

const scratch = lastingFolder();

/** Vectors of texts by the tiny encoder, whose output goes through further nodes from `made` to `last_hidden_state`. */
async function infer(
  texts: readonly (readonly number[])[],
  { nodes = [], ...options }: TinyEncoderOptions & { readonly nodes?: readonly Node[] },
): Promise<InferenceReply> {
  const file = writeTinyEncoder(mkdtempSync(join(scratch, "model-")), options);
  const model = tinyModel(options);
  const renamed = model.nodes.map((node) => ({
    ...node,
    outputs: node.outputs.map((name) => (name === "last_hidden_state" && nodes.length > 0 ? "made" : name)),
  }));
  writeFileSync(file, buildModel({ ...model, nodes: [...renamed, ...nodes] }));
  const run = openInference({ ...(await resolveEncoder(file)), isForeign: true, mappedFile: null, threads: 1 });
  return run({
    ids: Int32Array.from(texts.flat()),
    lengths: Int32Array.from(texts, ({ length }) => length),
    positions: null,
  });
}

const short = [3, 7, 8, 4];
const long = [3, 5, 6, 7, 8, 9, 10, 11, 12, 4];

describe("the trial of a model whose graph is not ours", () => {
  it("finds nothing in a sound one, and changes no vector", async () => {
    const reply = await infer([long, short], {});
    expect(reply).not.toHaveProperty("note");
    const alone = await infer([long], {});
    for (const [k, value] of alone.vectors.entries()) expect(reply.vectors[k]).toBeCloseTo(value, 5);
  });

  it("refuses one that draws random numbers", async () => {
    const nodes: Node[] = [
      { opType: "RandomNormalLike", inputs: ["made"], outputs: ["noise"], attributes: { seed: { float: 1 } } },
      { opType: "Add", inputs: ["made", "noise"], outputs: ["last_hidden_state"] },
    ];
    for (const texts of [[long, short], [short]]) {
      await expect(infer(texts, { nodes })).rejects.toMatchObject({
        code: "BAD_INPUT",
        message: expect.stringMatching(/another vector every time .*evaluation mode/),
      });
    }
  });

  it("tells of one whose vectors depend on the batch, where texts run together", async () => {
    const nodes: Node[] = [
      { opType: "ReduceMean", inputs: ["made"], outputs: ["mean"], attributes: { axes: { ints: [0] } } },
      { opType: "Sub", inputs: ["made", "mean"], outputs: ["rest"] },
      { opType: "Sub", inputs: ["made", "rest"], outputs: ["last_hidden_state"] },
    ];
    expect(await infer([long, short], { nodes })).toMatchObject({
      note: expect.stringMatching(/depends on the texts that run beside it \(\d.* %.*--batch-tokens 1/),
    });
    expect(await infer([long], { nodes })).not.toHaveProperty("note");
  });

  it("refuses one whose vectors are as long as the longest text, whatever its axes are called", async () => {
    const nodes: Node[] = [
      { opType: "ReduceSum", inputs: ["made"], outputs: ["sum"], attributes: { keepdims: { int: 1 } } },
      { opType: "Shape", inputs: ["raw"], outputs: ["wide"] },
      { opType: "Expand", inputs: ["sum", "wide"], outputs: ["last_hidden_state"] },
    ];
    await expect(infer([long, short], { nodes })).rejects.toThrow(
      /vectors of 5 numbers for a text alone and of 10 beside/,
    );
  });
});
