import type { RunRecord, TaskResult } from "../../src/results/schema.ts";
import { scidocs } from "../../src/suites/scidocs/scidocs.ts";

/** A record that has scores and nothing behind them: enough for what only prints scores. */
export function scoreRecord(
  name: string,
  scores: Record<string, number | null>,
  spread: Record<string, number> = {},
  change: Partial<RunRecord> = {},
): RunRecord {
  const ran = (task: string): boolean =>
    scidocs.columns.some((column) => column.task === task && scores[column.id] != null);
  const tasks = Object.fromEntries(
    scidocs.tasks.map(({ id: task }): [string, TaskResult] => [
      task,
      ran(task) ? emptyRanking : { kind: "skipped", reason: "not asked for" },
    ]),
  );
  return {
    schemaVersion: 2,
    suite: "scidocs",
    createdAt: "2026-01-02T03:04:05.000Z",
    model: {
      name,
      source: "vectors",
      files: [],
      sha256: null,
      fingerprint: null,
      dimensions: 2,
      recipe: null,
      pooling: null,
      precision: null,
      provider: null,
      maxLength: null,
    },
    dataset: { name: "scidocs", files: [], sha256: "0".repeat(64), synthetic: false },
    split: "test",
    settings: {},
    scores,
    spread,
    tasks,
    notes: [],
    versions: {},
    timings: [],
    ...change,
  };
}

const emptyRanking: TaskResult = {
  kind: "ranking",
  papers: { expected: 0, embedded: 0, missing: 0, emptyVector: 0, emptyText: null, truncated: null },
  queries: 0,
  queriesScored: 0,
  queriesLeftOut: 0,
  candidatesUnranked: 0,
  queriesWithoutRelevant: 0,
  map: 0,
  ndcg: 0,
  ties: { queriesAffected: 0, lowestMap: 0, highestMap: 0 },
  rows: { query: [], averagePrecision: [], ndcg: [], order: [], relevance: [] },
};
