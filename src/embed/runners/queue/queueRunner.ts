import { availableParallelism, hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { interrupted, ScidocsError } from "../../../errors.ts";
import { printable } from "../../../printable.ts";
import type { RunControl } from "../../../progress.ts";
import { scidocsVersion } from "../../../version.ts";
import type { EmbeddingPlan } from "../../plan.ts";
import type { InferenceReply } from "../inference.ts";
import type { OpenRunner, Parcel, WindowRunner } from "../runner.ts";
import { decodeReply, encodeRequests } from "./parcelBytes.ts";
import { attempts, parcelQueue } from "./parcelQueue.ts";
import { announce, type CoordinatorSign, onArrival, signMs } from "./presence.ts";
import type { QueueAddress } from "./queueAddress.ts";
import { tellOnce } from "./queueCommands.ts";
import { closed, openQueueConnection, type QueueConnection, requireNoEviction } from "./queueConnection.ts";
import { dropResults, giveJobLife, giveLife } from "./queueLife.ts";
import { damagedParcel, keyPrefix, parcelId, queueName, resultKey } from "./queueNames.ts";
import { openQueueWorker, type ParcelJob, type QueueWorker } from "./queueWorker.ts";
import { lookRegularly } from "./regularLooks.ts";
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

/** Said of a parcel whose replies are all damaged. */
const refusedReply =
  "every reply was damaged, for another parcel, or with vectors of another length; has each worker the same scidocs as this run?";

/** Milliseconds between two looks at what is under way: events get lost with the Redis that had them. */
const lookMs = 2000;

interface Pending {
  readonly parcel: Parcel;
  /** What is sent of it. */
  readonly requests: Buffer;
  readonly counts: readonly number[];
  readonly since: number;
  readonly resolve: (replies: readonly InferenceReply[]) => void;
  readonly reject: (error: Error) => void;
  taking: boolean;
  /** Replies that could not be taken. */
  refused: number;
  /** Whether it is in the queue by this run's doing; what has failed before that is no concern of it. */
  handedOut: boolean;
  /** How often it came damaged to a worker. */
  damaged: number;
  /** Whether it was waiting for its next attempt at the last look. */
  delayed: boolean;
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
  const events = new QueueEvents(name, { ...shared, autorun: false });
  // Without listeners, a lost connection would end the process.
  queue.on("error", () => {});
  const tell = tellOnce(options.onNote, address);
  events.on("error", tell);
  /** The library gives listening up at the first event that it cannot read. */
  const listen = async (): Promise<void> => {
    while (events.closing === undefined) {
      await events.run().catch(tell);
      await pause(signMs, undefined, { ref: false });
    }
  };

  const parcels = parcelQueue(queue, redis, encoder.fingerprint);
  const pending = new Map<string, Pending>();
  const tally = new WorkerTally({ scidocs: scidocsVersion(), onnxruntime: options.onnxruntime });
  const watch = new WorkerWatch(plan.encoder, connection, options);
  /** Numbers of a vector: as the model says, else as the first reply has. */
  let dimensions = encoder.dimensions;
  /** What a worker's trial of the model has found. */
  let modelNote: string | null = null;
  let failure: Error | null = null;
  let own: QueueWorker | null = null;

  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
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
      if (reply.note !== null) modelNote ??= printable(reply.note, 1000);
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

  /** Hands a parcel out, whatever is left of it from before. */
  const handOut = async (id: string, entry: Pending): Promise<void> => {
    entry.handedOut = false;
    await parcels.enqueueAnew(id, entry.requests);
    entry.handedOut = true;
  };

  const failParcel = (id: string, reason: string): void => {
    const entry = pending.get(id);
    if (entry === undefined) return;
    if (reason === damagedParcel && ++entry.damaged < attempts) {
      // What goes wrong here is seen at the next look.
      handOut(id, entry).catch(() => {});
      return;
    }
    const papers = entry.parcel.batches.flatMap(({ texts }) => texts.map(({ paperIds }) => paperIds[0] ?? "?"));
    const why = /stalled/.test(reason) ? "every worker that took it went away" : printable(reason, 400);
    fail(
      new ScidocsError(
        "UNAVAILABLE",
        `some papers could not be embedded in ${attempts} attempts: ${why}; they are ${papers.map((paper) => printable(paper)).join(", ")}`,
      ),
    );
  };

  listen().catch(() => {});
  events.on("completed", ({ jobId }) => void take(jobId).catch(() => {}));
  events.on("failed", ({ jobId, failedReason }) => failParcel(jobId, failedReason));

  /** Looks at every parcel that has been under way for a while: its result may be there, or it may be lost with the Redis that had it. */
  const lookAtPending = async (): Promise<void> => {
    const old = [...pending].filter(([, { since }]) => performance.now() - since > lookMs);
    for (const [id, entry] of old) {
      if (await take(id)) continue;
      const state = await parcels.stateOf(id);
      if (state === "failed" && entry.handedOut) failParcel(id, await parcels.whyFailed(id));
      // It may have been finished between the two questions.
      else if ((state === "failed" || state === "unknown") && !(await take(id))) await handOut(id, entry);
      else await giveJobLife(redis, name, id);
      // Its next attempt is due by the clock of the worker that failed: another's may be hours behind.
      if (state === "delayed" && entry.delayed) await parcels.promote(id);
      entry.delayed = state === "delayed";
    }
  };

  let isToldPaused = false;
  /** Tools for queues can pause one; then workers are there, and take nothing. */
  const lookAtPause = async (): Promise<void> => {
    const isPaused = await queue.isPaused();
    if (isPaused && !isToldPaused) options.onNote(`${address.shown}: somebody has paused the queue ${name}; it waits`);
    isToldPaused = isPaused;
  };

  const lookAtWorkers = async (): Promise<void> => {
    await watch.look(name);
    await giveLife(redis, name);
    for (const worker of watch.workers) tally.know(worker);
  };

  const look = async (): Promise<void> => {
    await lookAtWorkers();
    await lookAtPending();
    await lookAtPause();
  };
  const looks = lookRegularly(connection, look, fail, options.patienceMs);

  const stop = (): void => fail(interrupted());
  control.signal?.addEventListener("abort", stop, { once: true });

  const close = async (): Promise<void> => {
    looks.stop();
    control.signal?.removeEventListener("abort", stop);
    await own?.close();
    const isThere = connection.lostForMs() === 0;
    if (isThere) await watch.leave(name).catch(() => {});
    // A run that is done leaves nothing behind; one that was stopped leaves its work, to be found again.
    if (isThere && failure === null && pending.size === 0) {
      await queue.obliterate({ force: true }).catch(() => {});
      await dropResults(redis, name).catch(() => {});
    }
    await Promise.all([closed(events), closed(queue)]);
    connection.close();
  };

  try {
    await lookAtWorkers();
    onArrival(connection, () => void looks.lookOnce());
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
        onFailure: fail,
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
      const requests = encodeRequests(parcel.batches.map(({ request }) => request));
      const id = parcelId(parcel, requests);
      const counts = parcel.batches.map(({ texts }) => texts.length);
      const since = performance.now();
      const entry = { requests, parcel, counts, since, taking: false, handedOut: false, refused: 0, damaged: 0 };
      const result = new Promise<readonly InferenceReply[]>((resolve, reject) => {
        pending.set(id, { ...entry, resolve, reject, delayed: false });
      });
      const begin = async (): Promise<void> => {
        // A worker may have finished it while nobody was waiting.
        const entry = pending.get(id);
        if ((await take(id)) || entry === undefined) return;
        // Another run may have it under way.
        if ((await parcels.stateOf(id)) === "failed") return handOut(id, entry);
        await parcels.enqueue(id, requests);
        entry.handedOut = true;
      };
      // Not waited for: while Redis is away its answers do not come. What fails is tried again at the next look, and that ends it too.
      begin().catch(() => {});
      return result;
    },
    detail: () => tally.text(watch.workers, pending.size),
    notes: async () => {
      // One that came and did its part between two looks has said who it is by now.
      if (connection.lostForMs() === 0) await lookAtWorkers().catch(() => {});
      return [...(modelNote === null ? [] : [modelNote]), ...tally.notes()];
    },
    close,
  };
}
