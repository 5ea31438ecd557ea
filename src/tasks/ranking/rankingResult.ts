import { z } from "zod";
import { paperCounts } from "../paperCounts.ts";

const count = z.int().nonnegative();

const tieReport = z.object({
  /** Queries whose average precision depends on the order of tied candidates. */
  queriesAffected: count,
  /** Lowest and highest mean average precision over all tie orders, in [0, 1]. */
  lowestMap: z.number(),
  highestMap: z.number(),
});

/** What a record says of one ranking task. */
export const rankingResult = z.object({
  kind: z.literal("ranking"),
  papers: paperCounts,
  queries: count,
  queriesScored: count,
  /** Queries left out of the mean because their paper had no vector (or, as in the reference, no ranked candidate). */
  queriesLeftOut: count,
  /** (query, candidate) pairs without a rank because the candidate had no vector; they stay in the recall base. */
  candidatesUnranked: count,
  /** Queries without a relevant candidate; they score 0 and count. */
  queriesWithoutRelevant: count,
  /** Means over scored queries, in [0, 1]. */
  map: z.number(),
  ndcg: z.number(),
  ties: tieReport,
  /** One entry a scored query, in order of first appearance in the qrel. */
  rows: z.object({
    query: z.array(z.string()),
    averagePrecision: z.array(z.number()),
    ndcg: z.array(z.number()),
    /** Ranked candidates, best first, as positions in the query's qrel lines (from 0). Unranked candidates do not occur. */
    order: z.array(z.array(count)),
    /** Grades of the ranked candidates, in the same order. */
    relevance: z.array(z.array(z.int())),
  }),
});
export type RankingResult = z.infer<typeof rankingResult>;
