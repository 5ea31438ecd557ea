import type { Split } from "../datasets/types.ts";
import { ScidocsError } from "../errors.ts";
import { type Dataset, whyNotEmbeddable, whyNotScorable } from "../suites/dataset.ts";
import type { Task } from "../suites/suite.ts";

/** Why a task does not run that others were named instead of. */
export const notAskedFor = "not asked for";

/** Which tasks will run, and why the others will not. */
export interface SuitePlan {
  readonly split: Split;
  /** In table order. */
  readonly tasks: readonly Task[];
  readonly skipped: ReadonlyMap<Task, string>;
}

/** What a plan is made for. */
export interface SuiteRequest {
  /** The tasks that were named; null for as many as there are. A named task that cannot run is an error, others are skipped. */
  readonly tasks: readonly string[] | null;
  readonly split: Split;
  /** Whether the papers' texts are needed (embedding) or vectors are there. */
  readonly texts: boolean;
  /** The groups of vectors that are given; null for all. */
  readonly groups: ReadonlySet<string> | null;
}

/**
 * Decides what runs before anything slow does.
 * @throws ScidocsError `NOT_FOUND` when a named task, or every task, lacks its files; `USAGE` when it lacks its vectors,
 *   or the suite has no such task
 */
export function planSuite(dataset: Dataset, request: SuiteRequest): SuitePlan {
  const { suite } = dataset;
  const stranger = request.tasks?.find((name) => !suite.tasks.some(({ id }) => id === name));
  if (stranger !== undefined) {
    const known = suite.tasks.map(({ id }) => id).join(", ");
    throw new ScidocsError("USAGE", `${suite.label} has no task called ${stranger}; the tasks are ${known}`);
  }
  const tasks: Task[] = [];
  const skipped = new Map<Task, string>();
  for (const task of suite.tasks) {
    if (request.tasks !== null && !request.tasks.includes(task.id)) {
      skipped.set(task, notAskedFor);
      continue;
    }
    const lacksVectors = request.groups !== null && !request.groups.has(task.vectors);
    const reason = lacksVectors
      ? `no --${task.vectors} vectors given`
      : (request.texts ? whyNotEmbeddable : whyNotScorable)(dataset, task, request.split);
    if (reason === null) tasks.push(task);
    else if (request.tasks === null) skipped.set(task, reason);
    else throw new ScidocsError(lacksVectors ? "USAGE" : "NOT_FOUND", `task ${task.id} cannot run: ${reason}`);
  }
  if (tasks.length === 0) {
    const reasons = [...skipped].map(([task, reason]) => `  ${task.id}: ${reason}`).join("\n");
    throw new ScidocsError("NOT_FOUND", `no task can run on ${dataset.folder}:\n${reasons}`);
  }
  return { split: request.split, tasks, skipped };
}
