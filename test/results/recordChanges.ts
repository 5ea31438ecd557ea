import { combinedSha256 } from "../../src/files/hashFiles.ts";
import { numpyMean } from "../../src/metrics/numpyMean.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import { scidocs } from "../../src/suites/scidocs/scidocs.ts";
import { scoresOf, spreadOf } from "../../src/suites/suite.ts";

/** The record with the scores that its tasks' results give, so that it does not contradict itself. */
export function rescored(record: RunRecord): RunRecord {
  return { ...record, scores: scoresOf(scidocs, record.tasks), spread: spreadOf(scidocs, record.tasks) };
}

/** The record with one more file among those of its dataset. */
export function withFile(record: RunRecord, path: string, sha256: string): RunRecord {
  const files = [...record.dataset.files, { path, bytes: 1, sha256 }];
  return { ...record, dataset: { ...record.dataset, files, sha256: combinedSha256(files) } };
}

/** The record as if the `count` queries of the citation task that it does worst on had been left out. */
export function withoutHardQueries(record: RunRecord, count: number): RunRecord {
  const copy = structuredClone(record);
  const task = copy.tasks.cite;
  if (task?.kind !== "ranking") throw new Error("no cite");
  const { rows } = task;
  const kept = [...rows.query.keys()]
    .sort((i, j) => rows.averagePrecision[j]! - rows.averagePrecision[i]!)
    .slice(0, rows.query.length - count)
    .sort((i, j) => i - j);
  for (const [name, list] of Object.entries(rows)) Object.assign(rows, { [name]: kept.map((index) => list[index]) });
  task.queriesScored = kept.length;
  task.queriesLeftOut += count;
  task.map = numpyMean(rows.averagePrecision);
  task.ndcg = numpyMean(rows.ndcg);
  task.ties = { queriesAffected: 0, lowestMap: task.map, highestMap: task.map };
  return rescored(copy);
}

/** The record as if the recommendation network had been trained from its first seed only. */
export function fromOneSeed(record: RunRecord): RunRecord {
  const copy = structuredClone(record);
  const task = copy.tasks.recomm;
  if (task?.kind !== "recommendation") throw new Error("no recomm");
  const [first] = task.seeds;
  if (first === undefined) throw new Error("no seed");
  task.seeds = [first];
  task.rows.rankedAbove = task.rows.rankedAbove.slice(0, 1);
  copy.settings.seeds = 1;
  Object.assign(task, { ndcg: first.ndcg, precisionAt1: first.precisionAt1, ndcgSd: null, precisionAt1Sd: null });
  return rescored(copy);
}
