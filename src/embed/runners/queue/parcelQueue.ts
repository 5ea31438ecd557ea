import type { Queue } from "bullmq";
import type { QueueCommands } from "./queueCommands.ts";
import { giveJobLife } from "./queueLife.ts";
import { jobKey } from "./queueNames.ts";
import type { ParcelJob } from "./queueWorker.ts";

/** How often a parcel is tried. */
export const attempts = 3;

/** Milliseconds between a parcel's attempts, so that another worker may have it. */
const backoffMs = 1000;

/** What became of a parcel that was handed out, as far as Redis knows. */
export type ParcelState = "under way" | "delayed" | "failed" | "unknown";

/** The parcels of one run in the queue's library. */
export interface ParcelQueue {
  /** Adding one that is there is ignored, so that a run which is started again finds its work. */
  readonly enqueue: (id: string, requests: Uint8Array) => Promise<void>;
  /** Hands out anew what has failed, or of which a part is gone. */
  readonly enqueueAnew: (id: string, requests: Uint8Array) => Promise<void>;
  readonly stateOf: (id: string) => Promise<ParcelState>;
  readonly whyFailed: (id: string) => Promise<string>;
  /** Has a parcel's next attempt begin. */
  readonly promote: (id: string) => Promise<void>;
}

/** The parcels for a model in a queue. */
export function parcelQueue(queue: Queue<ParcelJob, string>, redis: QueueCommands, fingerprint: string): ParcelQueue {
  const enqueue = async (id: string, requests: Uint8Array): Promise<void> => {
    const sent = { fingerprint, requests: Buffer.from(requests).toString("base64") };
    // What has failed stays, to be seen also where its event was lost.
    const options = { jobId: id, attempts, backoff: { type: "fixed", delay: backoffMs }, removeOnComplete: true };
    await queue.add("parcel", sent, options);
    await giveJobLife(redis, queue.name, id);
  };
  return {
    enqueue,
    enqueueAnew: async (id, requests) => {
      await queue.remove(id);
      // What is left of it where no list has it any more: adding would be ignored.
      await redis.del(jobKey(queue.name, id));
      await enqueue(id, requests);
    },
    stateOf: async (id) => {
      const state = await queue.getJobState(id);
      return state === "delayed" || state === "failed" || state === "unknown" ? state : "under way";
    },
    whyFailed: async (id) => (await queue.getJob(id))?.failedReason ?? "unknown",
    promote: async (id) => (await queue.getJob(id))?.promote(),
  };
}
