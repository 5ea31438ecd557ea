import { expect, test } from "vitest";
import { besidePublished } from "../../src/results/publishedColumns.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import { generator } from "../../src/stats/random/generator.ts";
import { buildRecord } from "./recordBuilder.ts";
import { rescored } from "./recordChanges.ts";

const of = (ours: number | null, published: number | undefined) => {
  const record = { suite: "scidocs", scores: { "cite-map": ours } };
  const scores: Record<string, number> = published === undefined ? {} : { "cite-map": published };
  return besidePublished(record, { scores }).find((match) => match.id === "cite-map");
};

const base = buildRecord({ items: 4 });

/** The record as if the recommendation's seeds had reached these values (x100) in nDCG, and half of them in P@1. */
function withSeeds(values: readonly number[]): RunRecord {
  const copy = structuredClone(base);
  const task = copy.tasks.recomm;
  if (task?.kind !== "recommendation") throw new Error("no recomm");
  task.seeds = values.map((value, s) => ({
    ...task.seeds[0]!,
    seed: s,
    ndcg: value / 100,
    precisionAt1: value / 200,
  }));
  task.ndcg = values.reduce((sum, value) => sum + value / 100 / values.length, 0);
  task.precisionAt1 = task.ndcg / 2;
  return rescored(copy);
}

function beside(record: RunRecord, shift: Readonly<Record<string, number>>) {
  const scores = Object.fromEntries(
    Object.entries(record.scores).map(([id, score]) => [id, (score ?? Number.NaN) + (shift[id] ?? 0)]),
  );
  const matches = besidePublished(record, { scores });
  return (id: string) => matches.find((match) => match.id === id)!;
}

test("a difference of exactly the tolerance matches, a little more does not", () => {
  expect(of(88.4, 88.3)?.matches).toBe(true);
  expect(of(88.41, 88.3)?.matches).toBe(false);
  expect(of(88.19, 88.3)?.matches).toBe(false);
});

test("a column that is trained from seeds may differ as one more training run may: t sd sqrt(1 + 1/S)", () => {
  // Standard deviation 1, five seeds; each of the two columns may miss in 2.5 %: t(4; 0.9875) = 3.4954.
  const record = withSeeds([49, 49, 50, 51, 51]);
  const tolerance = 3.4954 * Math.sqrt(1.2);
  const just = beside(record, { "recomm-ndcg": tolerance - 0.01, "recomm-P@1": tolerance / 2 + 0.01 });
  expect(just("recomm-ndcg").matches).toBe(true);
  expect(just("recomm-ndcg").tolerancePercent).toBeCloseTo(tolerance, 3);
  expect(just("recomm-P@1").matches).toBe(false);
});

test("what the seeds may move the columns by is carried into the average, both columns together", () => {
  const record = withSeeds([49, 49, 50, 51, 51]);
  const tolerance = (1.5 / 12) * 3.4954 * Math.sqrt(1.2);
  expect(beside(record, {})("Avg").tolerancePercent).toBeCloseTo(tolerance, 3);
  expect(beside(record, { Avg: tolerance - 0.001 })("Avg").matches).toBe(true);
  expect(beside(record, { Avg: tolerance + 0.001 })("Avg").matches).toBe(false);
});

test("two seeds decide already, by the widest tolerance there is", () => {
  const match = beside(withSeeds([49, 51]), {});
  expect(match("recomm-ndcg")).toMatchObject({ decided: true, matches: true });
  // Student's t with one degree of freedom, each column missing in 2.5 %: t(1; 0.9875) = 25.45.
  expect(match("recomm-ndcg").tolerancePercent).toBeCloseTo(25.4517 * Math.SQRT2 * Math.sqrt(1.5), 2);
});

test("one seed decides nothing, neither of its columns nor of the average", () => {
  const match = beside(withSeeds([50]), {});
  for (const id of ["recomm-ndcg", "recomm-P@1", "Avg"]) {
    expect(match(id)).toMatchObject({ decided: false, matches: false, tolerancePercent: Number.POSITIVE_INFINITY });
  }
  expect(match("cite-map")).toMatchObject({ decided: true, matches: true });
});

test("a faithful reproduction matches in about 95 % of simulated cases", () => {
  const random = generator(17);
  const worlds = 500;
  let matched = 0;
  for (let world = 0; world < worlds; world++) {
    const draw = (): number => 50 + random.normal();
    const record = withSeeds(Array.from({ length: 5 }, draw));
    const published = draw();
    const ours = record.scores["recomm-ndcg"] ?? Number.NaN;
    const shift = published - ours;
    const match = beside(record, { "recomm-ndcg": shift, "recomm-P@1": shift / 2, Avg: (1.5 * shift) / 12 });
    if (["recomm-ndcg", "recomm-P@1", "Avg"].every((id) => match(id).matches)) matched++;
  }
  // Columns that move as one match together in 97.5 %; independent ones would in 95 %.
  expect(matched / worlds).toBeGreaterThan(0.95);
  expect(matched / worlds).toBeLessThan(0.995);
});

test("a column that did not run or is not published matches nothing", () => {
  expect(of(null, 88.3)).toMatchObject({ matches: false, differencePercent: null });
  expect(of(88.3, undefined)).toMatchObject({ matches: false, differencePercent: null });
});

test("all twelve columns and the average are compared, in table order", () => {
  const ids = besidePublished({ suite: "scidocs", scores: {} }, { scores: {} }).map((match) => match.id);
  expect(ids).toHaveLength(13);
  expect(ids[0]).toBe("mag-f1");
  expect(ids[12]).toBe("Avg");
});
