import type { QueueCommands } from "./queueCommands.ts";
import { jobKey, keyPrefix, resultKey, resultSeconds } from "./queueNames.ts";

/**
 * What the queue's library keeps of a queue for good, beside the jobs: lists and sets of their ids, counters, the stream of events. What it
 * gives an end itself is left alone: by one such key it tells when to look for workers that have gone away.
 */
const keptOfQueue = [
  ...["meta", "id", "events", "marker", "wait", "paused", "active", "delayed", "prioritized", "waiting-children"],
  ...["completed", "failed", "stalled", "pc", "repeat", "de"],
] as const;

/**
 * Has a queue live a day from now. Whoever is at it says so again and again, so that what a run leaves which was killed, and is never
 * started again, goes by itself: the library gives its keys no end.
 */
export async function giveLife(redis: QueueCommands, queue: string): Promise<void> {
  await Promise.all(keptOfQueue.map((name) => redis.expire(`${keyPrefix}:${queue}:${name}`, resultSeconds)));
}

/** Has a job live a day from now. */
export async function giveJobLife(redis: QueueCommands, queue: string, id: string): Promise<void> {
  await redis.expire(jobKey(queue, id), resultSeconds);
}

/** Removes the results that nobody takes: a run that was killed amid a parcel had cut its texts otherwise. */
export async function dropResults(redis: QueueCommands, queue: string): Promise<void> {
  let cursor = "0";
  do {
    const [next, keys] = await redis.scan(cursor, "MATCH", resultKey(queue, "*"), "COUNT", 1000);
    if (keys.length > 0) await redis.del(keys);
    cursor = next;
  } while (cursor !== "0");
}
