import { parseQrel } from "../../datasets/qrel.ts";
import type { DatasetReading } from "../../datasets/reading.ts";
import type { Qrel, Split } from "../../datasets/types.ts";
import type { LabelFile, LabelFileContents } from "../taskFamily.ts";

/** What a file of judgements holds. */
export interface Judgements extends LabelFileContents, Qrel {}

function parse(text: string, file: string): Judgements {
  const qrel = parseQrel(text, file);
  const paperIds = qrel.queries.flatMap(({ queryId, candidateIds }) => [queryId, ...candidateIds]);
  return { ...qrel, count: qrel.queries.length, paperIds };
}

const pathOf = (folder: string, split: Split): string => `${folder}/${split}.qrel`;

/** The split's judgements. */
export function judgementFiles(folder: string, split: Split): LabelFile[] {
  return [{ path: pathOf(folder, split), unit: "queries", parse }];
}

/** The judgements of a ranking task and split. */
export function readJudgements(reading: DatasetReading, folder: string, split: Split): Promise<Judgements> {
  return reading.labels(pathOf(folder, split), parse);
}
