import { readClassification } from "../../datasets/classification.ts";
import { idsOfClick, readClicks } from "../../datasets/clicks.ts";
import { type Dataset, whyNotScorable } from "../../datasets/dataset.ts";
import { isClassificationTask, isRankingTask } from "../../datasets/layout.ts";
import { readQrel } from "../../datasets/qrel.ts";
import { splits, type TaskId, taskIds } from "../../datasets/types.ts";
import { ScidocsError } from "../../errors.ts";

/** The papers that the benchmark judges an encoder by. */
export interface JudgedPapers {
  readonly ids: ReadonlySet<string>;
  /** Tasks whose val and test sets were read. */
  readonly tasks: readonly TaskId[];
  /** Why the other tasks were not read. */
  readonly absent: readonly string[];
}

/**
 * The papers that a dataset's val and test sets judge: those with a label, queries and candidates, and what a user of
 * the recommender was shown. What the tasks' own classifiers train on is not among them.
 * @throws ScidocsError `BAD_INPUT` for a broken label file or a dataset without a whole task
 */
export async function judgedPapers(dataset: Dataset): Promise<JudgedPapers> {
  const ids = new Set<string>();
  const tasks: TaskId[] = [];
  const absent: string[] = [];
  const add = (more: Iterable<string>): void => {
    for (const id of more) ids.add(id);
  };
  for (const task of taskIds) {
    const why = splits.map((split) => whyNotScorable(dataset, task, split)).find((reason) => reason !== null);
    if (why !== undefined) {
      absent.push(`${task}: ${why}`);
      continue;
    }
    tasks.push(task);
    if (isClassificationTask(task)) {
      const data = await readClassification(dataset, task);
      for (const split of splits) add(data[split].paperIds);
    } else if (isRankingTask(task)) {
      for (const split of splits) {
        for (const query of (await readQrel(dataset, task, split)).queries) add([query.queryId, ...query.candidateIds]);
      }
    } else {
      for (const split of splits) for (const click of await readClicks(dataset, split)) add(idsOfClick(click));
    }
  }
  if (tasks.length === 0) {
    throw new ScidocsError("BAD_INPUT", `${dataset.folder} has no task whole, so that nothing can be left out by it`);
  }
  return { ids, tasks, absent };
}
