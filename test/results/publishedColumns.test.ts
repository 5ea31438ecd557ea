import { expect, test } from "vitest";
import { besidePublished } from "../../src/results/publishedColumns.ts";

const of = (ours: number | null, published: number | undefined, spread?: number) => {
  const spreads: Record<string, number> = spread === undefined ? {} : { "cite-map": spread };
  const record = { suite: "scidocs", scores: { "cite-map": ours }, spread: spreads };
  const scores: Record<string, number> = published === undefined ? {} : { "cite-map": published };
  return besidePublished(record, { scores }).find((match) => match.id === "cite-map");
};

test("a difference of exactly the tolerance matches, a little more does not", () => {
  expect(of(88.4, 88.3)?.matches).toBe(true);
  expect(of(88.41, 88.3)?.matches).toBe(false);
  expect(of(88.19, 88.3)?.matches).toBe(false);
});

test("a column with a spread may differ by two standard deviations", () => {
  expect(of(20.9, 20, 0.5)).toMatchObject({ matches: true, tolerancePercent: 1 });
  expect(of(21.1, 20, 0.5)?.matches).toBe(false);
});

test("a column that did not run or is not published matches nothing", () => {
  expect(of(null, 88.3)).toMatchObject({ matches: false, differencePercent: null });
  expect(of(88.3, undefined)).toMatchObject({ matches: false, differencePercent: null });
});

test("all twelve columns and the average are compared, in table order", () => {
  const ids = besidePublished({ suite: "scidocs", scores: {}, spread: {} }, { scores: {} }).map((match) => match.id);
  expect(ids).toHaveLength(13);
  expect(ids[0]).toBe("mag-f1");
  expect(ids[12]).toBe("Avg");
});
