import { createHash } from "node:crypto";
import type { EmbeddingPlan } from "../../plan.ts";
import type { Parcel } from "../runner.ts";

/** Before every key of ours in Redis. */
export const keyPrefix = "scidocs";

/** How long the result of a parcel waits to be taken, in seconds: a coordinator that was stopped finds it a day later. */
export const resultSeconds = 24 * 3600;

/**
 * Rises when parcels or replies look otherwise than before: builds that would take each other's for damaged share no queue. 2 since a parcel's
 * id is one of its bytes.
 */
export const parcelsVersion = 2;

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
  return `embed-${parcelsVersion}-${encoder.fingerprint.slice(0, 12)}-${hash.digest("hex").slice(0, 12)}`;
}

/** Whether a name is one that {@link queueName} gives, here or in another build. */
export function isQueueName(name: string): boolean {
  return /^embed-(?:\d{1,4}-)?[0-9a-f]{12}-[0-9a-f]{12}$/.test(name);
}

/** Whether what lies in a queue is understood here. */
export function isOwnQueue(name: string): boolean {
  return name.startsWith(`embed-${parcelsVersion}-`);
}

/**
 * The id of a parcel, from its texts, how they are batched, and what is sent of them: the same work has the same id, so that enqueuing it
 * again is harmless and its result is found again, and a worker sees by it whether what it got is what was sent. Never a whole number,
 * which the queue's library does not allow.
 * @param requests the bytes that are sent
 */
export function parcelId({ batches }: Parcel, requests: Uint8Array): string {
  const hash = createHash("sha256");
  for (const { texts } of batches) hash.update(`${texts.map(({ key }) => key).join(" ")}\n`);
  return `p${hash.digest("hex").slice(0, 24)}-${digestOf(requests)}`;
}

/** Whether a parcel's id is one of these bytes. */
export function isParcelOf(id: string, requests: Uint8Array): boolean {
  return id.endsWith(`-${digestOf(requests)}`);
}

/** Said by a worker of a parcel whose content is not what its id says. */
export const damagedParcel = "it came damaged to its worker, or without its content";

function digestOf(requests: Uint8Array): string {
  return createHash("sha256").update(requests).digest("hex").slice(0, 24);
}

/** The key under which the queue's library keeps a job. */
export function jobKey(queue: string, id: string): string {
  return `${keyPrefix}:${queue}:${id}`;
}

/** The key of a parcel's result. */
export function resultKey(queue: string, id: string): string {
  return `${keyPrefix}:result:${queue}:${id}`;
}
