import type { RunControl } from "../progress.ts";
import { type Batch, cutBatches, fairOrder } from "./batches.ts";
import type { EmbeddingPlan, PlannedText, PlannedWindow } from "./plan.ts";
import { requestOf, startsOf } from "./runners/encoderThreads.ts";
import type { InferenceReply } from "./runners/inference.ts";
import type { OpenRunner } from "./runners/runner.ts";
import { openTokenizers } from "./runners/tokenizers.ts";
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

/** Threads that tokenize, at most: they keep ahead of any model. */
const mostTokenizers = 4;

/**
 * Tokenizes windows, cuts them into batches and hands these to a runner, as many as it can have under way.
 * @param threads of this process, for tokenizing
 */
export async function runWindows(
  plan: EmbeddingPlan,
  runner: OpenRunner,
  threads: number,
  { isDone, isShared, lookAtThem }: OthersWork,
  onBatch: OnBatch,
  control: RunControl,
): Promise<{ tokens: number; paddedTokens: number }> {
  let queue = [plan.resumedWindows, plan.newWindows].flatMap(inFairOrder);
  let isShuffled = false;
  const tokenizers = openTokenizers(plan.encoder, Math.min(mostTokenizers, threads, queue.length), control.signal);
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
      for (const parcel of parcelsOf(cutBatches(tokenized.lengths, window.batchTokens), runner.parcelTexts)) {
        const textsOf = (batch: Batch): PlannedText[] =>
          batch.members.map((member) => window.texts[member]).filter((text) => text !== undefined);
        // A batch is done whole or not at all: the last bits of a vector depend on its batch.
        const isBatchDone = (batch: Batch): boolean => textsOf(batch).every(isDone);
        if (parcel.every(isBatchDone)) continue;
        const batches = parcel.map((batch) => ({
          texts: textsOf(batch),
          request: requestOf(batch, tokenized, starts),
        }));
        for (const [at, { request }] of batches.entries()) {
          tokens += request.ids.length;
          paddedTokens += request.lengths.length * (parcel[at]?.width ?? 0);
        }
        const finished: Promise<void> = quiet(
          runner.run({ batches }).then((replies) => {
            for (const [at, batch] of parcel.entries()) {
              const reply = replies[at];
              if (reply === undefined || isBatchDone(batch)) continue;
              const truncated = batch.members.map((member) => tokenized.truncated[member] === 1);
              onBatch(textsOf(batch), truncated, reply);
            }
            running.delete(finished);
          }),
        );
        running.add(finished);
        while (running.size >= runner.capacity()) await Promise.race(running);
      }
    }
    await Promise.all(running);
    return { tokens, paddedTokens };
  } finally {
    await tokenizers.close();
  }
}

/**
 * Batches that travel together: neighbours, until they have enough texts. It depends on the window alone and not on what is done of it,
 * so that a run which is started again sends the same parcels.
 */
function parcelsOf(batches: readonly Batch[], texts: number): Batch[][] {
  const parcels: Batch[][] = [];
  let missing = 0;
  for (const batch of batches) {
    if (missing <= 0) {
      parcels.push([]);
      missing = texts;
    }
    parcels.at(-1)?.push(batch);
    missing -= batch.members.length;
  }
  return parcels;
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
