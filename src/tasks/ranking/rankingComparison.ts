import { meanDifference } from "../../stats/meanDifference.ts";
import type { FamilyTask } from "../familyTask.ts";
import { type PairedRows, sharedItems, valuesAt } from "../pairedRows.ts";
import type { Discrepancy, FamilyComparison } from "../taskFamily.ts";
import type { RankingResult } from "./rankingResult.ts";

function pair(_: FamilyTask, a: RankingResult, b: RankingResult): PairedRows | null {
  const rows = sharedItems(a.rows.query, b.rows.query);
  if (rows.a.length === 0) return null;
  const values = [
    { a: valuesAt(a.rows.averagePrecision, rows.a), b: valuesAt(b.rows.averagePrecision, rows.b) },
    { a: valuesAt(a.rows.ndcg, rows.a), b: valuesAt(b.rows.ndcg, rows.b) },
  ];
  return {
    items: Array.from(rows.a, (index) => ({ paperId: a.rows.query[index]!, clickedId: null })),
    values,
    statistic: meanDifference(values.map((column) => column.b.map((value, item) => value - column.a[item]!))),
  };
}

/** The first query of both whose candidates have other grades in B than in A; null where all that both ranked are judged alike. */
function otherwiseJudged({ rows: a }: RankingResult, { rows: b }: RankingResult): string | null {
  const { a: inA, b: inB } = sharedItems(a.query, b.query);
  for (const [item, row] of inA.entries()) {
    const grades = new Map(a.order[row]!.map((candidate, rank) => [candidate, a.relevance[row]![rank]]));
    const other = inB[item]!;
    const differs = b.order[other]!.some((candidate, rank) => {
      const grade = grades.get(candidate);
      return grade !== undefined && grade !== b.relevance[other]![rank];
    });
    if (differs) return a.query[row]!;
  }
  return null;
}

function discrepancies({ id }: FamilyTask, a: RankingResult, b: RankingResult): Discrepancy[] {
  const found: Discrepancy[] = [];
  const query = otherwiseJudged(a, b);
  if (query !== null) {
    const message = `${id}: query ${query} has other relevant candidates in B than in A: their data differ`;
    found.push({ severity: "refused", message });
  }
  if (a.queriesLeftOut !== b.queriesLeftOut) {
    const message = `${id}: ${a.queriesLeftOut} queries are left out of A's mean and ${b.queriesLeftOut} of B's; differences are over the queries that both scored`;
    found.push({ severity: "warning", message });
  }
  // Where more papers have no vector that is told already; as many others may be candidates of more queries.
  if (a.papers.missing === b.papers.missing && a.candidatesUnranked !== b.candidatesUnranked) {
    const message = `${id}: ${a.candidatesUnranked} candidates have no rank in A, ${b.candidatesUnranked} in B: other papers have no vector`;
    found.push({ severity: "warning", message });
  }
  return found;
}

/** Ranking results query by query. */
export const rankingComparison: FamilyComparison<RankingResult> = {
  unit: "queries",
  movers: { items: "Queries", measure: "average precision", coarse: false },
  itemCount: (result) => result.rows.query.length,
  pair,
  nothing: (result) => {
    const zeros = result.rows.query.map(() => 0);
    return { ...result, rows: { ...result.rows, averagePrecision: zeros, ndcg: zeros } };
  },
  discrepancies,
};
