import type { Qrel } from "../../datasets/types.ts";
import type { FamilyReport } from "../familyReport.ts";
import type { RankingResult } from "./rankingResult.ts";

/** Ranking results for readers: query by query, down to the ranked candidates. */
export const rankingReport: FamilyReport<Qrel, RankingResult> = {
  leftOut: ({ queries, queriesLeftOut }) => `${queriesLeftOut} of ${queries} queries`,
  dots: {
    item: "query",
    items: "queries",
    measure: "average precision",
    of: ({ rows }) => ({ ids: rows.query, values: rows.averagePrecision }),
  },
  queries: { rows: ({ rows }) => rows, judged: ({ queries }) => queries },
};
