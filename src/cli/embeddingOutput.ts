import { availableParallelism } from "node:os";
import type { EmbeddingResult } from "../embed/embedPapers.ts";
import { measurePlan, probeMs } from "../embed/measurePlan.ts";
import type { EmbeddingPlan } from "../embed/plan.ts";
import { planText } from "../embed/planText.ts";
import { requireSpace } from "../embed/store/store.ts";
import type { RunControl } from "../progress.ts";
import type { CliContext } from "./context.ts";
import { type EncoderFlags, plannedStore } from "./encoderFlags.ts";

/**
 * Prints what an embedding run would do, with the time that a short probe foretells.
 * @throws ScidocsError `UNAVAILABLE` after printing when the disk is too small for the store
 */
export async function printPlan(
  plan: EmbeddingPlan,
  flags: EncoderFlags & { readonly threads?: number },
  context: CliContext,
  control: RunControl,
): Promise<void> {
  const threads = flags.threads ?? availableParallelism();
  const measure = await measurePlan(plan, threads, control);
  const expectedMs = await probeMs(plan, measure, threads, control);
  const folder = plannedStore(flags, plan.encoder, context);
  context.stdout(planText(plan, { measure, expectedMs, store: folder }));
  if (folder !== null && plan.storeBytes !== null) await requireSpace(folder, plan.storeBytes);
}

/** One line on what was embedded, reused, cut and empty. */
export function embeddingSummary(plan: EmbeddingPlan, result: EmbeddingResult): string {
  const perSecond = (1000 * result.embeddedTexts) / Math.max(1, result.elapsedMs);
  const rate =
    result.embeddedTexts === 0 ? "" : ` (${perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(3)}/s)`;
  return (
    `${result.table.ids.length} papers: ${result.embeddedTexts} texts embedded${rate}, ${result.reusedTexts} taken from the store, ` +
    `${result.truncatedPapers.size} papers cut to ${plan.encoder.maxLength} tokens, ` +
    `${result.emptyPapers.size} without title and abstract`
  );
}
