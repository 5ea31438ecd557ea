import { z } from "zod";
import { classificationResult } from "./classification/classificationResult.ts";
import { rankingResult } from "./ranking/rankingResult.ts";
import { recommendationResult } from "./recommendation/recommendationResult.ts";

const skippedTask = z.object({
  kind: z.literal("skipped"),
  /** Why it did not run, as a reader should see it. */
  reason: z.string(),
});
export type SkippedTask = z.infer<typeof skippedTask>;

/** What a record says of a task: the result of a family, or why it did not run. A new family's result is one line here. */
export const taskResult = z.discriminatedUnion("kind", [
  classificationResult,
  rankingResult,
  recommendationResult,
  skippedTask,
]);
export type TaskResult = z.infer<typeof taskResult>;
