import { splits } from "../../datasets/types.ts";
import { ScidocsError } from "../../errors.ts";
import { type Dataset, whyNotScorable } from "../../suites/dataset.ts";
import { readSuite } from "../../suites/suiteReading.ts";

/** The papers that the benchmark judges an encoder by. */
export interface JudgedPapers {
  readonly ids: ReadonlySet<string>;
  /** Names of the tasks whose val and test sets were read. */
  readonly tasks: readonly string[];
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
  const tasks: string[] = [];
  const absent: string[] = [];
  for (const task of dataset.suite.tasks) {
    const why = splits.map((split) => whyNotScorable(dataset, task, split)).find((reason) => reason !== null);
    if (why !== undefined) {
      absent.push(`${task.id}: ${why}`);
      continue;
    }
    tasks.push(task.id);
    for (const split of splits) {
      const data = await readSuite(dataset, [task], split).data(task);
      for (const id of task.family.judged(data, split)) ids.add(id);
    }
  }
  if (tasks.length === 0) {
    throw new ScidocsError("BAD_INPUT", `${dataset.folder} has no task whole, so that nothing can be left out by it`);
  }
  return { ids, tasks, absent };
}
