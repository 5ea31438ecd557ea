import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recordContradictions } from "../../src/results/contradictions.ts";
import { parseRecord } from "../../src/results/record.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import type { ClassificationResult } from "../../src/tasks/classification/classificationResult.ts";
import type { RankingResult } from "../../src/tasks/ranking/rankingResult.ts";
import type { RecommendationResult } from "../../src/tasks/recommendation/recommendationResult.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { buildRecord } from "./recordBuilder.ts";
import { fromOneSeed, withoutHardQueries } from "./recordChanges.ts";

const good = buildRecord({ items: 12 });

interface Results {
  readonly mag: ClassificationResult;
  readonly cite: RankingResult;
  readonly recomm: RecommendationResult;
}

function changed(change: (results: Results, record: RunRecord) => void): RunRecord {
  const copy = structuredClone(good);
  change(copy.tasks as unknown as Results, copy);
  return copy;
}

type Case = [what: string, change: (results: Results, record: RunRecord) => void, says: string];

describe("a record", () => {
  it("that holds together is taken, with fewer queries and from one seed too", () => {
    for (const record of [good, withoutHardQueries(good, 3), fromOneSeed(good), buildRecord({ tasks: ["cite"] })]) {
      expect(recordContradictions(record)).toEqual([]);
    }
  });

  it.each([
    ["notes", { notes: new Array(10_001).fill("a") }],
    ["timings", { timings: new Array(10_001).fill({ stage: "a", elapsedMs: 1 }) }],
    ["settings", { settings: Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [index, 1])) }],
    ["versions", { versions: Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [index, "1"])) }],
    ["dataset.files", { dataset: { ...good.dataset, files: new Array(10_001).fill(good.dataset.files[0]) } }],
  ])("has no more %s than a run makes, for all of them are shown", (name, more) => {
    expect(recordContradictions({ ...good, ...more })).toEqual([`${name} has 10001 entries, more than a run makes`]);
  });

  it("says no more beside its rows than can be shown, and has ids that are ids", () => {
    const named = { ...good, model: { ...good.model, name: "x".repeat(2 ** 21) } };
    expect(recordContradictions(named)[0]).toMatch(/^it has \d+ characters beside its rows, more than a run makes$/);
    const classes = changed(({ mag }) => Object.assign(mag, { classes: new Array(10_001).fill(mag.classes[0]) }));
    expect(recordContradictions(classes)).toEqual(["tasks.mag.classes has 10001 entries, more than a run makes"]);
    const id = changed(({ cite }) => cite.rows.query.splice(3, 1, "x".repeat(10_001)));
    expect(recordContradictions(id)).toEqual(["tasks.cite.rows.query[3] has more characters than any id"]);
  });

  it("without settings that older versions did not write, or that its model has nothing of, is taken", () => {
    const { precision: _, ...model } = good.model;
    expect(recordContradictions({ ...good, settings: {} })).toEqual([]);
    expect(
      recordContradictions({ ...good, model: { ...model, precision: null }, settings: { precision: "q4" } }),
    ).toEqual([]);
  });

  it("of a suite that is not known here is checked as far as its families go", () => {
    const own = { ...good, suite: "my-own", scores: { "mine-map": 5 } };
    expect(recordContradictions(own)).toEqual([]);
    const broken = changed(({ cite }) => cite.rows.query.pop());
    expect(recordContradictions({ ...broken, suite: "my-own" })[0]).toMatch(/^tasks\.cite: rows\./);
  });

  it.each<Case>([
    [
      "candidates without a rank where every paper has a vector",
      ({ cite }) => Object.assign(cite, { candidatesUnranked: 1 }),
      "tasks.cite: candidatesUnranked is 1, of 0 papers without a vector",
    ],
    [
      "more queries with ties than queries",
      ({ cite }) => Object.assign(cite.ties, { queriesAffected: 13 }),
      "tasks.cite: ties.queriesAffected is 13, of 12 queries",
    ],
    [
      "rows of more papers than its task has",
      ({ cite }) => Object.assign(cite.papers, { expected: 11, embedded: 11 }),
      "tasks.cite: rows.query names 12 papers, of the 11 expected",
    ],
    [
      "a best C that was not tried",
      ({ mag }) => Object.assign(mag, { bestC: 0.2 }),
      "tasks.mag: bestC is 0.2, which is none of its candidates",
    ],
    [
      "candidates of which none is the best",
      ({ mag }) => Object.assign(mag, { bestC: null }),
      "tasks.mag: bestC is null, which is none of its candidates",
    ],
    [
      "a dataset that is not that of its files",
      (_, r) => r.dataset.files.splice(0, 1, { path: "mag/train.csv", bytes: 1, sha256: "0".repeat(64) }),
      "dataset.sha256 does not follow from dataset.files",
    ],
    [
      "a model that is not that of its files",
      (_, r) => Object.assign(r.model, { sha256: "0".repeat(64) }),
      "model.sha256 does not follow from model.files",
    ],
    [
      "another precision than its model's",
      (_, r) => Object.assign(r.settings, { precision: "q4" }),
      "settings.precision is q4, and model.precision fp32",
    ],
    [
      "another classifier than its tasks'",
      (_, r) => Object.assign(r.settings, { classifier: "logistic" }),
      "settings.classifier is logistic, and tasks.mag has svm",
    ],
    [
      "more seeds than it was trained from",
      (_, r) => Object.assign(r.settings, { seeds: 500 }),
      "settings.seeds is 500, and tasks.recomm has 5",
    ],
    [
      "a split whose files were not read",
      (_, r) => Object.assign(r, { split: "val" }),
      "tasks.mag ran, and dataset.files has no mag/val.csv",
    ],
    [
      "a share of the papers that is none",
      ({ mag }) => Object.assign(mag.candidates[0] ?? {}, { accuracy: 1e308 }),
      "tasks.mag: candidates[0][0] is 1e+308, which is not from 0 to",
    ],
    [
      "a score of the displayed order that is none",
      ({ recomm }) => Object.assign(recomm.baselines.displayedOrder, { ndcg: -1e308 }),
      "tasks.recomm: baselines.displayedOrder[0] is -1e+308, which is not from 0 to",
    ],
    [
      "a score under other orders of ties that is none",
      ({ cite }) => Object.assign(cite.ties, { highestMap: 1e308 }),
      "tasks.cite: ties[1] is 1e+308, which is not from",
    ],
    [
      "a query twice",
      ({ cite }) => cite.rows.query.splice(1, 1, cite.rows.query[0] ?? ""),
      "tasks.cite: rows.query has one query twice",
    ],
    [
      "scores that its rows do not give",
      (_, r) => Object.assign(r.scores, { Avg: 99 }),
      "scores.Avg is 99, and its rows give",
    ],
    [
      "a score for a task that did not run",
      (_, r) => Object.assign(r.tasks, { cite: { kind: "skipped", reason: "no" } }),
      "scores.cite-map is",
    ],
    [
      "a missing score",
      (_, r) => Object.assign(r.scores, { "cite-map": null }),
      "scores.cite-map is missing, and its rows give",
    ],
    [
      "a column that the suite has not",
      (_, r) => Object.assign(r.scores, { bleu: 1 }),
      "scores.bleu is no column of the suite",
    ],
    [
      "a spread that its seeds do not give",
      (_, r) => Object.assign(r.spread, { "recomm-ndcg": 9 }),
      "spread.recomm-ndcg is 9",
    ],
    [
      "a task that the suite has not",
      (_, r) => Object.assign(r.tasks, { sts: r.tasks.cite }),
      "tasks.sts is no task of scidocs",
    ],
    [
      "a task of another kind",
      (_, r) => Object.assign(r.tasks, { mag: r.tasks.cite }),
      "tasks.mag is scored as a ranking task",
    ],
    [
      "papers that do not add up",
      ({ mag }) => Object.assign(mag.papers, { embedded: 5 }),
      "tasks.mag: papers: 5 with and 0 without",
    ],
    [
      "more empty vectors than missing",
      ({ mag }) => Object.assign(mag.papers, { emptyVector: 5 }),
      "tasks.mag: papers: 5 with an empty vector",
    ],
    [
      "more cut texts than papers",
      ({ mag }) => Object.assign(mag.papers, { truncated: 1e6 }),
      "tasks.mag: papers.truncated is 1000000",
    ],
    [
      "more empty texts than papers",
      ({ mag }) => Object.assign(mag.papers, { emptyText: 1e6 }),
      "tasks.mag: papers.emptyText is 1000000",
    ],
    [
      "rows of two lengths in a classification",
      ({ mag }) => mag.rows.truth.pop(),
      "tasks.mag: rows.truth has 35 entries and rows.paper 36",
    ],
    [
      "no rows in a classification",
      ({ mag }) => Object.assign(mag.rows, { paper: [], truth: [], prediction: [] }),
      "tasks.mag: rows is empty",
    ],
    [
      "a prediction of no class",
      ({ mag }) => mag.rows.prediction.splice(0, 1, 77),
      "tasks.mag: rows.prediction[0] is 77",
    ],
    [
      "another macro F1",
      ({ mag }) => Object.assign(mag, { macroF1: 0.99 }),
      "tasks.mag: macroF1 is 0.99, and its rows give",
    ],
    ["another accuracy", ({ mag }) => Object.assign(mag, { accuracy: 0.99 }), "tasks.mag: accuracy is 0.99"],
    [
      "more training rows missing than there are",
      ({ mag }) => Object.assign(mag, { trainRowsMissing: 1e6 }),
      "tasks.mag: trainRowsMissing is 1000000",
    ],
    [
      "rows of two lengths in a ranking",
      ({ cite }) => cite.rows.ndcg.pop(),
      "tasks.cite: rows.ndcg has 11 entries and rows.query 12",
    ],
    [
      "fewer rows than queries scored",
      ({ cite }) => Object.assign(cite, { queriesScored: 20 }),
      "tasks.cite: rows: 12 queries, and queriesScored says 20",
    ],
    [
      "queries that do not add up",
      ({ cite }) => Object.assign(cite, { queries: 50 }),
      "tasks.cite: 12 queries scored and 0 left out are not the 50",
    ],
    [
      "an average precision above 1",
      ({ cite }) => cite.rows.averagePrecision.splice(2, 1, 1.5),
      "tasks.cite: rows.averagePrecision[2] is 1.5",
    ],
    [
      "an nDCG that is no number",
      ({ cite }) => cite.rows.ndcg.splice(2, 1, Number.NaN),
      "tasks.cite: rows.ndcg[2] is NaN",
    ],
    [
      "an average precision of another ranking",
      ({ cite }) => cite.rows.averagePrecision.splice(3, 1, 0.123),
      "tasks.cite: rows.averagePrecision[3] or",
    ],
    [
      "an nDCG of another ranking",
      ({ cite }) => cite.rows.ndcg.splice(3, 1, 0.123),
      "tasks.cite: rows.averagePrecision[3] or",
    ],
    [
      "an order with a candidate twice",
      ({ cite }) => cite.rows.order[4]!.splice(0, 1, cite.rows.order[4]![1]!),
      "tasks.cite: rows.order[4] does not order",
    ],
    [
      "an order beyond the candidates",
      ({ cite }) => cite.rows.order[4]!.splice(0, 1, 500),
      "tasks.cite: rows.order[4] does not order",
    ],
    [
      "an order longer than its grades",
      ({ cite }) => cite.rows.relevance[4]!.pop(),
      "tasks.cite: rows.order[4] does not order",
    ],
    [
      "another MAP",
      ({ cite }) => Object.assign(cite, { map: 0.999, ties: { queriesAffected: 0, lowestMap: 0, highestMap: 1 } }),
      "tasks.cite: map is 0.999",
    ],
    ["another nDCG", ({ cite }) => Object.assign(cite, { ndcg: 0.999 }), "tasks.cite: ndcg is 0.999"],
    ["ties around another MAP", ({ cite }) => Object.assign(cite.ties, { highestMap: 0.01 }), "tasks.cite: ties: "],
    [
      "rows of two lengths in a recommendation",
      ({ recomm }) => recomm.rows.weight.pop(),
      "tasks.recomm: rows.weight has 11 entries",
    ],
    [
      "fewer rows than clicks",
      ({ recomm }) => Object.assign(recomm, { clicks: 13 }),
      "tasks.recomm: rows: 12 clicks, and clicks says 13",
    ],
    [
      "a seed without rows",
      ({ recomm }) => recomm.rows.rankedAbove.pop(),
      "tasks.recomm: rows.rankedAbove has 4 seeds, and seeds 5",
    ],
    [
      "a seed with too few rows",
      ({ recomm }) => recomm.rows.rankedAbove[1]!.pop(),
      "tasks.recomm: rows.rankedAbove[1] has 11 entries, of 12 clicks",
    ],
    [
      "fewer than no papers above",
      ({ recomm }) => recomm.rows.rankedAbove[1]!.splice(0, 1, -1),
      "tasks.recomm: rows.rankedAbove[1][0] is -1",
    ],
    ["a weight of nothing", ({ recomm }) => recomm.rows.weight.splice(0, 1, 0), "tasks.recomm: rows.weight[0] is 0"],
    [
      "a click at no position",
      ({ recomm }) => recomm.rows.clickedPosition.splice(0, 1, 0),
      "tasks.recomm: rows.clickedPosition[0] is 0",
    ],
    [
      "one seed twice",
      ({ recomm }) => Object.assign(recomm.seeds[1]!, { seed: 7 }),
      "tasks.recomm: seeds: one number occurs twice",
    ],
    [
      "a seed's nDCG of other rows",
      ({ recomm }) => Object.assign(recomm.seeds[1]!, { ndcg: 0.99 }),
      "tasks.recomm: seeds[1].ndcg is 0.99",
    ],
    [
      "a seed's P@1 of other rows",
      ({ recomm }) => Object.assign(recomm.seeds[1]!, { precisionAt1: 0.99 }),
      "tasks.recomm: seeds[1].precisionAt1 is",
    ],
    [
      "a mean that is not the seeds'",
      ({ recomm }) => Object.assign(recomm, { ndcg: 0.99 }),
      "tasks.recomm: ndcg is 0.99",
    ],
    [
      "a mean P@1 that is not the seeds'",
      ({ recomm }) => Object.assign(recomm, { precisionAt1: 0.99 }),
      "tasks.recomm: precisionAt1 is 0.99",
    ],
    [
      "no deviation of five seeds",
      ({ recomm }) => Object.assign(recomm, { ndcgSd: null }),
      "tasks.recomm: ndcgSd is missing, of 5 seeds",
    ],
    [
      "another deviation of P@1",
      ({ recomm }) => Object.assign(recomm, { precisionAt1Sd: 0.5 }),
      "tasks.recomm: precisionAt1Sd is 0.5",
    ],
  ])("with %s contradicts itself", (_, change, says) => {
    const found = recordContradictions(changed(change));
    expect(found.some((problem) => problem.startsWith(says))).toBe(true);
  });

  it("may lack a column that has no score, and may name one of no score that the suite lacks", () => {
    const part = buildRecord({ items: 4, tasks: ["cite"] });
    const { "mag-f1": _, ...scores } = part.scores;
    expect(recordContradictions({ ...part, scores })).toEqual([]);
    expect(recordContradictions({ ...part, scores: { ...part.scores, bleu: null } })).toEqual([]);
  });

  it("from one seed has no deviation", () => {
    const record = fromOneSeed(good);
    Object.assign(record.tasks.recomm!, { ndcgSd: 0.1 });
    expect(recordContradictions(record)).toContain("tasks.recomm: ndcgSd is 0.1, from one seed");
  });

  it("that contradicts itself is refused when it is read, with the first three places", async () => {
    const lying = { ...good, scores: Object.fromEntries(Object.keys(good.scores).map((id) => [id, 99])) };
    await expect(parseRecord(lying, "r.json")).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringMatching(/^r\.json: the record contradicts itself.*: scores\.mag-f1 is 99.*; and 10 more$/),
    });
  });
});

describe("what a record that contradicts itself is refused with", () => {
  const message = (wrong: number): Promise<unknown> => {
    const ids = Object.keys(good.scores).slice(0, wrong);
    const lying = { ...good, scores: { ...good.scores, ...Object.fromEntries(ids.map((id) => [id, 99])) } };
    return parseRecord(lying, "r.json").catch((error: Error) => error.message);
  };

  it("is every place where there are three or fewer, and else three and how many more", async () => {
    expect(await message(3)).toMatch(/scores\.mag-f1 is 99.*scores\.mesh-f1 is 99.*scores\.co-view-map is 99[^;]*$/);
    expect(await message(4)).toMatch(/scores\.co-view-map is 99[^;]*; and 1 more$/);
  });
});

describe("a ranking in which candidates have no rank", () => {
  /** One relevant candidate of three has no rank: the recall base is larger than what was retrieved. */
  function withUnranked(ap: number, gain: number): string[] {
    const record = changed(({ cite }) => {
      cite.candidatesUnranked = 2;
      cite.papers.embedded -= 1;
      cite.papers.missing += 1;
      cite.rows.relevance[0] = cite.rows.relevance[0]!.map((_, rank) => (rank < 2 ? 1 : 0));
      cite.rows.averagePrecision[0] = ap;
      cite.rows.ndcg[0] = gain;
    });
    return recordContradictions(record).filter((problem) => problem.includes("does not follow"));
  }

  it("may have more relevant ones than were retrieved, a whole number of them", () => {
    expect(withUnranked(1, 1)).toEqual([]);
    expect(withUnranked(2 / 3, 0.8)).toEqual([]);
    expect(withUnranked(2 / 4, 0.7)).toEqual([]);
    expect(withUnranked(2 / 5, 0.7)).toHaveLength(1);
    expect(withUnranked(0.61, 0.8)).toHaveLength(1);
    expect(withUnranked(0, 0)).toHaveLength(1);
  });
});

describe("a ranking in which candidates have no rank and few that have one are relevant", () => {
  /** Two relevant candidates at these ranks, of a task with two candidates without a rank. */
  function at(ranks: readonly number[], ap: number, gain: number): boolean {
    const record = changed(({ cite }) => {
      cite.candidatesUnranked = 2;
      cite.papers.embedded -= 1;
      cite.papers.missing += 1;
      cite.rows.relevance[0] = cite.rows.relevance[0]!.map((_, rank) => (ranks.includes(rank + 1) ? 1 : 0));
      cite.rows.averagePrecision[0] = ap;
      cite.rows.ndcg[0] = gain;
    });
    return !recordContradictions(record).some((problem) => problem.includes("does not follow"));
  }

  it("has as many relevant ones at least as were retrieved", () => {
    const precisions = 1 / 4 + 2 / 5;
    expect([1, 2, 3, 4, 5].map((base) => at([4, 5], precisions / base, 0.3))).toEqual([false, true, true, true, false]);
  });

  it("gains no more than its own order allows", () => {
    const best = (1 / Math.log2(5) + 1 / Math.log2(6)) / (1 + 1 / Math.log2(3));
    expect(at([4, 5], 0.325, best)).toBe(true);
    expect(at([4, 5], 0.325, best + 0.001)).toBe(false);
  });

  it("earns nothing where none of the retrieved is relevant", () => {
    expect(at([], 0, 0)).toBe(true);
    expect(at([], 0.1, 0)).toBe(false);
    expect(at([], 0, 0.1)).toBe(false);
  });
});

it("a ranking without a query contradicts itself", () => {
  const record = changed(({ cite }) => {
    Object.assign(cite, { queriesScored: 0, queriesLeftOut: 12, map: 0, ndcg: 0 });
    Object.assign(cite.rows, { query: [], averagePrecision: [], ndcg: [], order: [], relevance: [] });
  });
  expect(recordContradictions(record)).toEqual(["tasks.cite: rows is empty"]);
});

describe.skipIf(!hasShared)("the kept real records", () => {
  it.each(["gate-records/baseline.json", "gate-decimal-comma/old.json", "gate-decimal-comma/new.json"])(
    "%s hold together, candidates without a vector included",
    async (name) => {
      const record = await parseRecord(JSON.parse(readFileSync(sharedPath(`cases/${name}`), "utf8")), name);
      expect(recordContradictions(record)).toEqual([]);
    },
  );
});
