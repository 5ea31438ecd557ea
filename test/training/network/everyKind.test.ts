import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { layerOfWeight } from "../../../src/encoders/architectures/trainable.ts";
import { readHuggingFace } from "../../../src/encoders/checkpoints/huggingFace.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { readFloat32 } from "../../../src/tensorFiles/storedTensor.ts";
import { firstToken } from "../../../src/training/heads/firstToken.ts";
import { tokenMean } from "../../../src/training/heads/tokenMean.ts";
import { openNetwork } from "../../../src/training/network/network.ts";
import { packTexts } from "../../../src/training/network/packedTexts.ts";
import { openParameters } from "../../../src/training/parameters.ts";
import { smallConfigs, writeRandomEncoder } from "../../encoders/architectures/randomEncoder.ts";
import { lastingFolder } from "../../encoders/checkpoints/lastingFolder.ts";
import { vectorsOf } from "../../encoders/embedInProcess.ts";

const scratch = lastingFolder();
const cacheDir = lastingFolder();

// Texts of several lengths, the longest well beyond a window.
const ids = [36, 5, 17].map((length) => Array.from({ length }, (_, index) => 2 + ((index * 7) % 27)));

/** The network of a small encoder with random weights, as a checkpoint's would be opened. */
function openKind(type: string) {
  const folder = writeRandomEncoder(mkdtempSync(join(scratch, `${type}-`)), type);
  const { blueprint, tensors } = readHuggingFace(folder);
  const parameters = openParameters(
    [...tensors].map(([name, tensor]) => ({
      name,
      dims: tensor.shape,
      read: () => readFloat32(tensor),
      trained: true,
    })),
    { clampEach: null },
  );
  const network = openNetwork(blueprint.trainable, parameters, { threads: 1 });
  return { folder, trainable: blueprint.trainable, parameters, network };
}

const pack = (texts: readonly (readonly number[])[]) =>
  packTexts(texts.map((one) => ({ ids: one, positions: null, truncated: false })));

describe.each(Object.keys(smallConfigs))("an encoder of the kind %s", (type) => {
  it("is trained on the vectors that it embeds, and every weight of it is of a layer or the embeddings", async () => {
    const { folder, trainable, parameters, network } = openKind(type);
    for (const { name } of parameters.all) expect(layerOfWeight(trainable, name), name).not.toBeNull();
    for (const kind of [firstToken, tokenMean]) {
      const encoder = await resolveEncoder(folder, { recipe: "hf-space", cacheDir, pooling: kind.id });
      const embedded = await vectorsOf({ ...encoder, provider: "cpu" }, ids);
      const head = kind.open(network, parameters, { threads: 1 });
      const options = { firstOnly: kind.firstOnly, keep: false, recompute: false, dropout: null };
      const trained = await head.forward(await network.forward(pack(ids), options));
      const apart = embedded.flatMap((vector) => [...vector]).map((value, at) => Math.abs(value - (trained[at] ?? 99)));
      expect(Math.max(...apart)).toBeLessThan(1e-5);
      expect(apart).toHaveLength(trained.length);
      await head.close();
    }
    await network.close();
  });

  it("holds no more for texts of many lengths, one after another, than for the longest", async () => {
    const { network } = openKind(type);
    const options = { firstOnly: false, keep: true, recompute: false, dropout: null };
    const train = async (length: number): Promise<void> => {
      const pass = await network.forward(pack([Array.from({ length }, (_, at) => 2 + (at % 27))]), options);
      await network.backward(pass, (layer, gradient) => {
        if (layer === network.geometry.layers - 1) gradient.fill(0.1);
      });
    };
    await train(36);
    const bytes = network.workspaceBytes();
    for (let length = 3; length <= 36; length += 3) await train(length);
    expect(network.workspaceBytes()).toBe(bytes);
    await network.close();
  });
});
