import { expect, test } from "vitest";
import { clickTriples, planPairs, rankedAbove } from "../../../src/tasks/recommendation/recommendationPairs.ts";

const click = (queryId: string, clickedId: string, shown: string) => ({
  queryId,
  clickedId,
  shownIds: shown.split(" "),
});

test("a pair that several clicks show is numbered once, and a query's pairs lie together", () => {
  const plan = planPairs([click("q", "a", "a b"), click("r", "a", "b a"), click("q", "c", "b c")], "train");
  expect(plan.pairCount).toBe(5);
  expect(plan.queries).toEqual([
    { queryId: "q", candidateIds: ["a", "b", "c"], firstPair: 0 },
    { queryId: "r", candidateIds: ["b", "a"], firstPair: 3 },
  ]);
  expect(plan.clicks.map(({ clickedPair }) => clickedPair)).toEqual([0, 4, 2]);
  expect(plan.clicks.map(({ clickedPosition }) => clickedPosition)).toEqual([1, 2, 2]);
});

test("the clicked paper stands against each other one shown, in displayed order, ten at most", () => {
  const many = click("q", "m", "a b c d m e f g h i j k l");
  const triples = clickTriples(planPairs([click("q", "b", "a b c"), many, click("q", "a", "a")], "train"));
  expect([...triples.subarray(0, 4)]).toEqual([1, 0, 1, 2]);
  expect(triples.length).toBe(2 * (2 + 10));
  // m is pair 4; its tenth opponent is j, pair 10
  expect([...triples.subarray(-2)]).toEqual([4, 10]);
});

test("papers that score higher stand above the clicked one, and those that tie count one half", () => {
  const plan = planPairs([click("q", "a", "a b c d"), click("q", "d", "d a d b b")], "test");
  expect(rankedAbove(plan, Float32Array.of(0.5, 0.5, 0.7, 0.5))).toEqual([2, 1.5]);
  expect(rankedAbove(plan, Float32Array.of(0.9, 0.5, 0.7, 0.6))).toEqual([0, 1]);
});

test("a click on a paper that was not shown is refused with its row", () => {
  const clicks = [click("q", "a", "a b"), click("r", "x", "a b")];
  expect(() => planPairs(clicks, "val")).toThrow(
    /val click 2 \(query r\): the clicked paper x is not among those shown/,
  );
  expect(() => planPairs([{ queryId: "q", clickedId: "a", shownIds: [] }], "val")).toThrow(/not among those shown/);
});
