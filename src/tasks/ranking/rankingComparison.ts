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

function discrepancies({ id }: FamilyTask, a: RankingResult, b: RankingResult): Discrepancy[] {
  if (a.queriesLeftOut === b.queriesLeftOut) return [];
  const message = `${id}: ${a.queriesLeftOut} queries are left out of A's mean and ${b.queriesLeftOut} of B's; differences are over the queries that both scored`;
  return [{ severity: "warning", message }];
}

/** Ranking results query by query. */
export const rankingComparison: FamilyComparison<RankingResult> = {
  unit: "queries",
  overSeeds: false,
  movers: { items: "Queries", measure: "average precision", coarse: false },
  itemCount: (result) => result.rows.query.length,
  pair,
  nothing: (result) => {
    const zeros = result.rows.query.map(() => 0);
    return { ...result, rows: { ...result.rows, averagePrecision: zeros, ndcg: zeros } };
  },
  discrepancies,
};
