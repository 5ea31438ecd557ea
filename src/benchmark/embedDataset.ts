import type { Dataset } from "../datasets/dataset.ts";
import { neededPapers } from "../datasets/neededPapers.ts";
import { readPaperTexts } from "../datasets/papers.ts";
import type { Split, TaskId } from "../datasets/types.ts";
import { type EmbeddingPlan, type PapersOfFile, type PlanOptions, planEmbedding } from "../embed/plan.ts";
import type { Encoder } from "../encoders/encoder.ts";
import type { RunControl } from "../progress.ts";

/**
 * Plans the embedding of the papers that some tasks need on a split: each paper once, each distinct text once. Papers that the
 * label files name and the metadata do not have are left out here and counted as missing by the tasks.
 * @throws ScidocsError `BAD_INPUT` for broken label or metadata files, `INTERRUPTED`
 */
export async function planDatasetEmbedding(
  dataset: Dataset,
  tasks: readonly TaskId[],
  split: Split,
  encoder: Encoder,
  options: PlanOptions = {},
  control: RunControl = {},
): Promise<EmbeddingPlan> {
  const papersByFile: PapersOfFile[] = [];
  for (const { file, name, ids } of await neededPapers(dataset, tasks, split)) {
    const { papers } = await readPaperTexts(file, ids, control);
    papersByFile.push({ file: name, papers: [...papers.values()] });
  }
  return planEmbedding(papersByFile, encoder, options, control);
}
