// Made-up records of the benchmark's full size whose rows, means and scores agree with each other.

import { combinedSha256 } from "../../dist/files/hashFiles.js";
import { averagePrecision } from "../../dist/metrics/averagePrecision.js";
import { macroF1 } from "../../dist/metrics/macroF1.js";
import { ndcg } from "../../dist/metrics/ndcg.js";
import { numpyMean } from "../../dist/metrics/numpyMean.js";
import { adjustedScores } from "../../dist/metrics/propensity.js";
import { generator } from "../../dist/stats/random/generator.js";
import { scidocs } from "../../dist/suites/scidocs/scidocs.js";
import { labelFiles, scoresOf, spreadOf } from "../../dist/suites/suite.js";

const counts = (expected) => ({ expected, embedded: expected, missing: 0, emptyVector: 0, emptyText: 0, truncated: 0 });
const id = (task, item) => `${task}-`.padEnd(36, "0") + String(item).padStart(4, "0");
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values) {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** MAG has 3,751 test papers, MeSH 3,521. A paper's difficulty is the data's, the luck the model's. */
function classification(task, rows, classes, data, model) {
  const truth = Array.from({ length: rows }, (_, row) => (row * 7) % classes);
  const prediction = truth.map((label) => {
    const right = data.uniform() + 0.08 * model.normal() < 0.8;
    return right ? label : Math.floor(classes * model.uniform());
  });
  const report = macroF1(Int32Array.from(truth), Int32Array.from(prediction));
  return {
    kind: "classification",
    papers: counts(rows),
    macroF1: report.macroF1,
    accuracy: report.accuracy,
    classifier: "svm",
    solver: "auto",
    bestC: 0.1,
    candidates: [{ C: 0.1, accuracy: report.accuracy, foldAccuracies: [report.accuracy], path: "reference" }],
    unconvergedClasses: 0,
    trainRows: 17500,
    trainRowsMissing: 0,
    classes: Array.from({ length: classes }, (_, label) => ({ label, name: `class ${label}` })),
    rows: { paper: truth.map((_, row) => id(task, row)), truth, prediction },
  };
}

/**
 * Queries of one number are the same paper in every task where `shared`: what the model makes of it is then half of its luck in each.
 * @param common the model's luck of each query, or null where tasks have queries of their own
 */
function ranking(task, data, model, common) {
  const rows = { query: [], averagePrecision: [], ndcg: [], order: [], relevance: [] };
  for (let query = 0; query < 1000; query++) {
    const grades = Array.from({ length: 30 }, (_, position) => (position < 5 ? 1 : 0));
    const level = common === null ? 0 : common[query];
    const scores = grades.map((grade) => (2.2 + level) * grade + data.normal() + 0.3 * model.normal());
    const order = grades.map((_, position) => position).sort((i, j) => scores[j] - scores[i]);
    const relevance = order.map((position) => grades[position]);
    rows.query.push(id(common === null ? task : "query", query));
    rows.averagePrecision.push(averagePrecision(relevance, 5));
    rows.ndcg.push(ndcg(relevance, relevance));
    rows.order.push(order);
    rows.relevance.push(relevance);
  }
  const map = numpyMean(rows.averagePrecision);
  return {
    kind: "ranking",
    papers: counts(27000),
    queries: 1000,
    queriesScored: 1000,
    queriesLeftOut: 0,
    candidatesUnranked: 0,
    queriesWithoutRelevant: 0,
    map,
    ndcg: numpyMean(rows.ndcg),
    ties: { queriesAffected: 0, lowestMap: map, highestMap: map },
    rows,
  };
}

function recommendation(data, model, seedCount) {
  const clicks = Array.from({ length: 1000 }, (_, click) => click);
  const hard = clicks.map(() => data.uniform());
  const luck = clicks.map(() => 0.06 * model.normal());
  const rankedAbove = Array.from({ length: seedCount }, () => {
    const level = 0.008 * model.normal();
    return clicks.map((click) => {
      const share = hard[click] + luck[click] + level + 0.05 * model.normal();
      return Math.floor(8 * Math.min(0.999, Math.max(0, share)));
    });
  });
  const weight = clicks.map((click) => Math.fround(0.4 + 0.3 * (click % 8)));
  const scores = rankedAbove.map((above) => adjustedScores(weight, above));
  const [ndcgs, firsts] = [scores.map((score) => score.ndcg), scores.map((score) => score.precisionAt1)];
  return {
    kind: "recommendation",
    papers: counts(9000),
    papersWithoutMetadata: 0,
    clicks: 1000,
    trainClicks: 4000,
    trainTriples: 28000,
    ndcg: mean(ndcgs),
    precisionAt1: mean(firsts),
    ndcgSd: seedCount < 2 ? null : deviation(ndcgs),
    precisionAt1Sd: seedCount < 2 ? null : deviation(firsts),
    seeds: scores.map((score, s) => ({ ...score, seed: 7 + s, bestEpoch: 3, validationLoss: 0.05 })),
    baselines: { displayedOrder: { ndcg: 0.5, precisionAt1: 0.17 }, untrained: { ndcg: 0.5, precisionAt1: 0.17 } },
    rows: {
      query: clicks.map((click) => id("recomm", click)),
      clicked: clicks.map((click) => id("clicked", click)),
      clickedPosition: clicks.map((click) => 1 + (click % 8)),
      weight,
      rankedAbove,
    },
  };
}

/**
 * A record of full size. Two of one `dataSeed` are siblings: as good as each other, on the same data, with other luck.
 */
export function fullRecord(name, modelSeed, { dataSeed = 1, seeds = 5, shared = false } = {}) {
  const of = (task) => [generator(dataSeed, task), generator(modelSeed, 100 + task)];
  const tasks = {
    mag: classification("mag", 3751, 19, ...of(0)),
    mesh: classification("mesh", 3521, 11, ...of(1)),
  };
  const random = generator(modelSeed, 200);
  const common = shared ? Float64Array.from({ length: 1000 }, () => 0.2 * random.normal()) : null;
  for (const [index, task] of ["co-view", "co-read", "cite", "co-cite"].entries()) {
    tasks[task] = ranking(task, ...of(2 + index), common);
  }
  tasks.recomm = recommendation(...of(6), seeds);
  const files = scidocs.tasks
    .flatMap((task) => labelFiles(task, "test"))
    .map((path) => ({ path, bytes: 1, sha256: "0".repeat(64) }));
  return {
    schemaVersion: 2,
    suite: scidocs.id,
    createdAt: "2026-01-01T00:00:00.000Z",
    model: {
      name,
      source: "vectors",
      files: [],
      sha256: modelSeed.toString(16).padStart(64, "0"),
      fingerprint: null,
      dimensions: 768,
      recipe: null,
      pooling: null,
      precision: null,
      provider: null,
      maxLength: null,
    },
    dataset: { name: "full-size", files, sha256: combinedSha256(files), synthetic: true },
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
