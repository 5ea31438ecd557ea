import { describe, expect, it } from "vitest";
import { gateAnnotations, gateSummary } from "../../../src/report/gateGithub.ts";
import { gateJunit } from "../../../src/report/gateJunit.ts";
import { compareRecords } from "../../../src/results/compare/comparison.ts";
import { type GateThresholds, parseGateConfig, parseLimits } from "../../../src/results/gate/gateThresholds.ts";
import { gateVerdict } from "../../../src/results/gate/gateVerdict.ts";
import type { RunRecord } from "../../../src/results/schema.ts";
import { buildRecord } from "../recordBuilder.ts";

const good = buildRecord({ name: "good", quality: 0.6 });
const bad = buildRecord({ name: "bad", quality: 0.3, modelSeed: 2 });
const nothing: GateThresholds = { maxDrop: new Map(), significant: false, min: new Map(), minCoveragePercent: null };

async function judge(baseline: RunRecord, record: RunRecord, thresholds: Partial<GateThresholds>) {
  const comparison = await compareRecords(baseline, record, { resamples: 500 });
  return gateVerdict(record, { ...nothing, ...thresholds }, { baseline, comparison });
}

const scoreOf = (record: RunRecord, id: string): number => record.scores[id] ?? Number.NaN;

describe("the gate's verdict", () => {
  it("fails on a drop beyond the limit and passes on one within it", async () => {
    const drop = scoreOf(good, "cite-map") - scoreOf(bad, "cite-map");
    const failed = await judge(good, bad, { maxDrop: new Map([["cite-map", drop - 0.01]]) });
    expect(failed.passed).toBe(false);
    expect(failed.checks[0]!.observedPercent).toBeCloseTo(drop, 9);
    expect(failed.checks[0]!.message).toMatch(/^cite-map fell by \d+\.\d\d \(\d+\.\d\d to \d+\.\d\d, allowed drop/);
    expect((await judge(good, bad, { maxDrop: new Map([["cite-map", drop + 0.01]]) })).passed).toBe(true);
  });

  it("passes when a limit is met to the last digit, or the score rises", async () => {
    const drop = scoreOf(good, "Avg") - scoreOf(bad, "Avg");
    expect((await judge(good, bad, { maxDrop: new Map([["Avg", drop]]) })).passed).toBe(true);
    expect((await judge(bad, good, { maxDrop: new Map([["Avg", 0]]) })).passed).toBe(true);
  });

  it("lets a drop pass that chance explains, when asked for significance", async () => {
    const twin = buildRecord({ name: "twin", quality: 0.59, modelSeed: 5 });
    const limits = { maxDrop: new Map([["recomm-P@1", 0]]) };
    const [worse, better] = scoreOf(twin, "recomm-P@1") < scoreOf(good, "recomm-P@1") ? [twin, good] : [good, twin];
    expect((await judge(better, worse, limits)).passed).toBe(false);
    const lenient = await judge(better, worse, { ...limits, significant: true });
    expect(lenient.passed).toBe(true);
    expect(lenient.checks[0]!.message).toContain("not significant");
  });

  it("fails on a significant drop with the same flag", async () => {
    expect((await judge(good, bad, { maxDrop: new Map([["Avg", 0.5]]), significant: true })).passed).toBe(false);
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
    const { tasks, ...rest } = good;
    const part: RunRecord = { ...rest, tasks: { ...tasks, mag: { kind: "skipped", reason: "no vectors" } } };
    const verdict = await judge(good, part, { maxDrop: new Map([["cite-map", 5]]) });
    expect(verdict.passed).toBe(false);
    expect(verdict.checks[0]!.message).toBe("mag is in the baseline and did not run: no vectors");
  });
});

describe("thresholds", () => {
  it("take points of Avg, of a task, of a column and of all", () => {
    expect([...parseLimits(["0.5"])]).toEqual([["Avg", 0.5]]);
    expect([...parseLimits(["cite=0.3"])]).toEqual([
      ["cite-map", 0.3],
      ["cite-ndcg", 0.3],
    ]);
    const mixed = parseLimits(["cite-map=0.1,all=2", "Avg=0.5"]);
    expect(mixed.get("cite-map")).toBe(0.1);
    expect(mixed.get("cite-ndcg")).toBe(2);
    expect(mixed.size).toBe(13);
  });

  it.each(["cute=0.3", "cite=", "cite=-1", "x", "", "cite=0.3=4"])("refuse %j", (text) => {
    expect(() => parseLimits([text])).toThrow(expect.objectContaining({ code: "USAGE" }));
  });

  it("are read from a configuration, whose unknown keys are refused", () => {
    const config = parseGateConfig(
      JSON.stringify({
        other: 1,
        gate: {
          baseline: "old.json",
          maxDrop: { cite: 0.3, Avg: 0.5 },
          significant: true,
          min: { mesh: 70 },
          minCoverage: 99,
        },
      }),
      "c.json",
    );
    expect(config).toEqual({
      baseline: "old.json",
      maxDrop: new Map([
        ["cite-map", 0.3],
        ["cite-ndcg", 0.3],
        ["Avg", 0.5],
      ]),
      significant: true,
      min: new Map([["mesh-f1", 70]]),
      minCoveragePercent: 99,
    });
    expect(() => parseGateConfig('{"gate":{"maxdrop":1}}', "c.json")).toThrow(/c\.json: .*maxdrop/);
    expect(() => parseGateConfig('{"gate":{"min":{"cute":1}}}', "c.json")).toThrow(/c\.json: .*cute/);
    expect(() => parseGateConfig("{", "c.json")).toThrow(/c\.json: is not JSON/);
  });
});

describe("the verdict for CI servers", () => {
  const hostile = { ...bad, model: { ...bad.model, name: 'a<b>&"\u0000\n::error::| `x`' } };

  it("is JUnit XML with a failure a failed check, and nothing from a file unescaped", async () => {
    const verdict = await judge(good, hostile, { maxDrop: new Map([["Avg", 0.1]]), min: new Map([["mag-f1", 1]]) });
    const xml = gateJunit(verdict);
    expect(xml).toContain('tests="2" failures="1"');
    expect(xml.match(/<testcase /g)).toHaveLength(2);
    expect(xml.match(/<failure /g)).toHaveLength(1);
    expect(xml).toContain("a&lt;b&gt;&amp;&quot;\ufffd");
    expect(xml).not.toContain("\u0000");
  });

  it("is a summary and annotations in which a name cannot start a command or markup", async () => {
    const verdict = await judge(good, hostile, { maxDrop: new Map([["Avg", 0.1]]) });
    const summary = gateSummary(verdict);
    expect(summary).toContain("### SciDocs gate: failed");
    expect(summary).toMatch(/^\| Avg \| \d/m);
    expect(summary).not.toContain("<b>");
    expect(summary).not.toContain("`x`");
    expect(gateAnnotations(verdict)).toMatch(/^::error title=SciDocs gate%3A max-drop Avg::Avg fell by [^\n]*\n$/);
    const fine = gateVerdict(hostile, { ...nothing, min: new Map([["mag-f1", 1]]) }, null);
    expect(gateAnnotations(fine).trim().split("\n")).toHaveLength(1);
  });
});
