import { throwIfAborted } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import { cutBatches } from "./batches.ts";
import type { EmbeddingPlan } from "./plan.ts";
import { Models } from "./runners/encoderThreads.ts";
import { openTokenizers } from "./runners/tokenizers.ts";

/** What a plan comes to, once its texts have been tokenized. */
export interface PlanMeasure {
  /** Tokens that will go through the model, without padding. */
  readonly tokens: number;
  /** The same with padding. */
  readonly paddedTokens: number;
  /** Texts that will be cut to the maximum length. */
  readonly overLongTexts: number;
  /** Every batch: its texts and the tokens of the longest. */
  readonly batches: readonly { readonly texts: number; readonly width: number }[];
}

/**
 * Tokenizes what a plan will embed and cuts it into the batches that the run will make. Exact.
 * @param threads tokenizing threads, at most
 */
export async function measurePlan(
  plan: EmbeddingPlan,
  threads: number,
  control: RunControl = {},
): Promise<PlanMeasure> {
  const windows = [...plan.resumedWindows, ...plan.newWindows];
  const total = windows.reduce((sum, window) => sum + window.texts.length, 0);
  const tokenizers = openTokenizers(plan.encoder, Math.min(threads, windows.length), control.signal);
  const batches: { texts: number; width: number }[] = [];
  let tokens = 0;
  let paddedTokens = 0;
  let overLongTexts = 0;
  let done = 0;
  try {
    for (let start = 0; start < windows.length; start += tokenizers.count) {
      const some = windows.slice(start, start + tokenizers.count);
      const tokenized = await Promise.all(some.map(({ texts }) => tokenizers.encode(texts)));
      throwIfAborted(control.signal);
      for (const [index, { texts, batchTokens }] of some.entries()) {
        const { lengths, truncated } = tokenized[index] ?? { lengths: [], truncated: [] };
        for (const { members, width } of cutBatches(lengths, batchTokens)) {
          if (members.every((member) => texts[member]?.stored === true)) continue;
          batches.push({ texts: members.length, width });
          paddedTokens += members.length * width;
          for (const member of members) {
            tokens += lengths[member] ?? 0;
            overLongTexts += truncated[member] ?? 0;
          }
        }
        done += texts.length;
      }
      control.onProgress?.({ stage: "tokenizing", done, total, unit: "papers" });
    }
  } finally {
    await tokenizers.close();
  }
  return { tokens, paddedTokens, overLongTexts, batches };
}

/** Batches that a probe runs: enough to see how the cost of a token depends on the length of its text. */
const probes = 5;

/**
 * Expected time of the measured batches on this machine: a few of them, from the longest to the shortest texts, are run and timed,
 * and the rest follows from the cost of a token at each length.
 * @returns milliseconds
 */
export async function probeMs(
  plan: EmbeddingPlan,
  measure: PlanMeasure,
  threads: number,
  control: RunControl = {},
): Promise<number> {
  const sorted = [...measure.batches].sort((a, b) => b.width - a.width);
  const chosen = Array.from(
    { length: Math.min(probes, sorted.length) },
    (_, index) => sorted[Math.floor((index * (sorted.length - 1)) / Math.max(1, probes - 1))],
  ).filter((batch) => batch !== undefined);
  const costs: { width: number; msPerToken: number }[] = [];
  const models = await Models.open(plan.encoder, threads, control.signal);
  try {
    const run = async ({ texts, width }: { texts: number; width: number }): Promise<number> => {
      throwIfAborted(control.signal);
      // The time does not depend on which tokens they are; id 0 exists in every vocabulary.
      const positions = plan.encoder.pooling === "words" ? Array.from({ length: texts }, () => Int32Array.of(0)) : null;
      const lengths = new Int32Array(texts).fill(width);
      const request = { ids: new Int32Array(texts * width), lengths, positions };
      // All sessions at once, as the run will have it: they share the machine's memory and its clock.
      const replies = await Promise.all(Array.from({ length: models.count }, () => models.call(request)));
      return Math.max(...replies.map(({ elapsedMs }) => elapsedMs)) / models.count;
    };
    // The first run of a session allocates its memory.
    if (chosen[0] !== undefined) await run(chosen[0]);
    for (const batch of chosen) {
      costs.push({ width: batch.width, msPerToken: (await run(batch)) / (batch.texts * batch.width) });
    }
  } finally {
    await models.close();
  }
  return measure.batches.reduce((sum, { texts, width }) => sum + texts * width * costAt(costs, width), 0);
}

/** The cost of a token at a length, between the two nearest probes. Probes come from the longest down. */
function costAt(costs: readonly { width: number; msPerToken: number }[], width: number): number {
  const below = costs.findIndex((probe) => probe.width <= width);
  const low = costs[below === -1 ? costs.length - 1 : below];
  const high = costs[Math.max(0, below - 1)] ?? low;
  if (low === undefined || high === undefined) return 0;
  if (below <= 0 || high.width === low.width) return low.msPerToken;
  const share = (width - low.width) / (high.width - low.width);
  return low.msPerToken + share * (high.msPerToken - low.msPerToken);
}
