import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Encoder, EncoderOptions } from "../../src/encoders/encoder.ts";
import { joinEncoders } from "../../src/encoders/joinEncoders.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";
import { writeRandomEncoder } from "./architectures/randomEncoder.ts";
import { lastingFolder } from "./checkpoints/lastingFolder.ts";
import { writeRandomAdapter } from "./checkpoints/randomAdapter.ts";
import { vectorsOf } from "./embedInProcess.ts";

const scratch = lastingFolder();
const cacheDir = lastingFolder();
const ids = [
  [2, 9, 4, 28, 3, 7, 3],
  [2, 8, 3],
];

async function resolveEach(
  base: string,
  adapters: readonly string[],
  options: EncoderOptions,
): Promise<[Encoder, ...Encoder[]]> {
  const [first, ...others] = await Promise.all(
    adapters.map((adapter) => resolveEncoder(base, { ...options, adapter })),
  );
  if (first === undefined) throw new Error("no adapter");
  return [first, ...others];
}

const prefixes: Readonly<Record<string, string>> = {
  bert: "bert.",
  roberta: "roberta.",
  distilbert: "distilbert.transformer.",
};

describe("several adapters of one checkpoint", () => {
  const ways: [string, EncoderOptions][] = [
    ["the first token", {}],
    ["the first token in int8", { precision: "int8" }],
    ["two poolings of all tokens, cut and normalized", { pooling: "cls+mean", dimensions: 20, normalize: true }],
    ["operators of the standard", { pooling: "mean", provider: "webgpu" }],
  ];
  it.each(ways)("give, in one pass, the vectors of each to the last bit: %s", async (_what, options) => {
    for (const type of ["bert", "roberta", "distilbert"]) {
      const base = writeRandomEncoder(mkdtempSync(join(scratch, `${type}-`)), type);
      const written = (seed: number, scaling: number): string =>
        writeRandomAdapter(scratch, {
          seed,
          config: { scaling },
          prefix: prefixes[type] ?? "",
          file: { model_type: type },
        });
      const adapters = [written(1, 1), written(2, 2), written(3, 0.5)];
      const asked = { recipe: "hf-space", cacheDir, ...options };
      const encoders = await resolveEach(base, adapters, asked);
      const joint = await joinEncoders(base, asked, adapters, encoders);
      if (joint === null) throw new Error("not joined");
      const alone = await Promise.all(encoders.map((encoder) => vectorsOf({ ...encoder, provider: "cpu" }, ids)));
      const together = await vectorsOf({ ...joint, provider: "cpu" }, ids);
      expect(together.map((row) => [...row])).toEqual(
        ids.map((_, row) => alone.flatMap((one) => [...(one[row] ?? [])])),
      );
      expect(joint.dimensions).toBe(together[0]?.length);
      expect(new Set(alone.map((one) => one[0]?.join()))).toHaveProperty("size", 3);
    }
  });

  it("are not joined where they are used in different ways", async () => {
    const base = writeRandomEncoder(mkdtempSync(join(scratch, "bert-")), "bert");
    const adapters = [writeRandomAdapter(scratch, { seed: 1 }), writeRandomAdapter(scratch, { seed: 2 })];
    const asked = { recipe: "hf-space", cacheDir };
    const [first] = await resolveEach(base, adapters, asked);
    const [, second] = await resolveEach(base, adapters, { ...asked, maxLength: 12 });
    if (second === undefined) throw new Error("no second");
    expect(await joinEncoders(base, asked, adapters, [first, second])).toBeNull();
  });
});
