import { type Dataset, whyNotEmbeddable, whyNotScorable } from "../datasets/dataset.ts";
import { type Split, type TaskId, taskIds } from "../datasets/types.ts";
import { ScidocsError } from "../errors.ts";
import { taskOf, type VectorGroup } from "../suites/scidocs/scidocs.ts";

/** Which tasks will run, and why the others will not. */
export interface SuitePlan {
  readonly split: Split;
  /** In table order. */
  readonly tasks: readonly TaskId[];
  readonly skipped: ReadonlyMap<TaskId, string>;
}

/** What a plan is made for. */
export interface SuiteRequest {
  /** The tasks that were named; null for as many as there are. A named task that cannot run is an error, others are skipped. */
  readonly tasks: readonly TaskId[] | null;
  readonly split: Split;
  /** Whether the papers' texts are needed (embedding) or vectors are there. */
  readonly texts: boolean;
  /** The groups of vectors that are given; null for all. */
  readonly groups: ReadonlySet<VectorGroup> | null;
}

/**
 * Decides what runs before anything slow does.
 * @throws ScidocsError `NOT_FOUND` when a named task, or every task, lacks its files; `USAGE` when it lacks its vectors
 */
export function planSuite(dataset: Dataset, request: SuiteRequest): SuitePlan {
  const tasks: TaskId[] = [];
  const skipped = new Map<TaskId, string>();
  for (const task of taskIds) {
    if (request.tasks !== null && !request.tasks.includes(task)) {
      skipped.set(task, "not asked for");
      continue;
    }
    const group = taskOf(task).vectors;
    const lacksVectors = request.groups !== null && !request.groups.has(group);
    const reason = lacksVectors
      ? `no --${group} vectors given`
      : (request.texts ? whyNotEmbeddable : whyNotScorable)(dataset, task, request.split);
    if (reason === null) tasks.push(task);
    else if (request.tasks === null) skipped.set(task, reason);
    else throw new ScidocsError(lacksVectors ? "USAGE" : "NOT_FOUND", `task ${task} cannot run: ${reason}`);
  }
  if (tasks.length === 0) {
    const reasons = [...skipped].map(([task, reason]) => `  ${task}: ${reason}`).join("\n");
    throw new ScidocsError("NOT_FOUND", `no task can run on ${dataset.folder}:\n${reasons}`);
  }
  return { split: request.split, tasks, skipped };
}
