import { createHash } from "node:crypto";
import type { EmbeddingPlan } from "../../plan.ts";
import type { Parcel } from "../runner.ts";

/** Before every key of ours in Redis. */
export const keyPrefix = "scidocs";

/** How long the result of a parcel waits to be taken, in seconds: a coordinator that was stopped finds it a day later. */
export const resultSeconds = 24 * 3600;

/**
 * The queue of a plan: named after the model's fingerprint and all texts, those included that are embedded already, so that a
 * coordinator that is started again finds its queue, and another one's plan has another.
 */
export function queueName({
  encoder,
  texts,
  batchTokens,
}: Pick<EmbeddingPlan, "encoder" | "texts" | "batchTokens">): string {
  const hash = createHash("sha256").update(`${batchTokens}\n`);
  for (const key of texts.map((text) => text.key).sort()) hash.update(`${key}\n`);
  return `embed-${encoder.fingerprint.slice(0, 12)}-${hash.digest("hex").slice(0, 12)}`;
}

/** Whether a name is one that {@link queueName} gives. */
export function isQueueName(name: string): boolean {
  return /^embed-[0-9a-f]{12}-[0-9a-f]{12}$/.test(name);
}

/**
 * The id of a parcel, from its texts and how they are batched: the same work has the same id, so that enqueuing it again is harmless
 * and its result is found again. Never a whole number, which the queue's library does not allow.
 */
export function parcelId({ batches }: Parcel): string {
  const hash = createHash("sha256");
  for (const { texts } of batches) hash.update(`${texts.map(({ key }) => key).join(" ")}\n`);
  return `p${hash.digest("hex").slice(0, 40)}`;
}

/** The key of a parcel's result. */
export function resultKey(queue: string, id: string): string {
  return `${keyPrefix}:result:${queue}:${id}`;
}
