import type { ClassificationData, RecommendationData, Split } from "../../src/datasets/types.ts";
import type { Dataset } from "../../src/suites/dataset.ts";
import { taskOf } from "../../src/suites/suite.ts";
import { readSuite, type SuiteReading } from "../../src/suites/suiteReading.ts";
import type { Judgements } from "../../src/tasks/ranking/rankingData.ts";
import type { ClickData } from "../../src/tasks/recommendation/recommendationData.ts";

/** A reading of some tasks, by name. */
export function readTasks(dataset: Dataset, tasks: readonly string[], split: Split = "test"): SuiteReading {
  return readSuite(
    dataset,
    tasks.map((id) => taskOf(dataset.suite, id)),
    split,
  );
}

async function dataOf(dataset: Dataset, task: string, split: Split = "test"): Promise<unknown> {
  return readTasks(dataset, [task], split).data(taskOf(dataset.suite, task));
}

export async function readClassification(dataset: Dataset, task: string): Promise<ClassificationData> {
  return (await dataOf(dataset, task)) as ClassificationData;
}

export async function readQrel(dataset: Dataset, task: string, split: Split): Promise<Judgements> {
  return (await dataOf(dataset, task, split)) as Judgements;
}

export async function readRecommendation(dataset: Dataset): Promise<RecommendationData> {
  const task = taskOf(dataset.suite, "recomm");
  const reading = readTasks(dataset, ["recomm"]);
  return { ...((await reading.data(task)) as ClickData), papers: await reading.metadata(task) };
}

export async function papersOfTask(dataset: Dataset, task: string, split: Split): Promise<ReadonlySet<string>> {
  return readTasks(dataset, [task], split).papersOf(taskOf(dataset.suite, task));
}
