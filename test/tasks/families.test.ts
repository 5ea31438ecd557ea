import { describe, expect, test } from "vitest";
import { classification } from "../../src/tasks/classification/family.ts";
import { countPapers } from "../../src/tasks/countPapers.ts";
import { contradictionsOf, ran, resultOf, whySkipped } from "../../src/tasks/families.ts";
import { ranking } from "../../src/tasks/ranking/family.ts";
import { recommendation } from "../../src/tasks/recommendation/family.ts";
import { vectorTable } from "../../src/vectors/vectorTable.ts";
import { classified, ranked, recommended, someTask } from "./results.ts";

const skipped = { kind: "skipped", reason: "not asked for" } as const;

describe("a task's result", () => {
  test("ran unless it is missing or skipped, and says why it did not", () => {
    expect([ran(undefined), ran(skipped), ran(ranked("q", [1]))]).toEqual([false, false, true]);
    expect(whySkipped(undefined)).toBe("not in the record");
    expect(whySkipped(skipped)).toBe("not asked for");
    expect(whySkipped(ranked("q", [1]))).toBeNull();
  });

  test("belongs to the family that scored it and to no other", () => {
    const result = ranked("q", [1]);
    expect(resultOf(ranking, result)).toBe(result);
    expect(resultOf(classification, result)).toBeNull();
    expect(resultOf(ranking, skipped)).toBeNull();
    expect(resultOf(ranking, undefined)).toBeNull();
  });

  test("that was skipped cannot contradict itself, one of any family can", () => {
    expect(contradictionsOf(skipped)).toEqual([]);
    expect(contradictionsOf(classified("ab", [0, 1], [0]))).not.toEqual([]);
    expect(contradictionsOf(ranked("ab", [1], [1, 1]))).not.toEqual([]);
    expect(contradictionsOf(recommended("ab", "x", [[0, 0]]))).not.toEqual([]);
  });
});

describe("what a family says of its results", () => {
  test("classification: macro F1, how it was classified, and what a reader must know of a probe", () => {
    const result = classified("ab", [0, 1], [0, 1], { macroF1: 0.7, solver: "reference" });
    expect(classification.columns.map(({ suffix, value }) => [suffix, value(result)])).toEqual([["f1", 0.7]]);
    expect(classification.settings(result)).toEqual({ classifier: "svm", solver: "reference" });
    expect(Object.keys(classification.settings(result))).toEqual(classification.settingNames);
    expect(classification.notes(someTask, result, "test")).toEqual([]);
    const probe = classified("ab", [0, 1], [0, 1], { classifier: "logistic" });
    expect(classification.notes(someTask, probe, "test")[0]).toMatch(/^Topics: scored by logistic regression/);
  });

  test("ranking: MAP and nDCG, and no setting", () => {
    const result = ranked("q", [1], [1], { map: 0.3, ndcg: 0.4 });
    expect(ranking.columns.map(({ suffix, value }) => [suffix, value(result)])).toEqual([
      ["map", 0.3],
      ["ndcg", 0.4],
    ]);
    expect(ranking.settings(result)).toEqual({});
    expect(ranking.settingNames).toEqual([]);
    expect(ranking.notes(someTask, result, "test")).toEqual([]);
    expect(ranking.findings(someTask, () => undefined, [])).toEqual({ classes: [], clicks: [], notes: [] });
  });

  test("recommendation: both means with their spread and every seed's value, and from which seeds", () => {
    const result = recommended("ab", "xy", [
      [0, 1],
      [1, 0],
    ]);
    const columns = recommendation.columns.map((column) => [
      column.suffix,
      column.value(result),
      column.spread?.(result),
      column.perSeed?.(result),
    ]);
    expect(columns).toEqual([
      ["ndcg", 0.5, 0.01, [0.5, 0.51]],
      ["P@1", 0.25, 0.02, [0.25, 0.26]],
    ]);
    expect(recommendation.settings(result)).toEqual({ seeds: 2, seed: 7 });
    expect(Object.keys(recommendation.settings(result))).toEqual(recommendation.settingNames);
  });

  test("recommendation on val: that its epoch was chosen on the very clicks it is scored on", () => {
    const result = recommended("a", "x", [[0]]);
    expect(recommendation.notes(someTask, result, "test")).toEqual([]);
    expect(recommendation.notes(someTask, result, "val")).toEqual([
      expect.stringMatching(/^topics: the epoch is chosen on val and val is scored/),
    ]);
  });
});

describe("the papers that a family asks for", () => {
  test("classification: those it learns from and those it judges, of the split alone", () => {
    const labelled = (ids: string) => ({ paperIds: [...ids], labels: new Int32Array(ids.length) });
    const data = { train: labelled("ab"), val: labelled("cd"), test: labelled("ef") };
    expect([...classification.papers(data, "val")]).toEqual([..."abcd"]);
    expect([...classification.judged(data, "test")]).toEqual([..."ef"]);
    expect(classification.workingBytes?.(data, vectorTable(["a"], 10, new Float32Array(10)))).toBe(2 * 4 * 2 * 10);
    expect(classification.scoresFromMetadata).toBe(false);
  });

  test("ranking: queries and candidates, all of them judged", () => {
    const data = { queries: [], count: 0, paperIds: ["q", "a"] };
    expect([...ranking.papers(data, "val")]).toEqual(["q", "a"]);
    expect([...ranking.judged(data, "val")]).toEqual(["q", "a"]);
    expect(ranking.scoresFromMetadata).toBe(false);
  });

  test("recommendation: those of train, val and the split, once where the split is val", () => {
    const click = (queryId: string, clickedId: string) => ({ queryId, clickedId, shownIds: [clickedId] });
    const data = {
      train: [click("a", "b")],
      val: [click("c", "d")],
      test: [click("e", "f")],
      propensities: Float64Array.of(1),
    };
    expect([...recommendation.papers(data, "test")]).toEqual([..."abbcddeff"]);
    expect([...recommendation.papers(data, "val")]).toEqual([..."abbcdd"]);
    expect([...recommendation.judged(data, "test")]).toEqual([..."eff"]);
    expect(recommendation.scoresFromMetadata).toBe(true);
  });

  test("are counted once each: with a vector, with an empty one, with none", () => {
    const vectors = vectorTable(["a", "b"], 1, Float32Array.of(1, 2), new Set(["c"]));
    expect(countPapers(["a", "c", "x", "a", "c", "y"], vectors)).toEqual({
      expected: 4,
      embedded: 1,
      missing: 3,
      emptyVector: 1,
      emptyText: null,
      truncated: null,
    });
  });
});

describe("how a family wants to be scored", () => {
  test("classification tasks stand side by side, the others do not", () => {
    expect([classification, ranking, recommendation].map(({ sideBySide }) => sideBySide)).toEqual([true, false, false]);
  });
});
