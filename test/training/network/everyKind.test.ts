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

describe.each(Object.keys(smallConfigs))("an encoder of the kind %s", (type) => {
  it("is trained on the vectors that it embeds, and every weight of it is of a layer or the embeddings", async () => {
    const folder = writeRandomEncoder(mkdtempSync(join(scratch, `${type}-`)), type);
    const { blueprint, tensors } = readHuggingFace(folder);
    const { trainable } = blueprint;
    for (const name of tensors.keys()) expect(layerOfWeight(trainable, name), name).not.toBeNull();
    const parameters = openParameters(
      [...tensors].map(([name, tensor]) => ({
        name,
        dims: tensor.shape,
        read: () => readFloat32(tensor),
        trained: true,
      })),
      { clampEach: null },
    );
    const network = openNetwork(trainable, parameters, { threads: 1 });
    const texts = packTexts(ids.map((one) => ({ ids: one, positions: null, truncated: false })));
    for (const kind of [firstToken, tokenMean]) {
      const encoder = await resolveEncoder(folder, { recipe: "hf-space", cacheDir, pooling: kind.id });
      const embedded = await vectorsOf({ ...encoder, provider: "cpu" }, ids);
      const head = kind.open(network, parameters, { threads: 1 });
      const options = { firstOnly: kind.firstOnly, keep: false, recompute: false, dropout: null };
      const trained = await head.forward(await network.forward(texts, options));
      const apart = embedded.flatMap((vector) => [...vector]).map((value, at) => Math.abs(value - (trained[at] ?? 99)));
      expect(Math.max(...apart)).toBeLessThan(1e-5);
      expect(apart).toHaveLength(trained.length);
      await head.close();
    }
    await network.close();
  });
});
