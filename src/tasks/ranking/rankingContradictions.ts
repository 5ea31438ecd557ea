import { averagePrecision } from "../../metrics/averagePrecision.ts";
import { ndcg } from "../../metrics/ndcg.ts";
import { numpyMean } from "../../metrics/numpyMean.ts";
import { agrees, notFromRows, outside, paperContradictions, strangers, unequalLengths } from "../contradictions.ts";
import type { RankingResult } from "./rankingResult.ts";

/** Distinct positions, of at most so many candidates. */
function isOrder(order: readonly number[], candidates: number): boolean {
  return new Set(order).size === order.length && order.every((position) => position < candidates);
}

/**
 * Whether a query's scores follow from its ranking. Relevant candidates without a rank stay in the recall base, so that with `unranked`
 * candidates in the task each query has a few values to choose from.
 */
function follows(relevance: readonly number[], ap: number, gain: number, unranked: number): boolean {
  const retrieved = relevance.filter((grade) => grade > 0).length;
  if (unranked === 0) {
    return agrees(ap, averagePrecision(relevance, retrieved)) && agrees(gain, ndcg(relevance, relevance));
  }
  if (retrieved === 0) return ap === 0 && gain === 0;
  const base = averagePrecision(relevance, 1) / ap;
  const whole = Math.round(base);
  return (
    agrees(base, whole, 1e-6) &&
    whole >= retrieved &&
    whole <= retrieved + unranked &&
    gain <= ndcg(relevance, relevance) + 1e-9
  );
}

/** In what a ranking result contradicts itself; scores are computed from its rows only where these hold together. */
export function rankingContradictions(result: RankingResult): string[] {
  const { rows, queries, queriesScored, queriesLeftOut, candidatesUnranked, ties } = result;
  const found = [
    ...paperContradictions(result.papers),
    ...unequalLengths(rows),
    ...strangers("query", rows.query, result.papers),
  ];
  if (rows.query.length !== queriesScored) {
    found.push(`rows: ${rows.query.length} queries, and queriesScored says ${queriesScored}`);
  }
  if (queriesScored + queriesLeftOut !== queries) {
    found.push(`${queriesScored} queries scored and ${queriesLeftOut} left out are not the ${queries} there are`);
  }
  // Only a paper without a vector has no rank, in each query at most once.
  if (candidatesUnranked > result.papers.missing * queries) {
    found.push(`candidatesUnranked is ${candidatesUnranked}, of ${result.papers.missing} papers without a vector`);
  }
  for (const [name, count] of [
    ["queriesWithoutRelevant", result.queriesWithoutRelevant],
    ["ties.queriesAffected", ties.queriesAffected],
  ] as const) {
    if (count > queries) found.push(`${name} is ${count}, of ${queries} queries`);
  }
  found.push(
    ...outside("rows.averagePrecision", rows.averagePrecision, 0, 1),
    ...outside("rows.ndcg", rows.ndcg, 0, 1 + 1e-9),
    ...outside("ties", [ties.lowestMap, ties.highestMap], -1e-9, 1 + 1e-9),
  );
  if (found.length > 0) return found;
  if (queriesScored === 0) return ["rows is empty"];
  if (new Set(rows.query).size < queriesScored) return ["rows.query has one query twice"];
  const oddQuery = rows.query.findIndex((_, query) => {
    const [order, relevance] = [rows.order[query]!, rows.relevance[query]!];
    return order.length !== relevance.length || !isOrder(order, order.length + candidatesUnranked);
  });
  if (oddQuery !== -1) return [`rows.order[${oddQuery}] does not order the candidates of its query`];
  const oddScore = rows.query.findIndex(
    (_, query) =>
      !follows(rows.relevance[query]!, rows.averagePrecision[query]!, rows.ndcg[query]!, candidatesUnranked),
  );
  if (oddScore !== -1) {
    found.push(
      `rows.averagePrecision[${oddScore}] or rows.ndcg[${oddScore}] does not follow from rows.relevance[${oddScore}]`,
    );
  }
  if (!(ties.lowestMap <= result.map + 1e-9 && result.map <= ties.highestMap + 1e-9)) {
    found.push(`ties: ${result.map} is not from ${ties.lowestMap} to ${ties.highestMap}`);
  }
  return [
    ...found,
    ...notFromRows("map", result.map, numpyMean(rows.averagePrecision)),
    ...notFromRows("ndcg", result.ndcg, numpyMean(rows.ndcg)),
  ];
}
