import type { RunControl } from "../progress.ts";
import { type EmbeddingPlan, planEmbedding } from "./plan.ts";
import type { EmbeddingStore } from "./store/store.ts";

/**
 * Whether a plan for several encoders together is the work that each of them would have alone, in the same windows: then each batch has
 * the members that it would have, and each vector the same bits. It is not where one has embedded more before, or other papers.
 * @param stores one an encoder
 */
export async function isWorkOfEach(
  together: EmbeddingPlan,
  stores: readonly EmbeddingStore[],
  control: RunControl = {},
): Promise<boolean> {
  const { encoder, batchTokens, texts } = together;
  const papers = texts.map(({ paperIds, title, abstract }) => ({ id: paperIds[0] ?? "", title, abstract }));
  const planned = new Set(windowsOf(together));
  for (const store of stores) {
    const alone = windowsOf(await planEmbedding([{ file: "", papers }], encoder, { batchTokens, store }, control));
    // A kill may have come between two stores, so that one of them has a window to end which the other has not.
    if (alone.length < Math.max(1, planned.size - 1) || !alone.every((window) => planned.has(window))) return false;
  }
  return true;
}

function windowsOf({ resumedWindows, newWindows }: EmbeddingPlan): string[] {
  return [...resumedWindows, ...newWindows].map(({ texts }) => texts.map(({ key }) => key).join());
}
