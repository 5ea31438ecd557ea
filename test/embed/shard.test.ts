import { describe, expect, it } from "vitest";
import { planEmbedding } from "../../src/embed/plan.ts";
import { dealtTo, parseShard } from "../../src/embed/shard.ts";
import type { Encoder } from "../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";

describe("a shard", () => {
  it("is K/N from 1 to N", () => {
    expect(parseShard("3/16")).toEqual({ number: 3, of: 16 });
    for (const text of ["0/4", "5/4", "1/0", "1", "a/b", "1/2/3", "-1/2"])
      expect(() => parseShard(text)).toThrow(/K\/N/);
  });

  it("gets windows there and back again, so that all have like amounts of them and of their lengths", () => {
    const windows = Array.from({ length: 10 }, (_, index) => index);
    const shards = [1, 2, 3, 4].map((number) => dealtTo({ number, of: 4 }, windows));
    expect(shards).toEqual([
      [0, 7, 8],
      [1, 6, 9],
      [2, 5],
      [3, 4],
    ]);
    expect(dealtTo({ number: 1, of: 1 }, windows)).toEqual(windows);
  });

  it("has whole windows of the whole plan, and all shards have all of them", async () => {
    const encoder: Encoder = await resolveEncoder("mini");
    const papers = Array.from({ length: 3000 }, (_, at) => ({
      id: `p${at}`,
      // Every seventh text occurs twice.
      title: `title ${at % 7 === 6 ? at - 6 : at}`,
      abstract: at === 5 ? "" : "word ".repeat((at * 13) % 50),
    }));
    const files = [{ file: "a", papers }];
    const whole = await planEmbedding(files, encoder);
    const shards = [];
    for (let number = 1; number <= 4; number++)
      shards.push(await planEmbedding(files, encoder, { shard: { number, of: 4 } }));
    const windowsOf = (plan: typeof whole) => plan.newWindows.map(({ texts }) => texts.map(({ key }) => key).join());
    expect(whole.newWindows.length).toBeGreaterThan(4);
    expect(shards.flatMap(windowsOf).sort()).toEqual(windowsOf(whole).sort());
    expect(shards.flatMap(({ paperIds }) => paperIds).sort()).toEqual([...whole.paperIds].sort());
    expect(shards.reduce((sum, { textsToEmbed }) => sum + textsToEmbed, 0)).toBe(whole.textsToEmbed);
  });
});
