import { classificationContradictions } from "./classification/classificationContradictions.ts";
import { rankingContradictions } from "./ranking/rankingContradictions.ts";
import { recommendationContradictions } from "./recommendation/recommendationContradictions.ts";
import type { FamilyResult, TaskFamily } from "./taskFamily.ts";
import type { SkippedTask, TaskResult } from "./taskResult.ts";

export type { SkippedTask, TaskResult } from "./taskResult.ts";

/** The result of a task that ran. */
export type ScoredTask = Exclude<TaskResult, SkippedTask>;

/** Whether a task ran. */
export function ran(result: TaskResult | undefined): result is ScoredTask {
  return result !== undefined && result.kind !== "skipped";
}

/** Why a task did not run; null where it did. */
export function whySkipped(result: TaskResult | undefined): string | null {
  if (result === undefined) return "not in the record";
  return result.kind === "skipped" ? result.reason : null;
}

/** A result as its family knows it; null where the task did not run, or was scored by another family. */
export function resultOf(family: TaskFamily, result: TaskResult | undefined): ScoredTask | null {
  return ran(result) && result.kind === family.kind ? result : null;
}

/** What a family scored, as a record holds it: families name their results' kinds, and all of them stand above. */
export function recorded(result: FamilyResult): ScoredTask {
  return result as ScoredTask;
}

/** In what a family's result contradicts itself, by kind. A new family's is one line here. */
const contradictions: {
  readonly [Kind in ScoredTask["kind"]]: (result: Extract<ScoredTask, { kind: Kind }>) => string[];
} = {
  classification: classificationContradictions,
  ranking: rankingContradictions,
  recommendation: recommendationContradictions,
};

/** In what a result contradicts itself: rows of two lengths, a score that does not follow from them. Empty where it holds together. */
export function contradictionsOf(result: TaskResult): string[] {
  if (!ran(result)) return [];
  return (contradictions[result.kind] as (own: ScoredTask) => string[])(result);
}
