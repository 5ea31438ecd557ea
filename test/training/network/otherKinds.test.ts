import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { modernbert } from "../../../src/encoders/architectures/modernbert/modernbert.ts";
import { nomicbert } from "../../../src/encoders/architectures/nomicbert/nomicbert.ts";
import { firstToken } from "../../../src/training/heads/firstToken.ts";
import { tokenMean } from "../../../src/training/heads/tokenMean.ts";
import { l2Norm } from "../../../src/training/losses/l2Norm.ts";
import { tripletLoss } from "../../../src/training/losses/tripletLoss.ts";
import { openNetwork } from "../../../src/training/network/network.ts";
import { packTexts } from "../../../src/training/network/packedTexts.ts";
import { openParameters } from "../../../src/training/parameters.ts";

/** What `pytorchGradients.py` beside it found: of each gradient its length and its products with three lists of numbers. */
const golden: Readonly<Record<string, { readonly loss: number; readonly gradients: Record<string, number[]> }>> =
  JSON.parse(readFileSync(new URL("pytorchGradients.json", import.meta.url), "utf8"));

const blueprints = [
  modernbert.open("modernbert", {
    ...{ vocab_size: 30, hidden_size: 16, num_hidden_layers: 4, num_attention_heads: 2, intermediate_size: 12 },
    ...{ max_position_embeddings: 64, local_attention: 8 },
  }),
  nomicbert.open("nomic_bert", {
    ...{ vocab_size: 30, n_embd: 16, n_layer: 2, n_head: 2, n_inner: 256, n_positions: 64, rotary_emb_base: 1000 },
    ...{ activation_function: "swiglu", rotary_emb_fraction: 1 },
    ...{ qkv_proj_bias: false, mlp_fc1_bias: false, mlp_fc2_bias: false },
  }),
];

const texts = [23, 5, 14].map((length, row) => ({
  ids: Array.from({ length }, (_, place) => 3 + ((7 * place + row) % 27)),
  positions: null,
  truncated: false,
}));

/** The script's numbers from -1 to below 1. */
function numbers(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

describe.each(blueprints)("the gradient of a $architecture", ({ architecture, trainable, weights }) => {
  it.each([firstToken, tokenMean])("equals PyTorch's in double precision, weight by weight: $id", async (kind) => {
    const { loss, gradients } = golden[`${architecture} ${kind.id}`] ?? { loss: Number.NaN, gradients: {} };
    expect([...weights.keys()]).toEqual(Object.keys(gradients));
    const parameters = openParameters(
      [...weights].map(([name, dims], number) => ({
        ...{ name, dims, trained: true },
        read: () => {
          const centre = dims.length === 1 && name.endsWith(".weight") ? 1 : 0;
          const length = dims.reduce((product, size) => product * size, 1);
          return Float32Array.from(numbers(length, number + 1), (value) => centre + 0.5 * value);
        },
      })),
      { clampEach: null },
    );
    const network = openNetwork(trainable, parameters, { threads: 1 });
    const head = kind.open(network, parameters, { threads: 1 });
    const options = { firstOnly: kind.firstOnly, keep: true, recompute: false, dropout: null };
    const pass = await network.forward(packTexts(texts), options);
    const found = tripletLoss(await head.forward(pass), network.geometry.hiddenSize, l2Norm, 50);
    expect(found.loss).toBeCloseTo(loss, 4);
    parameters.beginUpdate();
    await network.backward(pass, await head.backward(pass, found.gradient));
    parameters.endUpdate();
    await head.close();
    await network.close();
    for (const { name, gradient } of parameters.trainedWeights) {
      const [length = Number.NaN, ...products] = gradients[name] ?? [];
      // The last bias moves every vector alike: what is left of its gradient is rounding.
      const scale = length < 1e-9 ? 0.1 : length;
      for (const [index, product] of products.entries()) {
        const others = numbers(gradient.length, index + 101);
        const own = gradient.reduce((sum, value, at) => sum + value * (others[at] ?? 0), 0);
        expect(Math.abs(own - product) / scale, name).toBeLessThan(1e-5);
      }
      expect(Math.abs(Math.hypot(...gradient) - length) / scale, name).toBeLessThan(1e-5);
    }
  });
});
