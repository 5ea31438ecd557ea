import { z } from "zod";
import { paperCounts } from "../paperCounts.ts";

const count = z.int().nonnegative();

/** How one C of the grid got its cross-validation accuracy. */
const candidateC = z.object({
  C: z.number().positive(),
  /** Mean accuracy over the folds, in [0, 1]; null when it was ruled out without a full computation. */
  accuracy: z.number().nullable(),
  foldAccuracies: z.array(z.number()),
  /**
   * `reference`: the exact coordinate-descent path; `optimum`: the fast exact-optimum solver;
   * `ruled-out`: the fast solver stopped early because this C could no longer come within the margin of the best.
   */
  path: z.enum(["reference", "optimum", "ruled-out"]),
  /**
   * By how much, in [0, 1], the chosen C is ahead of the most that this one is taken to be able to reach on the reference path. Null for the chosen
   * C, for one that the reference path fitted itself, and in older records.
   */
  clearance: z.number().nullable().default(null),
});

/** What a record says of one classification task. */
export const classificationResult = z.object({
  kind: z.literal("classification"),
  papers: paperCounts,
  /** Macro F1 over the evaluated split, in [0, 1]. */
  macroF1: z.number(),
  accuracy: z.number(),
  /** `svm` is the paper's protocol; `logistic` is a quick probe and never comparable with it. */
  classifier: z.enum(["svm", "logistic"]),
  solver: z.enum(["auto", "reference", "logistic"]),
  bestC: z.number().nullable(),
  candidates: z.array(candidateC),
  /** Binary problems of the refit that stopped at the iteration limit (the reference does so silently). */
  unconvergedClasses: count.nullable(),
  trainRows: count,
  /** Training rows that were zero vectors because their paper had none. */
  trainRowsMissing: count,
  /** Integer labels in ascending order, with the names where the dataset knows them. */
  classes: z.array(z.object({ label: z.int(), name: z.string().nullable() })),
  rows: z.object({ paper: z.array(z.string()), truth: z.array(z.int()), prediction: z.array(z.int()) }),
});
export type ClassificationResult = z.infer<typeof classificationResult>;
