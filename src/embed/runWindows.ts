import type { RunControl } from "../progress.ts";
import { cutBatches, fairOrder } from "./batches.ts";
import type { EmbeddingPlan, PlannedText, PlannedWindow } from "./plan.ts";
import { Models, openTokenizers, requestOf, startsOf } from "./runners/encoderThreads.ts";
import type { InferenceReply } from "./runners/inference.ts";
import type { TokenizedWindow } from "./runners/tokenizeWorker.ts";

/** Called with each finished batch. */
export type OnBatch = (texts: readonly PlannedText[], truncated: readonly boolean[], reply: InferenceReply) => void;

/** What other processes do with the same store. */
export interface OthersWork {
  readonly isDone: (text: PlannedText) => boolean;
  /** Whether one may be at work. */
  readonly isShared: () => boolean;
  /** Takes in what they have stored. */
  readonly lookAtThem: () => Promise<void>;
}

/** Tokenizes windows ahead of the model and feeds its sessions their batches. */
export async function runWindows(
  plan: EmbeddingPlan,
  threads: number,
  { isDone, isShared, lookAtThem }: OthersWork,
  onBatch: OnBatch,
  control: RunControl,
): Promise<{ tokens: number; paddedTokens: number }> {
  let queue = [plan.resumedWindows, plan.newWindows].flatMap(inFairOrder);
  let isShuffled = false;
  const tokenizers = openTokenizers(plan.encoder, Math.min(4, threads, queue.length), control.signal);
  const models = await Models.open(plan.encoder, threads, control.signal);
  let tokens = 0;
  let paddedTokens = 0;
  try {
    const ahead: { window: PlannedWindow; tokenized: Promise<TokenizedWindow> }[] = [];
    const running = new Set<Promise<void>>();
    for (;;) {
      await lookAtThem();
      // Two processes at the same windows had better not meet at each of them.
      if (!isShuffled && isShared()) {
        queue = shuffled(queue);
        isShuffled = true;
      }
      while (ahead.length <= tokenizers.count) {
        const window = queue.shift();
        if (window === undefined) break;
        if (!window.texts.every(isDone)) ahead.push({ window, tokenized: quiet(tokenizers.encode(window.texts)) });
      }
      const next = ahead.shift();
      if (next === undefined) break;
      const { window } = next;
      const tokenized = await next.tokenized;
      const starts = startsOf(tokenized.lengths);
      for (const batch of cutBatches(tokenized.lengths, window.batchTokens)) {
        const texts = batch.members.map((member) => window.texts[member]).filter((text) => text !== undefined);
        // A batch is done whole or not at all: the last bits of a vector depend on its batch.
        if (texts.every(isDone)) continue;
        const request = requestOf(batch, tokenized, starts);
        const truncated = batch.members.map((member) => tokenized.truncated[member] === 1);
        tokens += request.ids.length;
        paddedTokens += batch.members.length * batch.width;
        const finished: Promise<void> = quiet(
          models.call(request).then((reply) => {
            onBatch(texts, truncated, reply);
            running.delete(finished);
          }),
        );
        running.add(finished);
        // One batch waits behind the one under way, so that no session is ever idle.
        if (running.size >= 2 * models.count) await Promise.race(running);
      }
    }
    await Promise.all(running);
    return { tokens, paddedTokens };
  } finally {
    await Promise.all([tokenizers.close(), models.close()]);
  }
}

/** Windows in an order that makes every stretch of the work a fair sample of the whole. */
function inFairOrder(windows: readonly PlannedWindow[]): PlannedWindow[] {
  return fairOrder(windows.length)
    .map((index) => windows[index])
    .filter((window) => window !== undefined);
}

/** The same in an order of this process alone. The vectors do not depend on it. */
function shuffled<T>(things: readonly T[]): T[] {
  const drawn = things.map((thing) => ({ thing, place: Math.random() }));
  return drawn.sort((a, b) => a.place - b.place).map(({ thing }) => thing);
}

/** Marks a promise's rejection as seen; whoever awaits it later still gets it. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
