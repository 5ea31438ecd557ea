import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type InferenceReply, openInference } from "../../../src/embed/runners/inference.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { buildModel } from "../../../src/onnx/encode.ts";
import type { Node } from "../../../src/onnx/model.ts";
import { lastingFolder } from "../../encoders/checkpoints/lastingFolder.ts";
import { defaultInputs, type TinyEncoderOptions, tinyModel, writeTinyEncoder } from "../../encoders/tinyEncoder.ts";

const scratch = lastingFolder();

interface Changes {
  readonly nodes?: readonly Node[];
  /** Where each text's words end, for a model that is told. */
  readonly words?: readonly (readonly number[])[] | null;
}

/** Vectors of texts by the tiny encoder, whose output goes through further nodes from `made` to `last_hidden_state`. */
async function infer(
  texts: readonly (readonly number[])[],
  { nodes = [], words = null, ...options }: TinyEncoderOptions & Changes,
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
    positions: words?.map((ends) => Int32Array.from(ends)) ?? null,
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

  it("tries one that pools by words as well", async () => {
    const inputs = [...defaultInputs, { name: "word_mask", dataType: "int64", dims: ["batch", "tokens"] }] as const;
    const nodes: Node[] = [
      { opType: "Cast", inputs: ["word_mask"], outputs: ["words1"], attributes: { to: { int: 1 } } },
      { opType: "Unsqueeze", inputs: ["words1", "axis1"], outputs: ["chosen"] },
      { opType: "MatMul", inputs: ["chosen", "made"], outputs: ["summed"] },
      { opType: "RandomNormalLike", inputs: ["made"], outputs: ["noise"] },
      { opType: "Add", inputs: ["summed", "noise"], outputs: ["last_hidden_state"] },
    ];
    const words = [[1, 3, 8], [2]];
    await expect(infer([long, short], { nodes, inputs, words })).rejects.toThrow(/another vector every time/);
    const still = nodes.map((node) => (node.opType === "RandomNormalLike" ? { ...node, opType: "Neg" } : node));
    expect(await infer([long, short], { nodes: still, inputs, words })).not.toHaveProperty("note");
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
