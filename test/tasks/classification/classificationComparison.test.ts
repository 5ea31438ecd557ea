import { describe, expect, test } from "vitest";
import { macroF1 } from "../../../src/metrics/macroF1.ts";
import { classificationComparison } from "../../../src/tasks/classification/classificationComparison.ts";
import { classified, someTask } from "../results.ts";

const { pair, nothing, discrepancies, itemCount } = classificationComparison;

describe("two classification results", () => {
  const a = classified("abcd", [0, 1, 1, 2], [0, 1, 0, 2]);
  const b = classified("dxca", [2, 0, 1, 0], [0, 0, 1, 0]);

  test("are paired by paper, each prediction right or wrong, and differ by macro F1 over the shared papers", () => {
    const rows = pair(someTask, a, b)!;
    expect(rows.items).toEqual(["a", "c", "d"].map((paperId) => ({ paperId, clickedId: null })));
    expect([...rows.values[0]!.a]).toEqual([1, 0, 1]);
    expect([...rows.values[0]!.b]).toEqual([1, 1, 0]);
    const truth = Int32Array.of(0, 1, 2);
    const difference = macroF1(truth, Int32Array.of(0, 1, 0)).macroF1 - macroF1(truth, Int32Array.of(0, 0, 2)).macroF1;
    expect(rows.statistic.observed[0]).toBeCloseTo(difference, 12);
    expect(itemCount(a)).toBe(4);
  });

  test("that share no paper cannot be paired", () => {
    expect(pair(someTask, a, classified("xyz", [0, 0, 0], [0, 0, 0]))).toBeNull();
  });

  test("that disagree about a shared paper's label are refused with the paper", () => {
    const other = classified("dca", [2, 0, 0], [2, 0, 0]);
    expect(() => pair(someTask, a, other)).toThrow("topics: paper c has another label in B than in A");
  });

  test("of nothing known get every paper wrong, so that the difference to them is the score", () => {
    const rows = pair(someTask, nothing(a), a)!;
    expect([...rows.values[0]!.a]).toEqual([0, 0, 0, 0]);
    const score = macroF1(Int32Array.from(a.rows.truth), Int32Array.from(a.rows.prediction)).macroF1;
    expect(rows.values[0]!.b.reduce((sum, value) => sum + value, 0)).toBe(3);
    expect(rows.statistic.observed[0]).toBeCloseTo(score, 12);
  });

  test("mean nothing side by side where the classifier or the number of training papers is another", () => {
    expect(discrepancies(someTask, a, b)).toEqual([]);
    const probe = { ...b, classifier: "logistic" as const, trainRows: 99 };
    expect(discrepancies(someTask, a, probe)).toEqual([
      { severity: "refused", message: expect.stringMatching(/^topics classifier: svm in A, logistic in B/) },
      { severity: "refused", message: "topics: trained on 100 papers in A, 99 in B" },
    ]);
  });
});
