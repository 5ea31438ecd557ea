import { z } from "zod";
import { paperCounts } from "../paperCounts.ts";

const count = z.int().nonnegative();

const recommendationScores = z.object({
  /** Propensity-adjusted, in [0, 1]. */
  ndcg: z.number(),
  precisionAt1: z.number(),
});

/** What a record says of one recommendation task. */
export const recommendationResult = z.object({
  kind: z.literal("recommendation"),
  papers: paperCounts,
  /** Papers the clicks name that have no metadata: their features are zeros, as in the reference. */
  papersWithoutMetadata: count,
  clicks: count,
  trainClicks: count,
  trainTriples: count,
  /** Means over the seeds, propensity-adjusted, in [0, 1]. */
  ndcg: z.number(),
  precisionAt1: z.number(),
  /** Sample standard deviations over the seeds; null for one seed. */
  ndcgSd: z.number().nullable(),
  precisionAt1Sd: z.number().nullable(),
  seeds: z.array(
    recommendationScores.extend({
      seed: z.int(),
      /** Epoch kept, from 1: the one with the lowest validation loss. */
      bestEpoch: count,
      validationLoss: z.number(),
    }),
  ),
  /** What a reader compares with: papers in displayed order, and the network before training (mean over the seeds). */
  baselines: z.object({ displayedOrder: recommendationScores, untrained: recommendationScores }),
  rows: z.object({
    query: z.array(z.string()),
    clicked: z.array(z.string()),
    /** Displayed position of the clicked paper, from 1. */
    clickedPosition: z.array(count),
    /** Weight of the click: 1 / normalised propensity of its position. */
    weight: z.array(z.number()),
    /** Per seed, per click: candidates scored above the clicked one, ties counting one half. */
    rankedAbove: z.array(z.array(z.number())),
  }),
});
export type RecommendationResult = z.infer<typeof recommendationResult>;
