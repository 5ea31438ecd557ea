import type { JudgedQuery, Qrel } from "../../datasets/types.ts";
import { ScidocsError } from "../../errors.ts";
import { averagePrecision } from "../../metrics/averagePrecision.ts";
import { ndcg } from "../../metrics/ndcg.ts";
import { numpyMean } from "../../metrics/numpyMean.ts";
import { rint } from "../../metrics/rint.ts";
import { tieBounds } from "../../metrics/tieBounds.ts";
import { trecOrder } from "../../metrics/trecOrder.ts";
import { type VectorTable, vectorAt } from "../../vectors/vectorTable.ts";
import { countPapers } from "../countPapers.ts";
import type { RankingResult } from "./rankingResult.ts";

/** One query's candidates as a run holds them: in trec_eval's order, with their scores. */
export interface RankedQuery {
  readonly queryId: string;
  /** Positions in the query's qrel lines (from 0), best first. Candidates without a vector do not occur. */
  readonly order: readonly number[];
  /** Score at each rank: minus the distance, rounded to 5 decimals; -Infinity for a candidate with an empty vector. */
  readonly scores: Float64Array;
}

/**
 * Minus the Euclidean distance in double precision, rounded to 5 decimals as the reference writes it into its run file.
 */
function scoreOf(query: Float32Array | Float64Array, candidate: Float32Array | Float64Array): number {
  // Four running sums keep the processor busy. The reference's own order is its BLAS's; the rounding makes the
  // difference vanish.
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const length = query.length;
  const whole = length - (length % 4);
  for (let i = 0; i < whole; i += 4) {
    const d0 = query[i]! - candidate[i]!;
    const d1 = query[i + 1]! - candidate[i + 1]!;
    const d2 = query[i + 2]! - candidate[i + 2]!;
    const d3 = query[i + 3]! - candidate[i + 3]!;
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (let i = whole; i < length; i++) {
    const d = query[i]! - candidate[i]!;
    s0 += d * d;
  }
  return rint(-Math.sqrt(s0 + s1 + (s2 + s3)) * 1e5) / 1e5;
}

/** Ranks one query's candidates; null where the query has no vector or none of its candidates can be ranked. */
function rankQuery(judged: JudgedQuery, vectors: VectorTable): RankedQuery | null {
  const queryRow = vectors.rowOf.get(judged.queryId);
  if (queryRow === undefined) return null;
  const query = vectorAt(vectors, queryRow);
  const positions: number[] = [];
  const scores: number[] = [];
  for (const [position, id] of judged.candidateIds.entries()) {
    const row = vectors.rowOf.get(id);
    if (row === undefined && !vectors.emptyIds.has(id)) continue;
    const score = row === undefined ? Number.NEGATIVE_INFINITY : scoreOf(query, vectorAt(vectors, row));
    if (Number.isNaN(score)) {
      throw new ScidocsError(
        "BAD_INPUT",
        `the distance of query ${judged.queryId} and candidate ${id} is not a number: a vector holds NaN or infinite values; make the vectors anew`,
      );
    }
    positions.push(position);
    scores.push(score);
  }
  if (positions.length === 0) return null;
  const ids = positions.map((position) => judged.candidateIds[position]!);
  const order = trecOrder(ids, scores);
  return {
    queryId: judged.queryId,
    order: order.map((index) => positions[index]!),
    scores: Float64Array.from(order, (index) => scores[index]!),
  };
}

/**
 * Ranks every query's own candidates by distance. One entry a judged query, in the qrel's order.
 * @returns null in the place of a query that the reference leaves out: its paper has no vector, or none of its
 * candidates has
 * @throws ScidocsError `BAD_INPUT` naming query and candidate when a distance is NaN
 */
export function rankQueries(qrel: Qrel, vectors: VectorTable): (RankedQuery | null)[] {
  return qrel.queries.map((judged) => rankQuery(judged, vectors));
}

/**
 * Scores one ranking task: mean average precision and mean nDCG as trec_eval computes
 * them, over the queries that can be ranked, and the per-query rows they are means of.
 * @throws ScidocsError `BAD_INPUT` when no query can be ranked or a distance is NaN
 */
export function scoreRanking({ qrel, vectors }: { qrel: Qrel; vectors: VectorTable }): RankingResult {
  const rows: RankingResult["rows"] = { query: [], averagePrecision: [], ndcg: [], order: [], relevance: [] };
  const lowest: number[] = [];
  const highest: number[] = [];
  let queriesAffected = 0;
  let candidatesUnranked = 0;
  let queriesWithoutRelevant = 0;
  for (const [index, ranked] of rankQueries(qrel, vectors).entries()) {
    if (ranked === null) continue;
    const judged = qrel.queries[index]!;
    const grades = ranked.order.map((position) => judged.relevance[position]!);
    // Relevant candidates without a vector stay in the recall base, as the reference's qrel file keeps them.
    const relevantCount = judged.relevance.reduce((count, grade) => count + (grade > 0 ? 1 : 0), 0);
    const bounds = tieBounds(grades, ranked.scores, relevantCount);
    rows.query.push(judged.queryId);
    rows.averagePrecision.push(averagePrecision(grades, relevantCount));
    rows.ndcg.push(ndcg(grades, judged.relevance));
    rows.order.push([...ranked.order]);
    rows.relevance.push(grades);
    lowest.push(bounds.lowest);
    highest.push(bounds.highest);
    if (bounds.affected) queriesAffected++;
    if (relevantCount === 0) queriesWithoutRelevant++;
    candidatesUnranked += judged.candidateIds.length - ranked.order.length;
  }
  const queriesScored = rows.query.length;
  if (queriesScored === 0) {
    throw new ScidocsError(
      "BAD_INPUT",
      `none of the ${qrel.queries.length} queries has both a vector and a candidate with one: are these the vectors of this dataset's papers?`,
    );
  }
  return {
    kind: "ranking",
    papers: countPapers(
      qrel.queries.flatMap((query) => [query.queryId, ...query.candidateIds]),
      vectors,
    ),
    queries: qrel.queries.length,
    queriesScored,
    queriesLeftOut: qrel.queries.length - queriesScored,
    candidatesUnranked,
    queriesWithoutRelevant,
    map: numpyMean(rows.averagePrecision),
    ndcg: numpyMean(rows.ndcg),
    ties: { queriesAffected, lowestMap: numpyMean(lowest), highestMap: numpyMean(highest) },
    rows,
  };
}
