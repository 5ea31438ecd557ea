import { describe, expect, test } from "vitest";
import { recommendationComparison } from "../../../src/tasks/recommendation/recommendationComparison.ts";
import { recommended, someTask } from "../results.ts";

const { pair, nothing, discrepancies, itemCount } = recommendationComparison;
const weights = (result: ReturnType<typeof recommended>, weight: number[]) => ({
  ...result,
  rows: { ...result.rows, weight },
});
/** Queries p, q, r; two seeds. Above 0 earns 1 and 1, above 2 earns 1/2 and 0. */
const a = weights(
  recommended("pqr", "xyz", [
    [0, 2, 0],
    [2, 2, 0],
  ]),
  [1, 3, 2],
);

describe("two recommendation results", () => {
  test("are paired by query, clicked paper and position; a click's value is its mean over seeds", () => {
    const other = recommended("pqr", "xyw", [
      [2, 0, 0],
      [2, 0, 0],
    ]);
    const rows = pair(someTask, a, weights(other, [1, 3, 2]))!;
    expect(rows.items).toEqual([
      { paperId: "p", clickedId: "x" },
      { paperId: "q", clickedId: "y" },
    ]);
    expect(rows.values.map(({ a: of, b }) => [[...of], [...b]])).toEqual([
      [
        [0.75, 0.5],
        [0.5, 1],
      ],
      [
        [0.5, 0],
        [0, 1],
      ],
    ]);
    // Weighted by 1 and 3: nDCG moves by -1/4 and +1/2, P@1 by -1/2 and +1.
    expect(rows.statistic.observed[0]).toBeCloseTo((-0.25 + 3 * 0.5) / 4, 12);
    expect(rows.statistic.observed[1]).toBeCloseTo((-0.5 + 3) / 4, 12);
    expect(itemCount(a)).toBe(3);
  });

  test("tell two clicks on one pair apart by the position", () => {
    const at = (positions: number[]) => {
      const result = recommended("pp", "xx", [[0, 1]]);
      return { ...result, rows: { ...result.rows, clickedPosition: positions } };
    };
    const rows = pair(someTask, at([1, 4]), at([4, 1]))!;
    expect([...rows.values[0]!.a]).toEqual([...rows.values[0]!.b].reverse());
  });

  test("that share no click, or have no seed, cannot be paired", () => {
    expect(pair(someTask, a, recommended("pqr", "abc", [[0, 0, 0]]))).toBeNull();
    expect(pair(someTask, a, recommended("pqr", "xyz", []))).toBeNull();
    expect(pair(someTask, recommended("pqr", "xyz", []), a)).toBeNull();
  });

  test("whose clicks weigh otherwise are refused, the last bits aside", () => {
    const heavier = (factor: number) => weights(a, [1, 3 * factor, 2]);
    expect(() => pair(someTask, a, heavier(1.001))).toThrow("topics: clicks weigh otherwise in B than in A");
    expect(() => pair(someTask, a, heavier(0.999))).toThrow(/weigh otherwise/);
    expect(pair(someTask, a, heavier(1 + 1e-12))).not.toBeNull();
  });

  test("are compared seed by seed where the seeds are the same, and as two samples where they are not", () => {
    const sides = (result: ReturnType<typeof recommended>) =>
      pair(someTask, a, result)!.statistic.seedParts.map(({ side }) => side);
    expect(sides(a)).toEqual(["both"]);
    const [seven, eight] = a.seeds;
    expect(sides({ ...a, seeds: [eight!, seven!] })).toEqual(["a", "b"]);
    expect(sides(weights(recommended("pqr", "xyz", [[0, 0, 0]]), [1, 3, 2]))).toEqual(["a", "b"]);
  });

  test("of nothing known earn nothing from one seed, so that the difference to them is the score", () => {
    const rows = pair(someTask, nothing(a), a)!;
    expect(rows.statistic.observed[0]).toBeCloseTo((1 * 0.75 + 3 * 0.5 + 2 * 1) / 6, 12);
    expect(rows.statistic.observed[1]).toBeCloseTo((1 * 0.5 + 0 + 2 * 1) / 6, 12);
    expect(nothing(a).seeds).toEqual(a.seeds.slice(0, 1));
    expect(nothing(a).rows.rankedAbove).toHaveLength(1);
  });

  test("note other seeds, and warn of one seed on either side", () => {
    const one = recommended("pqr", "xyz", [[0, 0, 0]]);
    expect(discrepancies(someTask, a, a)).toEqual([]);
    const note = (seedsA: string, seedsB: string) => ({
      severity: "note",
      message: `topics seeds: ${seedsA} in A, ${seedsB} in B; they are compared as two samples`,
    });
    const warning = { severity: "warning", message: expect.stringMatching(/^topics: one seed only/) };
    expect(discrepancies(someTask, a, one)).toEqual([note("7, 8", "7"), warning]);
    expect(discrepancies(someTask, one, a)).toEqual([note("7", "7, 8"), warning]);
    expect(discrepancies(someTask, one, one)).toEqual([warning]);
  });

  test("warn of seeds that do not begin as the other's do, for they may have been chosen", () => {
    const [seven, eight] = a.seeds;
    const other = { ...a, seeds: [{ ...eight!, seed: 1234 }, seven!] };
    const message = "topics seeds: 7, 8 in A, 1234, 7 in B; they are compared as two samples";
    expect(discrepancies(someTask, a, other)).toEqual([{ severity: "warning", message }]);
  });
});
