import { join } from "node:path";
import type { Qrel, RankingTaskId, Split } from "../datasets/types.ts";
import { writeWhole } from "../files/writeWhole.ts";
import { trecQrelText, trecRunText } from "../tasks/ranking/trecFiles.ts";
import type { VectorTable } from "../vectors/vectorTable.ts";

/** What is exported of one ranking task. */
export interface RankedTask {
  readonly task: RankingTaskId;
  readonly split: Split;
  readonly qrel: Qrel;
  readonly vectors: VectorTable;
}

/**
 * Writes `TASK.SPLIT.qrel` and `TASK.SPLIT.run` into a folder, for trec_eval to check our scores with.
 * @throws ScidocsError `BAD_INPUT` when the folder cannot be written, or an id holds white space
 */
export async function exportRuns(folder: string, { task, split, qrel, vectors }: RankedTask): Promise<void> {
  await writeWhole(join(folder, `${task}.${split}.qrel`), trecQrelText({ qrel, vectors }));
  await writeWhole(join(folder, `${task}.${split}.run`), trecRunText({ qrel, vectors }));
}
