import { availableParallelism } from "node:os";
import { idsOfClick } from "../../datasets/clicks.ts";
import type { TaskFamily } from "../taskFamily.ts";
import { recommendationComparison } from "./recommendationComparison.ts";
import { type ClickData, clickFiles, clickFindings, papersOfClicks, readClickData } from "./recommendationData.ts";
import { recommendationReport, validationNote } from "./recommendationReport.ts";
import type { RecommendationResult } from "./recommendationResult.ts";

/** Tasks that learn from clicks to rank the clicked paper above the others shown, the cosine of the vectors being one feature. */
export const recommendation: TaskFamily<ClickData, RecommendationResult> = {
  kind: "recommendation",
  columns: [
    {
      suffix: "ndcg",
      metric: "nDCG",
      value: (result) => result.ndcg,
      spread: (result) => result.ndcgSd,
      perSeed: ({ seeds }) => seeds.map(({ ndcg }) => ndcg),
    },
    {
      suffix: "P@1",
      metric: "P@1",
      value: (result) => result.precisionAt1,
      spread: (result) => result.precisionAt1Sd,
      perSeed: ({ seeds }) => seeds.map(({ precisionAt1 }) => precisionAt1),
    },
  ],
  labelFiles: clickFiles,
  filesRead: (folder) => clickFiles(folder, "test"),
  scoresFromMetadata: true,
  sideBySide: false,
  read: (reading, { folder }) => readClickData(reading, folder),
  papers: papersOfClicks,
  judged: (data, split) => data[split].flatMap(idsOfClick),
  // Loaded when a task is scored: what only reads records starts without it.
  score: async ({ task, data, papers, split, vectors, options }, control) => {
    const { scoreRecommendation } = await import("./recommendation.ts");
    return scoreRecommendation(
      {
        name: task.id,
        data: { ...data, papers },
        split,
        vectors,
        seeds: options.seeds,
        firstSeed: options.firstSeed,
        threads: options.threads ?? availableParallelism(),
      },
      control,
    );
  },
  settings: ({ seeds }) => ({ seeds: seeds.length, seed: seeds[0]?.seed ?? 0 }),
  settingNames: ["seeds", "seed"],
  notes: ({ id }, _, split) => (split === "val" ? [validationNote(id)] : []),
  comparison: recommendationComparison,
  report: recommendationReport,
  findings: clickFindings,
};
