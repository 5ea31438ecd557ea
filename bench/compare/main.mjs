// npm run bench -- compare: comparing, ranking and reporting made-up records of the benchmark's full size.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareRecords } from "../../dist/results/compare/comparison.js";
import { recordText } from "../../dist/results/record.js";
import { generator } from "../../dist/stats/random/generator.js";
import { scidocs } from "../../dist/suites/scidocs/scidocs.js";
import { scoresOf, spreadOf } from "../../dist/suites/suite.js";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const counts = (expected) => ({ expected, embedded: expected, missing: 0, emptyVector: 0, emptyText: 0, truncated: 0 });
const id = (task, item) => `${task}-${item}`.padEnd(40, "0");
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** MAG has 3,751 test papers, MeSH 3,521. */
function classification(task, rows, classes, random) {
  const truth = Array.from({ length: rows }, (_, row) => (row * 7) % classes);
  const prediction = truth.map((label) => (random.uniform() < 0.8 ? label : Math.floor(classes * random.uniform())));
  const right = truth.filter((label, row) => label === prediction[row]).length / rows;
  return {
    kind: "classification",
    papers: counts(rows),
    macroF1: right,
    accuracy: right,
    classifier: "svm",
    solver: "auto",
    bestC: 0.1,
    candidates: [],
    unconvergedClasses: 0,
    trainRows: 17500,
    trainRowsMissing: 0,
    classes: Array.from({ length: classes }, (_, label) => ({ label, name: `class ${label}` })),
    rows: { paper: truth.map((_, row) => id(task, row)), truth, prediction },
  };
}

function ranking(task, random) {
  const rows = { query: [], averagePrecision: [], ndcg: [], order: [], relevance: [] };
  for (let query = 0; query < 1000; query++) {
    const order = Array.from({ length: 30 }, (_, position) => position);
    for (let i = 29; i > 0; i--) {
      const j = Math.floor((i + 1) * random.uniform());
      [order[i], order[j]] = [order[j], order[i]];
    }
    rows.query.push(id(task, query));
    rows.averagePrecision.push(random.uniform());
    rows.ndcg.push(random.uniform());
    rows.order.push(order);
    rows.relevance.push(order.map((position) => (position < 5 ? 1 : 0)));
  }
  const map = mean(rows.averagePrecision);
  return {
    kind: "ranking",
    papers: counts(27000),
    queries: 1000,
    queriesScored: 1000,
    queriesLeftOut: 0,
    candidatesUnranked: 0,
    queriesWithoutRelevant: 0,
    map,
    ndcg: mean(rows.ndcg),
    ties: { queriesAffected: 0, lowestMap: map, highestMap: map },
    rows,
  };
}

function recommendation(random) {
  const clicks = Array.from({ length: 1000 }, (_, click) => click);
  const rankedAbove = Array.from({ length: 5 }, () => clicks.map(() => Math.floor(8 * random.uniform())));
  const seed = (seeds) => ({
    seed: seeds,
    ndcg: 0.53 + 0.01 * random.uniform(),
    precisionAt1: 0.2,
    bestEpoch: 3,
    validationLoss: 0.05,
  });
  return {
    kind: "recommendation",
    papers: counts(9000),
    papersWithoutMetadata: 0,
    clicks: 1000,
    trainClicks: 4000,
    trainTriples: 28000,
    ndcg: 0.53,
    precisionAt1: 0.2,
    ndcgSd: 0.01,
    precisionAt1Sd: 0.01,
    seeds: [7, 8, 9, 10, 11].map(seed),
    baselines: { displayedOrder: { ndcg: 0.5, precisionAt1: 0.17 }, untrained: { ndcg: 0.5, precisionAt1: 0.17 } },
    rows: {
      query: clicks.map((click) => id("recomm", click)),
      clicked: clicks.map((click) => id("clicked", click)),
      clickedPosition: clicks.map((click) => 1 + (click % 8)),
      weight: clicks.map((click) => 0.4 + 0.3 * (click % 8)),
      rankedAbove,
    },
  };
}

function record(name, seed) {
  const random = generator(seed);
  const tasks = { mag: classification("mag", 3751, 19, random), mesh: classification("mesh", 3521, 11, random) };
  for (const task of ["co-view", "co-read", "cite", "co-cite"]) tasks[task] = ranking(task, random);
  tasks.recomm = recommendation(random);
  const sha256 = seed.toString(16).padStart(64, "0");
  return {
    schemaVersion: 2,
    suite: scidocs.id,
    createdAt: "2026-01-01T00:00:00.000Z",
    model: {
      name,
      source: "vectors",
      files: [],
      sha256,
      fingerprint: null,
      dimensions: 768,
      recipe: null,
      pooling: null,
      precision: null,
      provider: null,
      maxLength: null,
    },
    dataset: { name: "full-size", files: [], sha256: "0".repeat(64), synthetic: true },
    split: "test",
    settings: {},
    scores: scoresOf(scidocs, tasks),
    spread: spreadOf(scidocs, tasks),
    tasks,
    notes: [],
    versions: {},
    timings: [],
  };
}

export async function main() {
  const folder = mkdtempSync(join(tmpdir(), "scidocs-bench-"));
  try {
    const records = ["a", "b", "c"].map((name, index) => record(name, index + 1));
    for (const one of records) writeFileSync(join(folder, `${one.model.name}.json`), recordText(one));
    const before = process.cpuUsage();
    const startedMs = performance.now();
    await compareRecords(records[0], records[1]);
    const { user, system } = process.cpuUsage(before);
    console.log(
      `compareRecords, 12 columns, 10,000 resamples: ${((performance.now() - startedMs) / 1000).toFixed(2)} s wall, ${((user + system) / 1e6).toFixed(2)} s CPU`,
    );
    for (const args of [
      ["compare", "a.json", "b.json"],
      ["gate", "b.json", "--baseline", "a.json"],
      ["table", "a.json", "b.json", "c.json"],
      ["report", "a.json", "b.json", "c.json"],
    ]) {
      const startMs = performance.now();
      const { status, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8" });
      if (status !== 0 && status !== 4) throw new Error(stderr);
      console.log(`scidocs ${args.join(" ")}: ${((performance.now() - startMs) / 1000).toFixed(2)} s wall`);
    }
    console.log(`report.html of three records: ${(statSync(join(folder, "report.html")).size / 1e6).toFixed(2)} MB`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
