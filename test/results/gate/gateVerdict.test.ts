import { describe, expect, it } from "vitest";
import { comparisonText } from "../../../src/report/comparisonText.ts";
import { gateAnnotations, gateSummary } from "../../../src/report/gateGithub.ts";
import { gateJunit } from "../../../src/report/gateJunit.ts";
import { gateText } from "../../../src/report/gateText.ts";
import {
  type ColumnComparison,
  compareRecords,
  type RecordComparison,
} from "../../../src/results/compare/comparison.ts";
import { dropChecks } from "../../../src/results/gate/gateChecks.ts";
import { parseGateConfig } from "../../../src/results/gate/gateConfig.ts";
import { type GateThresholds, usualThresholds } from "../../../src/results/gate/gateThresholds.ts";
import { type GateVerdict, gateVerdict } from "../../../src/results/gate/gateVerdict.ts";
import { limitsByColumn, parseLimits, readLimits } from "../../../src/results/gate/limits.ts";
import type { RunRecord } from "../../../src/results/schema.ts";
import { scidocs } from "../../../src/suites/scidocs/scidocs.ts";
import { buildRecord } from "../recordBuilder.ts";
import { fromOneSeed, rescored, withoutHardQueries } from "../recordChanges.ts";

const good = buildRecord({ name: "good", quality: 0.6 });
const bad = buildRecord({ name: "bad", quality: 0.3, modelSeed: 2 });
const nothing: GateThresholds = usualThresholds;

async function judge(baseline: RunRecord, record: RunRecord, thresholds: Partial<GateThresholds>) {
  const comparison = await compareRecords(baseline, record, { resamples: 500 });
  return gateVerdict(record, { ...nothing, ...thresholds }, { baseline, comparison });
}

/** Small, so that 100,000 draws are quick. */
const one = (name: string, modelSeed: number): RunRecord =>
  buildRecord({ name, quality: 0.6, modelSeed, tasks: ["cite"], items: 40 });

const scoreOf = (record: RunRecord, id: string): number => record.scores[id] ?? Number.NaN;

const checkOf = (verdict: GateVerdict, subject: string, kind?: string) => {
  const found = verdict.checks.find((check) => check.subject === subject && (kind ?? check.kind) === check.kind);
  if (found === undefined) throw new Error(`no check of ${subject}`);
  return found;
};

/** A limit for every column that a drop of any size keeps to, so that one column's rule can be looked at. */
const all = (limit: number): [string, number][] => [...parseLimits([`all=${limit}`, `Avg=${limit}`])];

/** What one model gives, with other luck: neither better nor worse. */
const twin = buildRecord({ name: "twin", quality: 0.6, modelSeed: 7 });

/** The comparison as it would be, had the column's p-value come so near to its level. */
function nearLimit(comparison: RecordComparison, id: string, p: number): RecordComparison {
  const near = { dropPValue: p, adjustedPValue: 2 * p, significantDrop: p < 0.025, significant: 2 * p < 0.05 };
  return {
    ...comparison,
    exchanges: 100_000,
    columns: comparison.columns.map((column) =>
      column.id === id ? { ...column, ...near, closeCall: true, closeDropCall: true } : column,
    ),
  };
}

describe("close calls", () => {
  it.each([
    [0.0249, false, "a significant drop"],
    [0.0253, true, "no significant drop"],
  ])("are told with p-value and error, whichever way they go (p = %d)", async (p, passed, verdict) => {
    const comparison = nearLimit(await compareRecords(good, bad, { resamples: 5000 }), "cite-map", p);
    const judged = gateVerdict(bad, nothing, { baseline: good, comparison });
    const check = checkOf(judged, "cite-map");
    expect(check).toMatchObject({ passed, closeCall: true });
    expect(check.message).toContain(
      `${verdict}, p = ${p.toFixed(4)} ± 0.0019: a close call, which other draws may decide otherwise; 80 % power`,
    );
    expect(judged.checks.filter(({ closeCall }) => closeCall)).toHaveLength(1);
    expect(gateText(judged, false)).toContain("a close call");
    expect(comparisonText(comparison, { columns: Number.POSITIVE_INFINITY, color: false, movers: 0 })).toContain(
      `Close call after 100000 exchanges, which another --seed may decide otherwise: cite MAP (p = ${(2 * p).toFixed(4)} ± 0.0027).`,
    );
  });

  it("stand in lines that fit a terminal of 80 signs, as all that a gate says does", async () => {
    const comparison = nearLimit(await compareRecords(good, bad, { resamples: 500 }), "cite-map", 0.0253);
    const verdict = gateVerdict(bad, nothing, { baseline: good, comparison });
    const lines = gateText(verdict, false, 80).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.some((line) => line.startsWith("        "))).toBe(true);
    const unwrapped = gateText(verdict, false).split("\n");
    expect(
      lines
        .join("\n")
        .replace(/\n {8}/g, " ")
        .split("\n"),
    ).toEqual(unwrapped);
  });

  it("count for a limit only where significance is asked for as well", async () => {
    const comparison = nearLimit(await compareRecords(good, bad, { resamples: 5000 }), "cite-map", 0.0253);
    const maxDrop = new Map([["cite-map", 0.1]]);
    const judged = (significant: boolean) =>
      checkOf(gateVerdict(bad, { ...nothing, maxDrop, significant }, { baseline: good, comparison }), "cite-map");
    expect(judged(true)).toMatchObject({ passed: true, closeCall: true });
    expect(judged(false)).toMatchObject({ passed: false, closeCall: false });
  });

  it("are told of a margin that the interval's end touches, after ten times the draws", async () => {
    const [first, second] = [one("first", 1), one("second", 7)];
    const low = (await compareRecords(first, second)).columns.find(({ id }) => id === "cite-map")!.intervalPercent.low;
    const margins = new Map([["cite-map", -low]]);
    const comparison = await compareRecords(first, second, { margins });
    expect(comparison.resamples).toBeGreaterThan(10_000);
    const verdict = gateVerdict(second, { ...nothing, nonInferior: margins }, { baseline: first, comparison });
    const check = checkOf(verdict, "cite-map");
    if (comparison.resamples === 100_000)
      expect(check.message).toMatch(/its end between -\d+\.\d{3} and -\d+\.\d{3}: a close call/);
    expect(check.closeCall).toBe(comparison.resamples === 100_000);
    const far = gateVerdict(
      second,
      { ...nothing, nonInferior: new Map([["cite-map", 90]]) },
      { baseline: first, comparison },
    );
    expect(checkOf(far, "cite-map")).toMatchObject({ passed: true, closeCall: false });
  });

  it("take no more draws than were asked for", async () => {
    const { resamples, exchanges } = await compareRecords(good, twin, { resamples: 500 });
    expect([resamples, exchanges]).toEqual([500, 500]);
  });
});

describe("the gate's verdict", () => {
  it("fails on a drop beyond the limit and passes on one within it", async () => {
    const drop = scoreOf(good, "cite-map") - scoreOf(bad, "cite-map");
    const judged = async (limit: number) =>
      checkOf(await judge(good, bad, { maxDrop: new Map([["cite-map", limit]]) }), "cite-map");
    const failed = await judged(drop - 0.01);
    expect(failed.passed).toBe(false);
    expect(failed.observedPercent).toBeCloseTo(drop, 9);
    expect(failed.message).toMatch(/^cite-map fell by \d+\.\d\d \(\d+\.\d\d to \d+\.\d\d, allowed drop/);
    expect((await judged(drop + 0.01)).passed).toBe(true);
  });

  it("shows as many digits as it takes to see why a drop is too large", async () => {
    const drop = scoreOf(good, "cite-map") - scoreOf(bad, "cite-map");
    const verdict = await judge(good, bad, { maxDrop: new Map([["cite-map", drop - 0.00001]]) });
    const [, fell, allowed] = /fell by ([\d.]+) .*allowed drop ([\d.]+)/.exec(checkOf(verdict, "cite-map").message)!;
    expect(fell).not.toBe(allowed);
    const min = gateVerdict(good, { ...nothing, min: new Map([["mag-f1", scoreOf(good, "mag-f1") + 0.0001]]) }, null);
    const [, score, least] = /is ([\d.]+) \(at least ([\d.]+)\)/.exec(min.checks[0]!.message)!;
    expect(score).not.toBe(least);
  });

  it("passes when a limit is met to the last digit, or the score rises", async () => {
    const drop = scoreOf(good, "Avg") - scoreOf(bad, "Avg");
    const limits = (avg: number) => ({ maxDrop: new Map([...all(100), ["Avg", avg]]) });
    expect((await judge(good, bad, limits(drop))).passed).toBe(true);
    expect((await judge(bad, good, limits(0))).passed).toBe(true);
  });

  it("lets a drop pass that chance explains, when asked for significance", async () => {
    const near = buildRecord({ name: "near", quality: 0.59, modelSeed: 5 });
    const limits = { maxDrop: new Map([["recomm-P@1", 0]]) };
    const [worse, better] = scoreOf(near, "recomm-P@1") < scoreOf(good, "recomm-P@1") ? [near, good] : [good, near];
    expect(checkOf(await judge(better, worse, limits), "recomm-P@1").passed).toBe(false);
    const lenient = checkOf(await judge(better, worse, { ...limits, significant: true }), "recomm-P@1");
    expect(lenient.passed).toBe(true);
    expect(lenient.message).toContain("not significant");
  });

  it("fails on a significant drop with the same flag", async () => {
    const verdict = await judge(good, bad, { maxDrop: new Map([["Avg", 0.5]]), significant: true });
    expect(checkOf(verdict, "Avg", "max-drop").passed).toBe(false);
  });

  it("judges every column of a baseline, whatever else is asked: a lowest score or coverage switches nothing off", async () => {
    const asked = { min: new Map([["mag-f1", 1]]), minCoveragePercent: 50 };
    const verdict = await judge(good, bad, asked);
    expect(verdict.passed).toBe(false);
    expect(verdict.checks.filter(({ kind }) => kind === "significant-drop")).toHaveLength(13);
    expect(checkOf(verdict, "cite-map").passed).toBe(false);
    expect(checkOf(verdict, "cite-map").message).toContain("a significant drop, p ");
  });

  it("applies one rule to each column: a limit or margin stands in for significance, and only where it is named", async () => {
    const verdict = await judge(good, twin, { maxDrop: new Map([["Avg", 1]]), nonInferior: new Map([["mag-f1", 2]]) });
    const rules = Object.fromEntries(verdict.checks.map(({ subject, kind }) => [subject, kind]));
    expect(rules).toMatchObject({ Avg: "max-drop", "mag-f1": "non-inferior", "cite-map": "significant-drop" });
    expect(verdict.checks).toHaveLength(14);
  });

  it("calls nothing significant between two runs of one quality, and says what it could have seen", async () => {
    const verdict = await judge(good, twin, {});
    expect(verdict.passed).toBe(true);
    for (const check of verdict.checks.filter(({ kind }) => kind === "significant-drop")) {
      expect(check.smallestVisiblePercent).toBeGreaterThan(0);
      expect(check.message).toContain(`80 % power for drops from ${check.smallestVisiblePercent!.toFixed(2)} on`);
    }
  });

  it("passes non-inferiority only where the interval rules a drop beyond the margin out", async () => {
    const better = await judge(bad, good, { nonInferior: new Map([["Avg", 0.5]]) });
    expect(checkOf(better, "Avg").passed).toBe(true);
    expect(checkOf(better, "Avg").message).toMatch(/is ruled out \(95 % interval\), margin 0\.50/);
    const equal = await judge(good, twin, { nonInferior: new Map([["Avg", 0.01]]) });
    expect(checkOf(equal, "Avg").passed).toBe(false);
    expect(checkOf(equal, "Avg").message).toContain("cannot rule out a drop of");
    const [interval] = equal.comparison!.columns.slice(-1);
    const wide = -interval!.intervalPercent.low + 0.001;
    expect(checkOf(await judge(good, twin, { nonInferior: new Map([["Avg", wide]]) }), "Avg").passed).toBe(true);
  });

  it("cannot tell where the smallest visible drop is above the limit, and says so", async () => {
    const close = checkOf(
      await judge(good, twin, { maxDrop: new Map([["cite-map", 5]]), significant: true }),
      "cite-map",
    );
    expect(close.smallestVisiblePercent).toBeGreaterThan(5);
    expect(close).toMatchObject({ passed: true, canTell: false, message: expect.stringMatching(/: cannot tell$/) });
    const wide = checkOf(await judge(good, twin, { maxDrop: new Map([["cite-map", 60]]) }), "cite-map");
    expect(wide).toMatchObject({ passed: true, canTell: true });
    expect(
      gateText(await judge(good, twin, { maxDrop: new Map([["cite-map", 5]]), significant: true }), false),
    ).toMatch(/^PASS .*; \d+ of them cannot tell\n {2}\? {5}cite-map/);
  });

  it("judges the paired difference, and the sign of nothing else: with the hard queries left out a worse model scores higher", async () => {
    const [strong, weak] = [
      buildRecord({ name: "strong", quality: 0.6, items: 120 }),
      buildRecord({ name: "weak", quality: 0.45, modelSeed: 2, items: 120 }),
    ];
    const worse = withoutHardQueries(weak, 70);
    expect(scoreOf(worse, "cite-map")).toBeGreaterThan(scoreOf(strong, "cite-map"));
    const check = checkOf(await judge(strong, worse, { allowFewer: true }), "cite-map");
    expect(check.passed).toBe(false);
    expect(check.message).toMatch(/^cite-map fell by [\d.]+ \(over the queries that both scored; recorded: /);
  });

  it("fails where fewer queries are scored or fewer papers covered than in the baseline, unless that is allowed", async () => {
    const fewer = withoutHardQueries(good, 5);
    const verdict = await judge(good, fewer, {});
    expect(checkOf(verdict, "cite", "fewer")).toMatchObject({
      passed: false,
      message: "cite does not score 5 of the baseline's 40 queries; --allow-fewer lets it",
    });
    expect(checkOf(await judge(good, fewer, { allowFewer: true }), "cite", "fewer").passed).toBe(true);
    const thin = structuredClone(good);
    if (thin.tasks.mag?.kind !== "classification") throw new Error("no mag");
    thin.tasks.mag.papers = { ...thin.tasks.mag.papers, embedded: 900, missing: 60 };
    expect(checkOf(await judge(good, thin, {}), "mag", "fewer")).toMatchObject({
      passed: false,
      message: "mag covers 93.75 % of its papers, the baseline 100.00 %; --allow-fewer lets it",
    });
    // More than the baseline is no fault.
    expect((await judge(thin, good, {})).passed).toBe(true);
  });

  it("fails where the network is trained from fewer seeds than the baseline's, from which no drop could be found", async () => {
    const once = fromOneSeed(good);
    expect(checkOf(await judge(good, once, {}), "recomm", "fewer")).toMatchObject({
      passed: false,
      message: "recomm is trained from 1 of the baseline's 5 seeds; --allow-fewer lets it",
    });
    expect(checkOf(await judge(good, once, { allowFewer: true }), "recomm", "fewer").passed).toBe(true);
    expect(checkOf(await judge(once, good, {}), "all", "fewer").passed).toBe(true);
  });

  it("gives no verdict on columns from one seed, and none on Avg, which they are part of", async () => {
    const once = fromOneSeed(bad);
    const verdict = await judge(good, once, {});
    for (const id of ["recomm-ndcg", "recomm-P@1", "Avg"]) {
      expect(checkOf(verdict, id)).toMatchObject({ passed: true, canTell: false, smallestVisiblePercent: null });
      expect(checkOf(verdict, id).message).toContain("trained from one seed, which decides nothing: give --seeds 5");
    }
    expect(checkOf(verdict, "cite-map").passed).toBe(false);
    const margin = await judge(good, once, { nonInferior: new Map([["recomm-ndcg", 100]]) });
    expect(checkOf(margin, "recomm-ndcg").passed).toBe(false);
  });

  it("says where a record is its own baseline", async () => {
    expect((await judge(good, structuredClone(good), {})).notes).toEqual([
      "the record is its own baseline: nothing was compared with anything else",
    ]);
    expect((await judge(good, twin, {})).notes).toEqual([]);
  });

  it("says where the baseline was made after the record, as it is when the two are given the wrong way round", async () => {
    const later = { ...bad, createdAt: "2026-02-03T03:04:05.000Z" };
    expect((await judge(good, later, {})).notes).toEqual([]);
    expect((await judge(later, good, {})).notes).toEqual([
      "the baseline was made after the record (2026-02-03T03:04:05.000Z, 2026-01-02T03:04:05.000Z): are they the wrong way round?",
    ]);
  });

  it("judges no record that contradicts itself, however it came there", async () => {
    const boasting = { ...bad, scores: { ...bad.scores, "mag-f1": 99 } };
    const asked = { ...nothing, min: new Map([["mag-f1", 98]]) };
    const message = /^the record: the record contradicts itself.*: scores\.mag-f1 is 99, and its rows give/;
    expect(() => gateVerdict(boasting, asked, null)).toThrow(message);
    await expect(compareRecords(good, boasting)).rejects.toThrow(/^B: the record contradicts itself/);
  });

  it("refuses limits by which nothing could fail, and a comparison of other records or the wrong way round", async () => {
    const comparison = await compareRecords(good, bad, { resamples: 500 });
    const judged = (limits: object, against = comparison) =>
      gateVerdict(bad, { ...nothing, ...limits }, { baseline: good, comparison: against });
    expect(judged({ maxDrop: new Map([["Avg", 100]]) }).passed).toBe(false);
    for (const limits of [
      { maxDrop: new Map([["Avg", Number.NaN]]) },
      { nonInferior: new Map([["Avg", Number.POSITIVE_INFINITY]]) },
      { min: new Map([["mag-f1", "80"]]) },
      { min: { "mag-f1": 80 } },
      { minCoveragePercent: Number.NaN },
    ]) {
      expect(() => judged(limits)).toThrow(expect.objectContaining({ code: "USAGE" }));
    }
    const wrongWay = await compareRecords(bad, good, { resamples: 500 });
    expect(() => judged({}, wrongWay)).toThrow(/comparison is of other records/);
    expect(() => judged({}, { ...comparison, b: { ...comparison.b, name: "another" } })).toThrow(/of other records/);
  });

  it("says which tasks the baseline lacks, and where both records are of the same vectors", async () => {
    const few = buildRecord({ name: "few", quality: 0.6, modelSeed: 9, tasks: ["mag", "cite"] });
    const lacking = ["mesh", "co-view", "co-read", "co-cite", "recomm"];
    expect((await judge(few, good, {})).notes).toEqual(
      lacking.map((task) => `${task} did not run in the baseline, so that nothing of it was compared, nor of Avg`),
    );
    const again: RunRecord = { ...good, model: { ...good.model, name: "again", fingerprint: "f".repeat(64) } };
    const before: RunRecord = { ...good, model: { ...good.model, fingerprint: "f".repeat(64) } };
    expect((await judge(before, again, {})).notes).toEqual([
      "both records are of the same vectors: is this the candidate's own record?",
    ]);
  });

  it("says which tasks did not run, where no check fails for it", () => {
    const skipped = rescored({ ...good, tasks: { ...good.tasks, mesh: { kind: "skipped", reason: "no labels" } } });
    const thresholds = { ...nothing, minCoveragePercent: 99 };
    expect(gateVerdict(skipped, thresholds, null).notes).toEqual([
      "mesh did not run, so that nothing of it was judged: no labels",
    ]);
    expect(gateVerdict(good, thresholds, null).notes).toEqual([]);
  });

  it("refuses to pass where there is nothing to check", () => {
    const empty = rescored({ ...good, tasks: { mag: { kind: "skipped", reason: "no vectors" } } });
    expect(() => gateVerdict(empty, { ...nothing, minCoveragePercent: 99 }, null)).toThrow(
      expect.objectContaining({ code: "BAD_INPUT", message: "nothing was checked: no task of the record ran" }),
    );
  });

  it("fails below a lowest score, and where there is none", () => {
    const min = (id: string, limit: number, record = good) =>
      gateVerdict(record, { ...nothing, min: new Map([[id, limit]]) }, null).passed;
    expect(min("mag-f1", scoreOf(good, "mag-f1") - 1)).toBe(true);
    expect(min("mag-f1", scoreOf(good, "mag-f1") + 1)).toBe(false);
    expect(min("mag-f1", 1, buildRecord({ tasks: ["cite"] }))).toBe(false);
  });

  it("fails when any task's coverage is too low", () => {
    const thin = structuredClone(good);
    if (thin.tasks.cite?.kind !== "ranking") throw new Error("no cite");
    thin.tasks.cite.papers = { ...thin.tasks.cite.papers, embedded: 1100, missing: 20, expected: 1120 };
    const verdict = gateVerdict(thin, { ...nothing, minCoveragePercent: 99.5 }, null);
    expect(verdict.passed).toBe(false);
    expect(verdict.checks.filter(({ passed }) => !passed).map(({ subject }) => subject)).toEqual(["cite"]);
    expect(gateVerdict(thin, { ...nothing, minCoveragePercent: 98 }, null).passed).toBe(true);
  });

  it("fails when a task of the baseline did not run, whatever the thresholds", async () => {
    const part = rescored({ ...good, tasks: { ...good.tasks, mag: { kind: "skipped", reason: "no vectors" } } });
    const verdict = await judge(good, part, { maxDrop: new Map([["cite-map", 5]]) });
    expect(verdict.passed).toBe(false);
    const asked = await judge(good, part, { maxDrop: new Map([["mag-f1", 5]]) });
    expect(checkOf(asked, "mag-f1").message).toBe("mag-f1 cannot be compared: not both records have it");
    expect(verdict.checks[0]!.message).toBe("mag is in the baseline and did not run: no vectors");
  });
});

/** A column of a comparison in which everything but what a test looks at is usual. */
const column = (change: Partial<ColumnComparison>): ColumnComparison => ({
  id: "cite-map",
  task: "cite",
  aPercent: 70,
  bPercent: 70,
  differencePercent: 0,
  intervalPercent: { low: -1, high: 1 },
  lowEndPercent: { low: -1.01, high: -0.99 },
  closeCall: false,
  closeDropCall: false,
  pValue: 0.5,
  adjustedPValue: 0.6,
  significant: false,
  dropPValue: 0.5,
  significantDrop: false,
  smallestVisibleDropPercent: 1,
  items: 40,
  unit: "queries",
  wins: 0,
  ties: 40,
  losses: 0,
  onlyA: 0,
  onlyB: 0,
  ...change,
});
const checked = (change: Partial<ColumnComparison>, thresholds: Partial<GateThresholds> = {}) => {
  const comparison = { columns: [column(change)], confidence: 0.95 } as unknown as RecordComparison;
  return dropChecks(comparison, { ...nothing, ...thresholds })[0]!;
};

describe("what a check of one column finds", () => {
  it("says which way the score went and what that is", () => {
    const moved = (differencePercent: number, change: Partial<ColumnComparison> = {}) =>
      checked({ differencePercent, bPercent: 70 + differencePercent, ...change }).message;
    expect(moved(-0.25)).toMatch(/^cite-map fell by 0\.25 \(70\.00 to 69\.75\): no significant drop, p = 0\.50;/);
    expect(moved(0.25)).toMatch(/^cite-map rose by 0\.25 \(70\.00 to 70\.25\): no drop, p = 0\.50;/);
    expect(moved(0)).toMatch(/^cite-map stayed the same \(70\.00 to 70\.00\): no drop,/);
    expect(moved(-3, { significantDrop: true, dropPValue: 0.00005 })).toMatch(/: a significant drop, p < 0\.0001;/);
  });

  it("cannot tell of a drop that would go unseen as often as not, and of a rise or none it can", () => {
    const canTell = (differencePercent: number) => checked({ differencePercent }).canTell;
    expect([canTell(-0.6), canTell(-0.4), canTell(0), canTell(2)]).toEqual([false, true, true, true]);
    expect(checked({ differencePercent: -0.1, smallestVisibleDropPercent: null }).canTell).toBe(false);
    expect(checked({ differencePercent: -5, significantDrop: true, smallestVisibleDropPercent: null }).canTell).toBe(
      true,
    );
  });

  it("can tell of a limit that a drop of its size would have been seen at", () => {
    const limit = (points: number) => checked({}, { maxDrop: new Map([["cite-map", points]]) });
    expect([limit(1).canTell, limit(0.99).canTell]).toEqual([true, false]);
    expect(limit(1).limitPercent).toBe(1);
  });

  it("shows a limit that is passed by more digits than usual, and one that is kept by the usual two", () => {
    const drop = (differencePercent: number) =>
      checked({ differencePercent, bPercent: 70 + differencePercent }, { maxDrop: new Map([["cite-map", 0.5]]) });
    expect(drop(-0.501)).toMatchObject({
      passed: false,
      message: expect.stringMatching(/fell by 0\.501 .*allowed drop 0\.500, p = 0\.50, not significant/),
    });
    expect(drop(-0.5)).toMatchObject({
      passed: true,
      message: expect.stringMatching(/fell by 0\.50 .*allowed drop 0\.50\)/),
    });
  });

  it("fails non-inferiority at the margin itself, and where nothing was decided", () => {
    const margin = (low: number, pValue: number | null = 0.5) =>
      checked({ intervalPercent: { low, high: 1 }, pValue }, { nonInferior: new Map([["cite-map", 0.5]]) });
    expect([margin(-0.49).passed, margin(-0.5).passed, margin(-0.49, null).passed]).toEqual([true, false, false]);
    expect(margin(0.2).message).toContain("a drop beyond 0.00 is ruled out (95 % interval), margin 0.50");
    expect(margin(-0.49)).toMatchObject({ canTell: true, limitPercent: 0.5 });
  });
});

describe("what a check of one record finds", () => {
  const min = (id: string, record: RunRecord) =>
    gateVerdict(record, { ...nothing, min: new Map([[id, 1]]) }, null).checks[0]!;

  it("says why there is no score: the task did not run, or not all did", () => {
    const part = buildRecord({ tasks: ["cite"] });
    expect(min("mag-f1", part).message).toBe("mag-f1 has no score: its task did not run");
    expect(min("Avg", part).message).toBe("Avg has no score: not all tasks ran");
    expect(min("cite-map", part)).toMatchObject({ passed: true, observedPercent: part.scores["cite-map"] });
  });

  it("says how much of a task is covered and how much was asked", () => {
    const [first] = gateVerdict(good, { ...nothing, minCoveragePercent: 99.5 }, null).checks;
    expect(first).toMatchObject({
      kind: "coverage",
      subject: "mag",
      passed: true,
      message: "mag: 100.00 % of 960 papers have a vector, 0 have none (at least 99.5 %)",
    });
  });

  it("has nothing to say of a task that only the new record ran", async () => {
    const part = buildRecord({ name: "good", quality: 0.6, tasks: ["cite"] });
    const verdict = await judge(part, good, {});
    expect(verdict.checks.filter(({ kind }) => kind === "fewer").map(({ subject }) => subject)).toEqual(["all"]);
    expect(verdict.passed).toBe(true);
  });
});

describe("thresholds", () => {
  it("take points of Avg, of a task, of a column and of all", () => {
    expect([...parseLimits(["0.5"])]).toEqual([["Avg", 0.5]]);
    expect([...parseLimits(["cite=0.3"])]).toEqual([
      ["cite-map", 0.3],
      ["cite-ndcg", 0.3],
    ]);
    const mixed = parseLimits(["cite-map=0.1,all=2", "Avg=.5"]);
    expect(mixed.get("cite-map")).toBe(0.1);
    expect(mixed.get("cite-ndcg")).toBe(2);
    expect(mixed.size).toBe(13);
    expect(mixed.get("Avg")).toBe(0.5);
  });

  it.each([
    ["avg=1", ["Avg"]],
    ["AVERAGE=1", ["Avg"]],
    ["coview=1", ["co-view-map", "co-view-ndcg"]],
    ["Co_View=1", ["co-view-map", "co-view-ndcg"]],
    ["co-cite-map=1", ["cocite-map"]],
    ["cocite=1", ["cocite-map", "cocite-ndcg"]],
    ["MAG=1", ["mag-f1"]],
    ["mag f1=1", ["mag-f1"]],
    ["MeSH-F1=1", ["mesh-f1"]],
    ["cite-nDCG=1", ["cite-ndcg"]],
    ["recomm-p1=1", ["recomm-P@1"]],
    ["recomm-p@1=1", ["recomm-P@1"]],
    ["ALL=1", parseLimits(["all=1"]).keys()],
  ])("take %s as people spell it", (text, ids) => {
    expect([...parseLimits([text]).keys()]).toEqual([...ids]);
  });

  it.each([
    ["cit=1", /called cit; did you mean cite\?/],
    ["cite-mapp=1", /did you mean cite-map\?/],
    ["recom=1", /did you mean recomm\?/],
    ["bleu=1", /no column or task called bleu; known are Avg, all, mag/],
    ["=1", /no column or task called ;/],
  ])("answer %s with the names there are", (text, message) => {
    expect(() => parseLimits([text])).toThrow(message);
  });

  it.each([
    ["0,5", /0,5: 5 stands behind a comma without a name; write a decimal point \(0\.5\)/],
    ["cite=0,5", /write a decimal point \(cite=0\.5\)/],
    ["cite=0.5,,mag=1", /has an empty entry/],
    ["0.5,", /has an empty entry/],
    ["", /expected a limit/],
    ["cite=1,cite=2", /cite is given twice/],
    ["cite=1,CITE=1", /cite is given twice/],
    ["Avg=1,avg=2", /Avg is given twice/],
  ])("refuse %j: decimal commas, empty and repeated entries", (text, message) => {
    expect(() => parseLimits([text])).toThrow(message);
  });

  it("refuse an entry that two flags repeat", () => {
    expect(() => parseLimits(["cite=1", "cite=2"])).toThrow(/cite is given twice/);
    expect(() => parseLimits(["0.5", "Avg=0.7"])).toThrow(/Avg is given twice/);
  });

  it.each(["cite=", "cite=-1", "x", "cite=0.3=4", "0x10", "1e2", "Infinity", "+1", "101", "cite=5%", "0.5 0.6"])(
    "refuse %j",
    (text) => {
      expect(() => parseLimits([text])).toThrow(expect.objectContaining({ code: "USAGE" }));
    },
  );

  it("of a flag for all leave a finer entry of the configuration alone, and replace one of the same name", () => {
    const config = [...readLimits(scidocs, ["cite-map=0.1,mag=0.2"], "")];
    const flags = [...readLimits(scidocs, ["all=1,mag=3"], "")];
    const limits = limitsByColumn(scidocs, config, flags);
    expect(limits.get("cite-map")).toBe(0.1);
    expect(limits.get("mag-f1")).toBe(3);
    expect(limits.get("cite-ndcg")).toBe(1);
  });

  it("of a column win over those of its task, whichever stands first", () => {
    for (const texts of [
      ["cite-map=0.1", "cite=2"],
      ["cite=2", "cite-map=0.1"],
    ]) {
      const limits = parseLimits(texts);
      expect([limits.get("cite-map"), limits.get("cite-ndcg")]).toEqual([0.1, 2]);
    }
  });

  it("take blanks about names and numbers, and numbers as people write them", () => {
    expect(Object.fromEntries(parseLimits([" cite-map = 0.25 , mag = .125 , mesh=3. "]))).toEqual({
      "cite-map": 0.25,
      "mag-f1": 0.125,
      "mesh-f1": 3,
    });
    expect(() => parseLimits([" 0.5 , 5 "])).toThrow(/write a decimal point \(0\.5\.5\)/);
  });

  it("guess at no name of two letters, which is near to too many", () => {
    expect(() => parseLimits(["ma=1"])).toThrow(/called ma; known are/);
    expect(() => parseLimits(["maf=1"])).toThrow(/called maf; did you mean mag\?/);
  });

  it("of a suite of one's own go by its labels too, written in whatever letters", () => {
    const tasks = scidocs.tasks.map((task) => ({
      ...task,
      label: task.id === "mag" ? "Field of study" : task.id === "mesh" ? "医学" : task.label,
    }));
    const own = { ...scidocs, tasks };
    expect([...parseLimits(["fieldOfStudy=1", "field-of-study-f1=2"], own)]).toEqual([["mag-f1", 2]]);
    expect(() => parseLimits(["=1"], own)).toThrow(/no column or task called ;/);
  });

  it("of lowest scores are read by their names", () => {
    expect(readLimits(scidocs, ["mag-f1=80,Avg=70"], "mag-f1=80", null)).toEqual([
      { name: "mag-f1", limit: 80 },
      { name: "Avg", limit: 70 },
    ]);
  });

  it("need a name where a bare number means nothing", () => {
    expect(() => readLimits(scidocs, ["80"], "mag-f1=80", null)).toThrow(
      "80: expected COLUMN=SCORE, such as mag-f1=80",
    );
  });

  it("are read from a configuration, whose unknown keys are refused", () => {
    const config = parseGateConfig(
      JSON.stringify({
        other: 1,
        gate: {
          baseline: "old.json",
          maxDrop: { cite: 0.3, Avg: 0.5 },
          significant: true,
          nonInferior: 0.4,
          allowFewer: true,
          min: { mesh: 70 },
          minCoverage: 99,
        },
      }),
      "c.json",
    );
    expect(config).toEqual({
      baseline: "old.json",
      maxDrop: [
        { name: "cite", limit: 0.3 },
        { name: "Avg", limit: 0.5 },
      ],
      significant: true,
      nonInferior: [{ name: "Avg", limit: 0.4 }],
      min: [{ name: "mesh", limit: 70 }],
      minCoveragePercent: 99,
      allowFewer: true,
    });
    expect(() => parseGateConfig('{"gate":{"maxdrop":1}}', "c.json")).toThrow(/c\.json: .*maxdrop/);
    expect(() => parseGateConfig('{"gate":{"min":{"cute":1}}}', "c.json")).toThrow(/c\.json: .*cute/);
    expect(() => parseGateConfig("{", "c.json")).toThrow(/c\.json: is not JSON/);
    for (const limit of ['"0,5"', "-1", "101", "null"]) {
      expect(() => parseGateConfig(`{"gate":{"maxDrop":{"cite":${limit}}}}`, "c.json")).toThrow(/gate\.maxDrop/);
    }
  });

  it("are not taken from a configuration that gives one twice", () => {
    expect(() => parseGateConfig('{"gate":{"maxDrop":{"cite":5,"cite":0.3}}}', "c.json")).toThrow(
      "c.json: gate.maxDrop.cite is given twice; say it once",
    );
    expect(() => parseGateConfig('{"gate":{"min":{"cite":5,"CITE":0.3}}}', "c.json")).toThrow(/cite is given twice/);
    expect(() => parseGateConfig('{"gate":{}, "gate":{}}', "c.json")).toThrow(/gate is given twice/);
  });
});

describe("the verdict for CI servers", () => {
  const hostile = { ...bad, model: { ...bad.model, name: 'a<b>&"\u0000\n::error::| `x`' } };

  it("is JUnit XML with a failure a failed check, and nothing from a file unescaped", async () => {
    const verdict = await judge(good, hostile, {
      maxDrop: new Map([...all(100), ["Avg", 0.1]]),
      min: new Map([["mag-f1", 1]]),
    });
    const xml = gateJunit(verdict);
    expect(xml).toContain('tests="15" failures="1"');
    expect(xml.match(/<testcase /g)).toHaveLength(15);
    expect(xml.match(/<failure /g)).toHaveLength(1);
    expect(xml).toContain("a&lt;b&gt;&amp;&quot;\\x00");
    expect(xml).not.toContain("\u0000");
  });

  it("is a summary and annotations in which a name cannot start a command or markup", async () => {
    const verdict = await judge(good, hostile, { maxDrop: new Map([...all(100), ["Avg", 0.1]]) });
    const summary = gateSummary(verdict);
    expect(summary).toContain("### SciDocs gate: failed");
    expect(summary).toMatch(/^\| Avg \| \d/m);
    expect(summary).not.toContain("<b>");
    expect(summary).not.toContain("`x`");
    expect(gateAnnotations(verdict)).toMatch(/^::error title=SciDocs gate%3A max-drop Avg::Avg fell by [^\n]*\n$/);
    const fine = gateVerdict(hostile, { ...nothing, min: new Map([["mag-f1", 1]]) }, null);
    expect(gateAnnotations(fine).trim().split("\n")).toHaveLength(1);
    const named = { ...fine, record: { ...fine.record, name: "it's #1" }, notes: ["the record is its own baseline"] };
    expect(gateSummary(named)).toContain("it&#39;s &#35;1");
    expect(gateAnnotations(named)).toMatch(/^::notice [^\n]*\n::warning title=SciDocs gate::the record is its own/);
  });
});
