import type { Split } from "../../datasets/types.ts";
import { noFindings, type TaskFamily } from "../taskFamily.ts";
import { scoreRanking } from "./ranking.ts";
import { rankingComparison } from "./rankingComparison.ts";
import { type Judgements, judgementFiles, readJudgements } from "./rankingData.ts";
import { rankingReport } from "./rankingReport.ts";
import type { RankingResult } from "./rankingResult.ts";
import { trecQrelText, trecRunText } from "./trecFiles.ts";

const qrelName = (task: string, split: Split): string => `${task}.${split}.qrel`;
const runName = (task: string, split: Split): string => `${task}.${split}.run`;

/** Tasks that rank each query's own candidates by the distance of their vectors, judged as trec_eval does. */
export const ranking: TaskFamily<Judgements, RankingResult> = {
  kind: "ranking",
  columns: [
    { suffix: "map", metric: "MAP", value: (result) => result.map },
    { suffix: "ndcg", metric: "nDCG", value: (result) => result.ndcg },
  ],
  labelFiles: judgementFiles,
  filesRead: judgementFiles,
  scoresFromMetadata: false,
  sideBySide: false,
  read: (reading, { folder }, split) => readJudgements(reading, folder, split),
  papers: (data) => data.paperIds,
  judged: (data) => data.paperIds,
  score: async ({ data, vectors }) => scoreRanking({ qrel: data, vectors }),
  exportNames: ({ id }, split) => [qrelName(id, split), runName(id, split)],
  exports: ({ task, split, data, vectors }) => [
    { name: qrelName(task.id, split), text: trecQrelText({ qrel: data, vectors }) },
    { name: runName(task.id, split), text: trecRunText({ qrel: data, vectors }) },
  ],
  settings: () => ({}),
  settingNames: [],
  notes: () => [],
  comparison: rankingComparison,
  report: rankingReport,
  findings: () => noFindings,
};
