import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carryOutBenchmark, planBenchmark, runBenchmark } from "../../src/benchmark/runBenchmark.ts";
import { baselineSource } from "../../src/benchmark/sources/baseline.ts";
import { filesSource } from "../../src/benchmark/sources/files.ts";
import { tableSource } from "../../src/benchmark/sources/table.ts";
import { comparisonText } from "../../src/report/comparisonText.ts";
import { reportPage } from "../../src/report/html/reportPage.ts";
import { scoreTable } from "../../src/report/scoreTable.ts";
import { formatTable, tableFormats } from "../../src/report/tableFormats.ts";
import { compareRecords } from "../../src/results/compare/comparison.ts";
import { comparePairwise, whyNotRankable } from "../../src/results/compare/pairwise.ts";
import { scoreIntervals } from "../../src/results/compare/scoreIntervals.ts";
import { gateVerdict } from "../../src/results/gate/gateVerdict.ts";
import { parseLimits } from "../../src/results/gate/limits.ts";
import { readRecord, writeRecord } from "../../src/results/record.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import { generator } from "../../src/stats/random/generator.ts";
import { checkDataset } from "../../src/suites/check/checkDataset.ts";
import { type Dataset, openDataset } from "../../src/suites/dataset.ts";
import { suite } from "../../src/suites/suite.ts";
import { classification } from "../../src/tasks/classification/family.ts";
import { ranking } from "../../src/tasks/ranking/family.ts";
import { type VectorTable, vectorTable } from "../../src/vectors/vectorTable.ts";
import { writeVectors } from "../../src/vectors/writeVectors.ts";

/** A benchmark of two tasks over one metadata file and one group of vectors, declared here and nowhere else. */
const garden = suite({
  id: "garden",
  label: "Garden",
  tasks: [
    {
      id: "beds",
      label: "beds",
      description: "which of three beds a plant grows in",
      family: classification,
      folder: "beds",
      metadataFile: "plants.json",
      vectors: "plants",
      classNames: ["Sun", "Shade", "Water"],
    },
    {
      id: "neighbours",
      label: "neighbours",
      description: "plants that grow well together",
      family: ranking,
      folder: "pairs",
      metadataFile: "plants.json",
      vectors: "plants",
      columnStem: "near",
    },
  ],
  vectorGroups: [{ id: "plants", description: "vectors of all plants" }],
  sizes: { files: { "plants.json": 60 }, bytes: {}, judged: { neighbours: 12 }, labelled: { beds: 60 } },
  published: () => [
    {
      model: "Gardener",
      source: "The almanac",
      url: "https://example.org/",
      scores: { "beds-f1": 97.5, "near-map": 90 },
    },
  ],
  store: null,
  reproduction: null,
  examples: { tasks: ["beds", "neighbours"], otherTask: "beds", column: "beds-f1", percent: 90 },
  dataHint: "grow some",
});

const plants = Array.from({ length: 60 }, (_, index) => `plant${index}`);
const bedOf = (index: number): number => index % 3;

/** Label files in which plants of one bed belong together. */
function gardenFiles(): Record<string, string> {
  const csv = (from: number, to: number): string =>
    `plant,bed\n${plants
      .slice(from, to)
      .map((id, index) => `${id},${bedOf(from + index)}\n`)
      .join("")}`;
  const qrel = (from: number): string =>
    plants
      .slice(from, from + 12)
      .flatMap((query, index) =>
        plants.slice(0, 9).map((id, other) => `${query} 0 ${id} ${bedOf(other) === bedOf(from + index) ? 1 : 0}\n`),
      )
      .join("");
  return {
    "beds/train.csv": csv(0, 36),
    "beds/val.csv": csv(36, 48),
    "beds/test.csv": csv(48, 60),
    "pairs/val.qrel": qrel(36),
    "pairs/test.qrel": qrel(48),
    "plants.json": JSON.stringify(
      Object.fromEntries(
        plants.map((id, index) => [id, { title: `The ${id}`, abstract: `It grows in bed ${bedOf(index)}` }]),
      ),
    ),
  };
}

/** Vectors that know a plant's bed, beneath so much noise. */
function plantVectors(noise: number): VectorTable {
  const random = generator(5);
  const data = Float32Array.from(
    { length: 3 * plants.length },
    (_, at) => (at % 3 === bedOf(Math.floor(at / 3)) ? 1 : 0) + noise * random.normal(),
  );
  return vectorTable(plants, 3, data);
}

describe("a second suite, declared in a test", () => {
  let folder: string;
  let dataset: Dataset;
  let good: RunRecord;
  let poor: RunRecord;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "scidocs-garden-"));
    for (const [path, text] of Object.entries(gardenFiles())) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    dataset = await openDataset(folder, garden);
    const file = join(folder, "vectors.npy");
    await writeVectors(file, plantVectors(0.2), {});
    // From files, with planning apart; and from a table in memory.
    const plan = await planBenchmark(dataset, filesSource({ plants: [file] }, { name: "good" }));
    good = (await carryOutBenchmark(plan)).record;
    poor = (await runBenchmark(dataset, tableSource({ plants: plantVectors(2) }, "poor"))).record;
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("goes from files to a record that bears its name, and is read again", async () => {
    expect(good).toMatchObject({ suite: "garden", split: "test", dataset: { synthetic: false } });
    expect(Object.keys(good.scores)).toEqual(["beds-f1", "near-map", "near-ndcg", "Avg"]);
    expect(good.scores.Avg).toBeGreaterThan(90);
    expect(good.tasks.beds).toMatchObject({
      kind: "classification",
      classes: [{ name: "Sun" }, { name: "Shade" }, { name: "Water" }],
    });
    expect(good.dataset.files.map(({ path }) => path)).toEqual(["beds/train.csv", "beds/test.csv", "pairs/test.qrel"]);
    const path = join(folder, "good.json");
    await writeRecord(path, good);
    expect(await readRecord(path)).toEqual(good);
  });

  test("has its own columns and published rows in every form of table", () => {
    const table = scoreTable([good, poor], garden.published(), garden);
    expect(table.columns.map(({ id }) => id)).toEqual(["beds-f1", "near-map", "near-ndcg", "Avg"]);
    expect(table.columns.map(({ group }) => group)).toEqual(["beds", "neighbours", "neighbours", ""]);
    expect(table.rows.map(({ name }) => name)).toEqual(["good", "poor", "Gardener"]);
    for (const format of tableFormats) {
      const text = formatTable(table, format, { columns: 100, color: false });
      for (const word of ["good", "poor", "Gardener", "97.5"]) expect(text).toContain(word);
    }
  });

  test("is compared column by column, the average among them, and says so in its own words", async () => {
    expect(whyNotRankable([poor, good], garden)).toBeNull();
    const comparison = await compareRecords(poor, good, { suite: garden, resamples: 400 });
    expect(comparison.suite).toBe("garden");
    expect(comparison.columns.map(({ id }) => id)).toEqual(["beds-f1", "near-map", "near-ndcg", "Avg"]);
    for (const column of comparison.columns) expect(column.differencePercent).toBeGreaterThan(0);
    expect(Object.keys(comparison.movers)).toEqual(["neighbours"]);
    const text = comparisonText(comparison, { columns: 200, color: false, movers: 3, suite: garden });
    expect(text).toContain("beds F1");
    expect(text).toContain("Paired over queries and papers: bootstrap");
    expect(text).toContain("Queries on which B gained most (average precision x100");
    const { better } = await comparePairwise([poor, good], { suite: garden, resamples: 400 });
    expect([...better.keys()]).toEqual(["beds-f1", "near-map", "near-ndcg"]);
  });

  test("is gated by its tasks and columns", async () => {
    const comparison = await compareRecords(good, poor, { suite: garden, resamples: 400 });
    const thresholds = {
      maxDrop: parseLimits(["neighbours=0.5"], garden),
      significant: false,
      nonInferior: new Map(),
      min: parseLimits(["near-map=10", "beds=99"], garden),
      minCoveragePercent: 100,
      allowFewer: false,
    };
    const verdict = gateVerdict(poor, thresholds, { baseline: good, comparison }, garden);
    expect(verdict.passed).toBe(false);
    const of = (kind: string): Record<string, boolean> =>
      Object.fromEntries(
        verdict.checks.filter((check) => check.kind === kind).map(({ subject, passed }) => [subject, passed]),
      );
    expect(of("min")).toEqual({ "near-map": true, "beds-f1": false });
    expect(of("max-drop")).toEqual({ "near-map": false, "near-ndcg": false });
    expect(of("coverage")).toEqual({ beds: true, neighbours: true });
    expect(() => parseLimits(["cite=1"], garden)).toThrow("beds, neighbours, beds-f1, near-map, near-ndcg");
  });

  test("has a page of its own, with the sections of its families and no others", async () => {
    const records = [];
    for (const record of [good, poor]) {
      records.push({ record, intervals: await scoreIntervals(record, { suite: garden, resamples: 100 }) });
    }
    const { text } = await reportPage({
      records,
      table: scoreTable([good, poor], [], garden),
      comparisons: [await compareRecords(good, poor, { suite: garden, resamples: 400 })],
      client: { script: "", style: "" },
      judged: new Map(),
      titleOf: () => null,
      maxBytes: 1e6,
      suite: garden,
    });
    expect(text).toContain("<h1>Garden report</h1>");
    expect([...text.matchAll(/<section id="([\w-]+)"/g)].map(([, id]) => id)).toEqual([
      "verdict",
      "scores",
      "overview",
      "tasks",
      "differences",
      "confusion",
      "flips",
      "queries",
      "settings",
    ]);
    for (const word of ["Shade", "neighbours", "plants that grow well together"]) expect(text).toContain(word);
  });

  test("is checked against its own sizes, and scored by a baseline", async () => {
    const check = await checkDataset(folder, {}, garden);
    expect(check.complete).toBe(true);
    expect(check.classes.map(({ name, train, test }) => [name, train, test])).toEqual([
      ["Sun", 12, 4],
      ["Shade", 12, 4],
      ["Water", 12, 4],
    ]);
    const { record } = await runBenchmark(dataset, baselineSource("tfidf"), { tasks: ["neighbours"] });
    expect(record.tasks.beds).toEqual({ kind: "skipped", reason: "not asked for" });
    expect(record.scores["near-map"]).toBeGreaterThan(0);
  });

  test("cannot stand beside another suite's records", async () => {
    const other = { ...good, suite: "scidocs" };
    await expect(compareRecords(good, other, { suite: garden, force: true })).rejects.toThrow("two benchmarks");
    expect(() => scoreTable([good, other], [], garden)).toThrow("several benchmarks (garden, scidocs)");
    await expect(compareRecords(good, poor)).rejects.toThrow(
      "a record is of the suite garden, which this scidocs does not know",
    );
  });
});

test("a declaration that contradicts itself is refused when it is made", () => {
  const twice = [garden.tasks[0]!, garden.tasks[0]!];
  expect(() => suite({ ...garden, tasks: twice })).toThrow("the suite garden has two things called beds-f1");
  expect(() => suite({ ...garden, vectorGroups: [] })).toThrow("task beds: there is no group of vectors called plants");
});
