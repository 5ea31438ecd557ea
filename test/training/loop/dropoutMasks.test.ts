import { describe, expect, it } from "vitest";
import { modernbert } from "../../../src/encoders/architectures/modernbert/modernbert.ts";
import { bertDropoutPlaces } from "../../../src/encoders/architectures/trainable.ts";
import { openDropoutMasks } from "../../../src/training/loop/dropoutMasks.ts";
import { dropoutShares } from "../../../src/training/loop/dropoutShares.ts";
import type { Dropout } from "../../../src/training/network/networkWeights.ts";

const shares = { embeddings: 0.1, attention: 0.25, attended: 0.1, output: 0.1, vector: 0.5, inner: 0 };

function masksOf(keys: readonly (readonly number[])[]): Dropout {
  const dropout = openDropoutMasks(shares).of(keys);
  if (dropout === null) throw new Error("nothing is silenced");
  return dropout;
}

describe("masks of dropout", () => {
  it("silence the share that is asked for and scale the others up", () => {
    const dropout = masksOf([[1, 2]]);
    for (const [site, share] of [
      ["output", 0.1],
      ["attention", 0.25],
      ["vector", 0.5],
    ] as const) {
      const mask = dropout.room(site, 100_000);
      dropout.fill(site, 0, 100_000, 0, 3, site);
      const silenced = mask.filter((factor) => factor === 0).length / 100_000;
      // Five standard deviations of so many draws.
      expect(Math.abs(silenced - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / 100_000));
      expect(mask.every((factor) => factor === 0 || factor === Math.fround(1 / (1 - share)))).toBe(true);
    }
  });

  it("stand where an encoder has them: BERT's behind its linear layers, ModernBERT's within its feed-forward half", () => {
    const asked = { hiddenDropout: 0.1, attentionDropout: 0.2, vectorDropout: 0.5 };
    const bert = { embeddings: 0.1, attention: 0.2, attended: 0.1, output: 0.1, vector: 0.5, inner: 0 };
    expect(dropoutShares(asked, { dropout: bertDropoutPlaces })).toEqual(bert);
    const { trainable } = modernbert.open("config.json", { model_type: "modernbert" });
    const inside = { embeddings: 0.1, attention: 0.2, attended: 0.2, output: 0, vector: 0.5, inner: 0.1 };
    expect(dropoutShares(asked, trainable)).toEqual(inside);
    expect(openDropoutMasks(inside).of([[1]])?.drops).toEqual([
      "embeddings",
      "attention",
      "attended",
      "vector",
      "inner",
    ]);
    const none = { hiddenDropout: 0, attentionDropout: 0, vectorDropout: 0 };
    expect(openDropoutMasks(dropoutShares(none, trainable)).of([[1]])).toBeNull();
  });

  it("depend on text, layer and place, and on nothing else", () => {
    const mask = (text: number, layer: number, site: "output" | "attended", keys = [[1], [2]]): string => {
      const dropout = masksOf(keys);
      dropout.room("room", 64);
      dropout.fill("room", 0, 64, text, layer, site);
      return dropout.room("room", 64).join();
    };
    expect(mask(0, 0, "output")).toBe(mask(0, 0, "output"));
    expect(mask(0, 0, "output", [[2], [1]])).toBe(mask(1, 0, "output"));
    const different = [mask(0, 0, "output"), mask(1, 0, "output"), mask(0, 1, "output"), mask(0, 0, "attended")];
    expect(new Set(different).size).toBe(4);
  });

  it("fill a stretch of any length at any place and leave the rest", () => {
    const dropout = masksOf([[5]]);
    const whole = dropout.room("whole", 24);
    dropout.fill("whole", 0, 24, 0, 0, "vector");
    for (const [from, to] of [
      [1, 2],
      [3, 9],
      [5, 24],
      [0, 7],
    ] as const) {
      const part = dropout.room("part", 24).fill(7);
      dropout.fill("part", from, to, 0, 0, "vector");
      expect([...part]).toEqual([...part].map((_, at) => (at < from || at >= to ? 7 : whole[at - from])));
    }
  });

  it("keep what was filled before when a room is asked for again", () => {
    const dropout = masksOf([[5], [6]]);
    dropout.room("room", 8);
    dropout.fill("room", 0, 4, 0, 0, "output");
    const first = [...dropout.room("room", 8).subarray(0, 4)];
    dropout.fill("room", 4, 8, 1, 0, "output");
    expect([...dropout.room("room", 8).subarray(0, 4)]).toEqual(first);
  });
});
