import { describe, expect, it } from "vitest";
import { macroF1 } from "../../src/metrics/macroF1.ts";
import { macroF1Difference } from "../../src/stats/macroF1Difference.ts";
import { labelCounts } from "../../src/stats/pairedStatistic.ts";
import { generator } from "../../src/stats/random/generator.ts";

const random = generator(12);
const classes = 4;
const items = 30;
const labels = (): Int32Array => Int32Array.from({ length: items }, () => Math.floor(classes * random.uniform()));
const [truth, a, b] = [labels(), labels(), labels()];
// Made anew in each test: what is made while the file loads, no changed code has part in.
const between = () => macroF1Difference(truth, a, b, classes);
const out = new Float64Array(1);

/** The difference counted anew from the rows themselves. */
const plain = (t: Int32Array, x: Int32Array, y: Int32Array): number => macroF1(t, y).macroF1 - macroF1(t, x).macroF1;

describe("a difference of macro F1", () => {
  it("is that of the rows themselves", () => {
    const statistic = between();
    expect(statistic.items).toBe(items);
    expect(statistic.observed[0]).toBeCloseTo(plain(truth, a, b), 12);
  });

  it("is under every exchange, in whatever order they come, that of the predictions exchanged paper by paper", () => {
    const statistic = between();
    for (let draw = 0; draw < 50; draw++) {
      const signs = Int8Array.from({ length: items }, () => (random.uniform() < 0.5 ? -1 : 1));
      const turned = (x: Int32Array, y: Int32Array): Int32Array => x.map((label, i) => (signs[i]! < 0 ? y[i]! : label));
      const expected = plain(truth, turned(a, b), turned(b, a));
      // What was counted before must leave no trace.
      statistic.counted(new Uint8Array(items).fill(draw % 3), out);
      statistic.exchanged(signs, out);
      expect(out[0]).toBeCloseTo(expected, 12);
      const [countsA, countsB] = [new Float64Array(2 * classes), new Float64Array(2 * classes)];
      labelCounts(statistic.labels!.a, signs, countsA);
      labelCounts(statistic.labels!.b, signs, countsB);
      statistic.labels!.difference(countsA, countsB, out);
      expect(out[0]).toBeCloseTo(expected, 12);
    }
  });

  it("is under every count that of papers as often as they are counted", () => {
    const statistic = between();
    for (let draw = 0; draw < 50; draw++) {
      const counts = Uint8Array.from({ length: items }, () => Math.floor(3 * random.uniform()));
      const drawn = [...counts].flatMap((count, item) => Array<number>(count).fill(item));
      const taken = (x: Int32Array): Int32Array => Int32Array.from(drawn, (item) => x[item]!);
      statistic.counted(counts, out);
      expect(out[0]).toBeCloseTo(plain(taken(truth), taken(a), taken(b)), 12);
    }
  });

  it("is nothing where no paper is counted", () => {
    const statistic = between();
    statistic.counted(new Uint8Array(items), out);
    expect(out[0]).toBe(0);
  });

  it("needs the same papers on both sides, at least one", () => {
    const some = Int32Array.of(0, 1);
    for (const [t, x, y] of [
      [some, some, Int32Array.of(0)],
      [some, Int32Array.of(0), some],
      [Int32Array.of(), Int32Array.of(), Int32Array.of()],
    ] as const) {
      expect(() => macroF1Difference(t, x, y, 2)).toThrow("macro F1 needs the same papers in both runs");
    }
  });
});
