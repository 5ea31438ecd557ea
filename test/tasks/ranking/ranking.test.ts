import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseQrel } from "../../../src/datasets/qrel.ts";
import { ScidocsError } from "../../../src/errors.ts";
import { averagePrecision } from "../../../src/metrics/averagePrecision.ts";
import { ndcg } from "../../../src/metrics/ndcg.ts";
import { trecOrder } from "../../../src/metrics/trecOrder.ts";
import { contradictionsOf } from "../../../src/tasks/families.ts";
import { scoreRanking } from "../../../src/tasks/ranking/ranking.ts";
import type { RankingResult } from "../../../src/tasks/ranking/rankingResult.ts";
import { readVectors } from "../../../src/vectors/readVectors.ts";
import { type VectorTable, vectorTable } from "../../../src/vectors/vectorTable.ts";
import { hasShared, sharedPath } from "../../shared.ts";

interface Expected {
  map: number;
  ndcg: number;
}

function perQuery({ rows }: RankingResult): Record<string, Expected> {
  return Object.fromEntries(rows.query.map((id, i) => [id, { map: rows.averagePrecision[i]!, ndcg: rows.ndcg[i]! }]));
}

const vectors = vectorTable(["q", "a", "b"], 2, Float64Array.of(0, 0, 3, 4, 3, 4), new Set(["m"]));

test("a query without a vector is left out and counted, one whose candidates have none too", () => {
  const qrel = parseQrel("q 0 a 1\nq 0 b 0\nnope 0 a 1\nm 0 a 1\na 0 nope 1\n", "x");
  const result = scoreRanking({ qrel, vectors });
  expect(result).toMatchObject({ queries: 4, queriesScored: 1, queriesLeftOut: 3, map: 0.5 });
  expect(result.papers).toEqual({
    expected: 5,
    embedded: 3,
    missing: 2,
    emptyVector: 1,
    emptyText: null,
    truncated: null,
  });
});

test("a candidate with an empty vector is ranked last, one without a vector is not ranked but stays in the recall base", () => {
  const qrel = parseQrel("q 0 m 1\nq 0 nope 1\nq 0 a 0\n", "x");
  const result = scoreRanking({ qrel, vectors });
  expect(result.rows.order).toEqual([[2, 0]]);
  expect(result.rows.relevance).toEqual([[0, 1]]);
  expect(result.candidatesUnranked).toBe(1);
  expect(result.map).toBe(0.25);
});

test("the record tells how far ties could move the mean", () => {
  const qrel = parseQrel("q 0 a 1\nq 0 b 0\n", "x");
  expect(scoreRanking({ qrel, vectors })).toMatchObject({
    map: 0.5,
    ties: { queriesAffected: 1, lowestMap: 0.5, highestMap: 1 },
  });
});

test("queries that ties cannot touch, and those with nothing relevant, are counted apart", () => {
  const qrel = parseQrel("q 0 a 1\nq 0 b 0\na 0 q 1\na 0 m 0\nb 0 q 0\nb 0 m 0\n", "x");
  const result = scoreRanking({ qrel, vectors });
  expect(result).toMatchObject({ queriesWithoutRelevant: 1, ties: { queriesAffected: 1 } });
  expect(contradictionsOf(result)).toEqual([]);
});

test("a vector that is not a number is refused by name", () => {
  const broken = vectorTable(["q", "a"], 1, Float64Array.of(0, Number.NaN));
  expect(() => scoreRanking({ qrel: parseQrel("q 0 a 1\n", "x"), vectors: broken })).toThrow(/query q and candidate a/);
});

test("vectors of other papers are an error and not a mean over nothing", () => {
  expect(() => scoreRanking({ qrel: parseQrel("x 0 y 1\n", "x"), vectors })).toThrow(/none of the 1 queries/);
});

/** Numbers in [-1, 1) from a seed (a linear congruential generator; its low bits are dropped). */
function* uniform(seed: number): Generator<number, never> {
  for (let state = seed >>> 0; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield (state >>> 8) / 2 ** 23 - 1;
  }
}

test.skipIf(!hasShared)("random vectors score as chance predicts on the real cite judgements", () => {
  const file = "data/scidocs/cite/test.qrel";
  const qrel = parseQrel(readFileSync(sharedPath(file), "utf8"), file);
  const ids = [...new Set(qrel.queries.flatMap(({ queryId, candidateIds }) => [queryId, ...candidateIds]))];
  const numbers = uniform(7);
  const data = Float32Array.from({ length: ids.length * 16 }, () => numbers.next().value);
  const { map, ndcg: gain, queriesScored } = scoreRanking({ qrel, vectors: vectorTable(ids, 16, data) });
  expect(queriesScored).toBe(1000);
  expect(Math.abs(100 * map - 25.1)).toBeLessThan(1);
  expect(Math.abs(100 * gain - 51.5)).toBeLessThan(1);
});

describe.skipIf(!hasShared)("against the reference", () => {
  const folder = mkdtempSync(join(tmpdir(), "scidocs-ranking-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  describe("reference-small", () => {
    interface Detail {
      queries_in_qrel: number;
      queries_in_run: number;
      run_lines: number;
      mean_full: Expected;
      per_query: Record<string, Expected>;
    }
    let small: VectorTable;
    let expected: { ranking_detail: Record<string, Record<string, Detail>> };
    beforeAll(async () => {
      small = await readVectors([sharedPath("goldens/reference-small/user-citation.jsonl")]);
      expected = JSON.parse(readFileSync(sharedPath("goldens/reference-small/expected.json"), "utf8"));
    });
    const cases = ["val", "test"].flatMap((split) =>
      ["coview", "coread", "cite", "cocite"].map((task) => [task, split] as const),
    );
    test.each(cases)("%s %s: every query's values, the means and the counts agree", (task, split) => {
      const file = `goldens/reference-small/${task}/${split}.qrel`;
      const result = scoreRanking({ qrel: parseQrel(readFileSync(sharedPath(file), "utf8"), file), vectors: small });
      const golden = expected.ranking_detail[split]![task]!;
      const found = perQuery(result);
      expect(Object.keys(found)).toEqual(Object.keys(golden.per_query));
      for (const [id, value] of Object.entries(golden.per_query)) {
        expect(Math.abs(found[id]!.map - value.map), id).toBeLessThan(1e-12);
        expect(Math.abs(found[id]!.ndcg - value.ndcg), id).toBeLessThan(1e-12);
      }
      expect(result.map).toBe(golden.mean_full.map);
      expect(Math.abs(result.ndcg - golden.mean_full.ndcg)).toBeLessThan(1e-12);
      expect(result.queries).toBe(golden.queries_in_qrel);
      expect(result.queriesScored).toBe(golden.queries_in_run);
      expect(result.rows.order.flat()).toHaveLength(golden.run_lines);
    });
  });

  interface EdgeCase {
    qrel: string;
    embeddings_jsonl: string;
    error?: string;
    metrics: Expected;
    per_query: Record<string, Expected>;
  }
  interface FuzzCase {
    qrel: Record<string, Record<string, number>>;
    run: Record<string, Record<string, number | "-inf">>;
    expected: Record<string, Expected>;
  }
  const edges: { scidocs_cases: Record<string, EdgeCase>; trec_fuzz: FuzzCase[] } = hasShared
    ? JSON.parse(readFileSync(sharedPath("goldens/ranking-edge.json"), "utf8"))
    : { scidocs_cases: {}, trec_fuzz: [] };
  /** The reference misreads these lines and goes on; we refuse them. */
  const refusedByUs = ["double_space_line"];

  test.each(Object.entries(edges.scidocs_cases))("edge case %s", async (name, golden) => {
    const file = join(folder, `${name}.jsonl`);
    writeFileSync(file, golden.embeddings_jsonl);
    const table = await readVectors([file]);
    const score = () => scoreRanking({ qrel: parseQrel(golden.qrel, `${name}.qrel`), vectors: table });
    if (golden.error !== undefined || refusedByUs.includes(name)) {
      expect(score).toThrow(ScidocsError);
      expect(score).toThrow(new RegExp(`${name}.qrel:\\d+: `));
      return;
    }
    const result = score();
    expect(perQuery(result)).toEqual(golden.per_query);
    expect(Math.round(result.map * 1e4) / 100).toBe(golden.metrics.map);
    expect(Math.round(result.ndcg * 1e4) / 100).toBe(golden.metrics.ndcg);
  });

  test("the order and both measures are trec_eval's, bit for bit, on 120 random runs", () => {
    expect(edges.trec_fuzz).toHaveLength(120);
    for (const { qrel, run, expected } of edges.trec_fuzz) {
      const found: Record<string, Expected> = {};
      for (const [query, documents] of Object.entries(run)) {
        const judged = qrel[query];
        if (judged === undefined) continue;
        const ids = Object.keys(documents);
        const scores = Object.values(documents).map((score) => (score === "-inf" ? Number.NEGATIVE_INFINITY : score));
        const grades = trecOrder(ids, scores).map((position) => judged[ids[position]!] ?? 0);
        const all = Object.values(judged);
        found[query] = {
          map: averagePrecision(grades, all.filter((grade) => grade > 0).length),
          ndcg: ndcg(grades, all),
        };
      }
      expect(found).toEqual(expected);
    }
  });
});
