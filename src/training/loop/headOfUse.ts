import { firstToken } from "../heads/firstToken.ts";
import type { BatchParts } from "./batchStep.ts";
import type { OpenTraining } from "./openTraining.ts";

/**
 * The head by which the model is used when it has been trained: a pooler is trained with, but the published models are used without it, and
 * so is a folder given to `scidocs run`.
 */
export function openHeadOfUse({ parts, parameters, job }: OpenTraining): Pick<BatchParts, "head" | "headKind"> {
  if (parts.headKind.id !== "pooler") return { head: parts.head, headKind: parts.headKind };
  return { headKind: firstToken, head: firstToken.open(parts.network, parameters, { threads: job.threads }) };
}
