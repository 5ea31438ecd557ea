import { availableParallelism, hostname } from "node:os";
import { interrupted, ScidocsError } from "../../../errors.ts";
import { printable } from "../../../printable.ts";
import type { RunControl } from "../../../progress.ts";
import { scidocsVersion } from "../../../version.ts";
import type { EmbeddingPlan } from "../../plan.ts";
import type { InferenceReply } from "../inference.ts";
import type { OpenRunner, Parcel, WindowRunner } from "../runner.ts";
import { decodeReply, encodeRequests } from "./parcelBytes.ts";
import { announce, type CoordinatorSign, onArrival, signMs } from "./presence.ts";
import type { QueueAddress } from "./queueAddress.ts";
import { closed, openQueueConnection, patienceMs, type QueueConnection, requireNoEviction } from "./queueConnection.ts";
import { keyPrefix, parcelId, queueName, resultKey } from "./queueNames.ts";
import { openQueueWorker, type ParcelJob, type QueueWorker } from "./queueWorker.ts";
import { WorkerTally } from "./workerTally.ts";
import { WorkerWatch } from "./workerWatch.ts";

/** How a run has its windows embedded by workers on other machines. */
export interface QueueOptions {
  readonly address: QueueAddress;
  /** Parcels under way at most; default four for each session of the workers that are there. */
  readonly inFlight?: number | undefined;
  /** Threads that embed here too; default none. */
  readonly threads?: number | undefined;
  /** Version of ONNX Runtime here, for comparison with the workers'. */
  readonly onnxruntime: string;
  /** How workers that see the same files may open the model. */
  readonly model?: CoordinatorSign["model"] | undefined;
  readonly lockMs?: number | undefined;
  /** How long a Redis that is away is waited for, in milliseconds; default a minute. */
  readonly patienceMs?: number | undefined;
  /** Hears what people should know while the work goes on. */
  readonly onNote: (note: string) => void;
}

/** Texts of a parcel: enough that sending it costs little, few enough that a lost one does. */
export const parcelTexts = 32;

/** Parcels under way for each session of a worker, so that none waits for the network. */
const parcelsEach = 4;

/** How often a parcel is tried. */
const attempts = 3;

/** Said of a parcel whose replies are all damaged. */
const refusedReply =
  "every reply was damaged, for another parcel, or with vectors of another length; has each worker the same scidocs as this run?";

/** Milliseconds between two looks at what is under way: events get lost with the Redis that had them. */
const lookMs = 2000;

interface Pending {
  readonly parcel: Parcel;
  readonly counts: readonly number[];
  readonly since: number;
  readonly resolve: (replies: readonly InferenceReply[]) => void;
  readonly reject: (error: Error) => void;
  taking: boolean;
  /** Replies that could not be taken. */
  refused: number;
}

/** Embeds with workers that take parcels from a queue on Redis. */
export function queueRunner(options: QueueOptions): WindowRunner {
  return {
    open: async (plan, control) => {
      const connection = await openQueueConnection(options.address);
      try {
        requireNoEviction(connection.server, options.address);
        return await openCoordinator(plan, connection, options, control);
      } catch (error) {
        connection.close();
        throw error;
      }
    },
  };
}

async function openCoordinator(
  plan: EmbeddingPlan,
  connection: QueueConnection,
  options: QueueOptions,
  control: RunControl,
): Promise<OpenRunner> {
  const { Queue, QueueEvents } = await import("bullmq");
  const { redis, address } = connection;
  const { encoder } = plan;
  const name = queueName(plan);
  const shared = { connection: connection.client(), prefix: keyPrefix };
  const queue = new Queue<ParcelJob, string>(name, { ...shared, streams: { events: { maxLen: 1000 } } });
  const events = new QueueEvents(name, shared);
  // Without listeners, a lost connection would end the process.
  queue.on("error", () => {});
  events.on("error", () => {});

  const pending = new Map<string, Pending>();
  const tally = new WorkerTally({ scidocs: scidocsVersion(), onnxruntime: options.onnxruntime });
  const watch = new WorkerWatch(plan.encoder, connection, options);
  /** Numbers of a vector: as the model says, else as the first reply has. */
  let dimensions = encoder.dimensions;
  let failure: Error | null = null;
  let own: QueueWorker | null = null;

  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
  };

  const enqueue = async (id: string, parcel: Parcel): Promise<void> => {
    const requests = encodeRequests(parcel.batches.map(({ request }) => request)).toString("base64");
    await queue.add(
      "parcel",
      { fingerprint: encoder.fingerprint, requests },
      // Adding one that is there is ignored, so that a run which is started again finds its work.
      { jobId: id, attempts, backoff: { type: "fixed", delay: 1000 }, removeOnComplete: true, removeOnFail: true },
    );
  };

  /** Takes a parcel's result out of Redis; false when it is not there. */
  const take = async (id: string): Promise<boolean> => {
    const entry = pending.get(id);
    if (entry === undefined || entry.taking) return true;
    entry.taking = true;
    try {
      const bytes = await redis.getdelBuffer(resultKey(name, id));
      if (bytes === null) return false;
      const reply = decodeReply(id, bytes, entry.counts);
      const width = reply?.replies[0]?.dimensions;
      if (reply === null || width !== (dimensions ?? width)) {
        entry.refused += 1;
        if (entry.refused === attempts) failParcel(id, refusedReply);
        return false;
      }
      dimensions ??= width ?? null;
      tally.add(
        reply.worker,
        entry.counts.reduce((sum, count) => sum + count, 0),
      );
      pending.delete(id);
      entry.resolve(reply.replies);
      return true;
    } finally {
      entry.taking = false;
    }
  };

  /** Results that nobody takes: a run that was killed amid a parcel had cut its texts otherwise. */
  const dropResults = async (): Promise<void> => {
    let cursor = "0";
    do {
      const [next, keys] = await redis.scan(cursor, "MATCH", resultKey(name, "*"), "COUNT", 1000);
      if (keys.length > 0) await redis.del(keys);
      cursor = next;
    } while (cursor !== "0");
  };

  const failParcel = (id: string, reason: string): void => {
    const entry = pending.get(id);
    if (entry === undefined) return;
    const papers = entry.parcel.batches.flatMap(({ texts }) => texts.map(({ paperIds }) => paperIds[0] ?? "?"));
    const why = /stalled/.test(reason) ? "every worker that took it went away" : printable(reason, 400);
    fail(
      new ScidocsError(
        "UNAVAILABLE",
        `some papers could not be embedded in ${attempts} attempts: ${why}; they are ${papers.map((paper) => printable(paper)).join(", ")}`,
      ),
    );
  };

  events.on("completed", ({ jobId }) => void take(jobId).catch(() => {}));
  events.on("failed", ({ jobId, failedReason }) => failParcel(jobId, failedReason));

  /** Looks at every parcel that has been under way for a while: its result may be there, or it may be lost with the Redis that had it. */
  const lookAtPending = async (): Promise<void> => {
    const old = [...pending].filter(([, { since }]) => performance.now() - since > lookMs);
    for (const [id, { parcel }] of old) {
      if (await take(id)) continue;
      const state = await queue.getJobState(id);
      if (state === "failed") failParcel(id, (await queue.getJob(id))?.failedReason ?? "unknown");
      // It may have been finished between the two questions.
      else if (state === "unknown" && !(await take(id))) await enqueue(id, parcel);
    }
  };

  const lookAtWorkers = async (): Promise<void> => {
    await watch.look(name);
    for (const worker of watch.workers) tally.know(worker);
  };

  const look = async (): Promise<void> => {
    await lookAtWorkers();
    await lookAtPending();
  };
  const mostPatientMs = options.patienceMs ?? patienceMs;
  let isLooking = false;
  let troubledSince: number | null = null;
  const lookOnce = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      await look();
      troubledSince = null;
    } catch (error) {
      // A connection that is lost meanwhile comes back or is given up by the clock; a Redis that refuses, its disk being full, is not.
      troubledSince ??= performance.now();
      const reason = error instanceof Error ? error.message : String(error);
      if (connection.lostForMs() === 0 && performance.now() - troubledSince > mostPatientMs) {
        const said = `${address.shown} refuses to work: ${printable(reason, 200)}`;
        // Our own commands say so already.
        fail(error instanceof ScidocsError ? error : new ScidocsError("UNAVAILABLE", said, { cause: error }));
      }
    } finally {
      isLooking = false;
    }
  };
  const clock = setInterval(() => {
    const lostMs = connection.lostForMs();
    if (lostMs > mostPatientMs) {
      fail(
        new ScidocsError(
          "UNAVAILABLE",
          `${address.shown} has been away for ${Math.round(lostMs / 1000)} s; what was embedded is stored, and the same command goes on when it is back`,
        ),
      );
    } else if (lostMs === 0) void lookOnce();
  }, signMs);

  const stop = (): void => fail(interrupted());
  control.signal?.addEventListener("abort", stop, { once: true });

  const close = async (): Promise<void> => {
    clearInterval(clock);
    control.signal?.removeEventListener("abort", stop);
    await own?.close();
    const isThere = connection.lostForMs() === 0;
    if (isThere) await watch.leave(name).catch(() => {});
    // A run that is done leaves nothing behind; one that was stopped leaves its work, to be found again.
    if (isThere && failure === null && pending.size === 0) {
      await queue.obliterate({ force: true }).catch(() => {});
      await dropResults().catch(() => {});
    }
    await Promise.all([closed(events), closed(queue)]);
    connection.close();
  };

  try {
    await lookAtWorkers();
    onArrival(connection, () => void lookOnce());
    await announce(redis);
    if ((options.threads ?? 0) > 0) {
      own = await openQueueWorker({
        connection,
        encoder,
        threads: Math.min(options.threads ?? 0, availableParallelism()),
        name: hostname(),
        onnxruntime: options.onnxruntime,
        lockMs: options.lockMs,
        onNote: options.onNote,
      });
    }
  } catch (error) {
    await close();
    throw error;
  }

  return {
    parcelTexts,
    capacity: () => options.inFlight ?? Math.max(parcelsEach, parcelsEach * watch.sessions()),
    run: async (parcel) => {
      if (failure !== null) throw failure;
      const id = parcelId(parcel);
      const counts = parcel.batches.map(({ texts }) => texts.length);
      const result = new Promise<readonly InferenceReply[]>((resolve, reject) => {
        pending.set(id, { parcel, counts, since: performance.now(), resolve, reject, taking: false, refused: 0 });
      });
      const begin = async (): Promise<void> => {
        // A worker may have finished it while nobody was waiting.
        if (!(await take(id))) await enqueue(id, parcel);
      };
      // Not waited for: while Redis is away its answers do not come. What fails is tried again at the next look, and that ends it too.
      begin().catch(() => {});
      return result;
    },
    detail: () => tally.text(watch.workers, pending.size),
    notes: async () => {
      // One that came and did its part between two looks has said who it is by now.
      if (connection.lostForMs() === 0) await lookAtWorkers().catch(() => {});
      return tally.notes();
    },
    close,
  };
}
