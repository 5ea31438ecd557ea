import { describe, expect, test } from "vitest";
import { rankingComparison } from "../../../src/tasks/ranking/rankingComparison.ts";
import { rankingReport } from "../../../src/tasks/ranking/rankingReport.ts";
import { ranked, someTask } from "../results.ts";

const { pair, nothing, discrepancies, itemCount } = rankingComparison;
const a = ranked("pqr", [0.1, 0.2, 0.3], [0.4, 0.5, 0.6]);

describe("two ranking results", () => {
  test("are paired by query in both columns, and differ by the means over the shared queries, B minus A", () => {
    const rows = pair(someTask, a, ranked("rxp", [0.9, 0, 0.8], [0.7, 0, 0.5]))!;
    expect(rows.items).toEqual(["p", "r"].map((paperId) => ({ paperId, clickedId: null })));
    expect(rows.values.map(({ a: of, b: other }) => [[...of], [...other]])).toEqual([
      [
        [0.1, 0.3],
        [0.8, 0.9],
      ],
      [
        [0.4, 0.6],
        [0.5, 0.7],
      ],
    ]);
    expect(rows.statistic.observed[0]).toBeCloseTo((0.7 + 0.6) / 2, 12);
    expect(rows.statistic.observed[1]).toBeCloseTo(0.1, 12);
    expect(itemCount(a)).toBe(3);
  });

  test("that share no query cannot be paired", () => {
    expect(pair(someTask, a, ranked("xy", [1, 1]))).toBeNull();
  });

  test("of nothing known score 0, so that the difference to them is the score", () => {
    const rows = pair(someTask, nothing(a), a)!;
    expect(rows.statistic.observed[0]).toBeCloseTo(0.2, 12);
    expect(rows.statistic.observed[1]).toBeCloseTo(0.5, 12);
    expect(a.rows.averagePrecision).toEqual([0.1, 0.2, 0.3]);
  });

  test("warn where one left out more queries than the other", () => {
    const left = (queriesLeftOut: number) => ranked("pqr", [1, 1, 1], [1, 1, 1], { queriesLeftOut });
    expect(discrepancies(someTask, left(2), left(2))).toEqual([]);
    expect(discrepancies(someTask, left(0), left(2))).toEqual([
      {
        severity: "warning",
        message: expect.stringMatching(/^topics: 0 queries are left out of A's mean and 2 of B's/),
      },
    ]);
  });
});

test("a report on a ranking result counts what is left out and names every query with its average precision", () => {
  const result = ranked("pq", [0.1, 0.2], [0.3, 0.4], { queries: 5, queriesLeftOut: 3 });
  expect(rankingReport.leftOut?.(result)).toBe("3 of 5 queries");
  expect(rankingReport.dots?.of(result)).toEqual({ ids: ["p", "q"], values: [0.1, 0.2] });
  expect(rankingReport.queries?.rows(result)).toBe(result.rows);
  const judged = [{ queryId: "p", candidateIds: ["a"], relevance: Int32Array.of(1) }];
  expect(rankingReport.queries?.judged({ queries: judged })).toBe(judged);
});
