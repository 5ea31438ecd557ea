import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../../src/tensorFiles/safetensors.ts";
import { readFloat32 } from "../../../src/tensorFiles/storedTensor.ts";
import { firstToken } from "../../../src/training/heads/firstToken.ts";
import { heads } from "../../../src/training/heads/heads.ts";
import { distances } from "../../../src/training/losses/distances.ts";
import { tripletLoss } from "../../../src/training/losses/tripletLoss.ts";
import { packTexts } from "../../../src/training/network/packedTexts.ts";
import { hasShared } from "../../shared.ts";
import { goldenBatches, goldenTexts, lengths, openGoldenModel, plainName, stepsPath } from "../stepsGolden.ts";

const named = <T extends { readonly id: string }>(values: readonly T[], id: string): T => {
  const value = values.find((each) => each.id === id);
  if (value === undefined) throw new Error(`no ${id}`);
  return value;
};

interface Wish {
  readonly head: string;
  readonly recipe: "hf" | "last" | "first";
  readonly distance: string;
  readonly recompute?: boolean;
  readonly keepVector?: readonly number[];
}

/** Loss, vectors and gradients of the first micro-batch. */
async function gradientsOf({ head: headId, recipe, distance, recompute = false, keepVector }: Wish) {
  const chosen = named(heads, headId);
  const { geometry, parameters, network, head } = openGoldenModel(chosen);
  const texts = packTexts(goldenTexts(goldenBatches()[0] ?? [], recipe));
  const pass = await network.forward(texts, { firstOnly: chosen.firstOnly, keep: true, recompute, dropout: null });
  const vectors = await head.forward(pass);
  const factor = (at: number): number => (keepVector === undefined ? 1 : 2 * (keepVector[at] ?? 0));
  const dropped = vectors.map((value, at) => value * factor(at));
  const result = tripletLoss(dropped, geometry.hiddenSize, named(distances, distance), 1);
  parameters.beginUpdate();
  await network.backward(
    pass,
    await head.backward(
      pass,
      result.gradient.map((value, at) => value * factor(at)),
    ),
  );
  parameters.endUpdate();
  await head.close();
  await network.close();
  return { ...result, vectors, parameters };
}

/** The golden forward passes: `float64.*` are the truth. */
const forwards = (name: string) => JSON.parse(readFileSync(stepsPath(name), "utf8")).float64;

describe.skipIf(!hasShared)("gradients of the whole network", () => {
  const wholes: [golden: string, wish: Wish][] = [
    ["grads-hf-cls-l2-norm.f64", { head: "cls", recipe: "hf", distance: "l2-norm" }],
    ["grads-hf-cls-l2-norm.f64", { head: "cls", recipe: "hf", distance: "l2-norm", recompute: true }],
    ["grads-hf-cls-cosine.f64", { head: "cls", recipe: "hf", distance: "cosine" }],
    ["grads-original-sum-last.f64", { head: "words-sum", recipe: "last", distance: "l2-norm" }],
  ];
  for (const [golden, wish] of wholes) {
    it(`equal PyTorch's in double precision to 1e-4, weight by weight: ${golden}${wish.recompute ? ", recomputed" : ""}`, async () => {
      const { parameters } = await gradientsOf(wish);
      const truth = readSafetensors(stepsPath(`${golden}.safetensors`));
      const compared: string[] = [];
      let largest = 0;
      for (const [name, tensor] of truth) {
        const weight = parameters.trainedWeights.find((each) => each.name === plainName(name));
        const { length, difference } = lengths(readFloat32(tensor), weight?.gradient ?? []);
        compared.push(plainName(name));
        // Some have no gradient but rounding: a key's bias, since softmax does not change when all scores do; and the last bias,
        // since a distance does not change when all vectors do.
        if (length < 1e-10) expect(difference).toBeLessThan(1e-5);
        else largest = Math.max(largest, difference / length);
      }
      expect(largest).toBeGreaterThan(0);
      expect(largest).toBeLessThan(1e-5);
      const trained = parameters.trainedWeights.map(({ name }) => name);
      expect([...compared].sort()).toEqual([...trained].sort());
    });
  }

  const losses: [file: string, path: readonly string[], wish: Wish][] = ["cls", "pooler"].flatMap((head) =>
    ["l2-norm", "cosine", "dot"].map((distance): [string, readonly string[], Wish] => [
      "forward-hf.json",
      [head, distance],
      { head, recipe: "hf", distance },
    ]),
  );
  losses.push(
    ["forward-original.json", ["sum-last"], { head: "words-sum", recipe: "last", distance: "l2-norm" }],
    ["forward-original.json", ["mean-last"], { head: "words", recipe: "last", distance: "l2-norm" }],
    ["forward-original.json", ["sum-first"], { head: "words-sum", recipe: "first", distance: "l2-norm" }],
    ["forward-original.json", ["mean-last-cosine"], { head: "words", recipe: "last", distance: "cosine" }],
  );
  for (const [file, path, wish] of losses) {
    it(`give PyTorch's loss and norm: ${file}, ${path.join(", ")}`, async () => {
      const { loss, parameters } = await gradientsOf(wish);
      const golden = path.reduce((value, key) => value[key], forwards(file));
      expect(Math.abs(loss - golden.loss)).toBeLessThan(
        wish.distance === "dot" ? 1e-5 : 2e-6 * Math.max(1, golden.loss),
      );
      const norm = Math.sqrt(
        parameters.trainedWeights.reduce(
          (sum, { gradient }) => sum + gradient.reduce((total, value) => total + value * value, 0),
          0,
        ),
      );
      expect(Math.abs(norm / golden.global_grad_norm - 1)).toBeLessThan(1e-5);
    });
  }

  it("follow PyTorch's masks of dropout on the vector", async () => {
    const golden = forwards("forward-original.json")["dropout-mean-last"];
    const keep = golden.dropout_keep;
    const count = keep[0].length;
    const masks = Array.from({ length: count }, (_, row) => keep.map((rows: number[][]) => rows[row]))
      .flat(2)
      .map(Number);
    const { loss } = await gradientsOf({
      head: "words",
      recipe: "last",
      distance: golden.distance ?? "l2-norm",
      keepVector: masks,
    });
    expect(Math.abs(loss - golden.loss)).toBeLessThan(2e-6);
  });

  it("do not depend on which other texts are in the batch", async () => {
    const { geometry, parameters, network, head } = openGoldenModel(firstToken);
    const texts = goldenTexts(goldenBatches()[0] ?? [], "hf");
    const width = geometry.hiddenSize;
    const run = async (some: typeof texts) => {
      const pass = await network.forward(packTexts(some), {
        firstOnly: true,
        keep: true,
        recompute: false,
        dropout: null,
      });
      const vectors = await head.forward(pass);
      parameters.beginUpdate();
      await network.backward(pass, await head.backward(pass, vectors));
      parameters.endUpdate();
      return { vectors, gradients: parameters.trainedWeights.map(({ gradient }) => gradient.slice()) };
    };
    const together = await run(texts);
    const apart: Awaited<ReturnType<typeof run>>[] = [];
    for (const text of texts) apart.push(await run([text]));
    for (const [index, { vectors }] of apart.entries()) {
      expect(lengths(vectors, together.vectors.subarray(index * width, (index + 1) * width)).difference).toBeLessThan(
        1e-5,
      );
    }
    for (const [index, gradient] of together.gradients.entries()) {
      const sum = gradient.map((_, at) =>
        apart.reduce((total, { gradients }) => total + (gradients[index]?.[at] ?? 0), 0),
      );
      const { length, difference } = lengths(sum, gradient);
      expect(difference).toBeLessThan(1e-5 * length + 1e-4);
    }
    await head.close();
    await network.close();
  });
});
