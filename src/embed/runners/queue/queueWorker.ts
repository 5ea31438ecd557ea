import { randomBytes } from "node:crypto";
import type { Job, Worker } from "bullmq";
import type { Encoder } from "../../../encoders/encoder.ts";
import { ScidocsError } from "../../../errors.ts";
import { printable } from "../../../printable.ts";
import { Models } from "../encoderThreads.ts";
import type { InferenceReply } from "../inference.ts";
import { decodeRequests, encodeReply } from "./parcelBytes.ts";
import {
  announce,
  type CoordinatorSign,
  coordinatorSigns,
  differences,
  misfit,
  onArrival,
  signMs,
  signOfWorker,
  workerSigns,
} from "./presence.ts";
import { mostTold, queueReason, refusalOf } from "./queueCommands.ts";
import type { QueueConnection } from "./queueConnection.ts";
import { giveLife } from "./queueLife.ts";
import { damagedParcel, isOwnQueue, isParcelOf, keyPrefix, resultKey, resultSeconds } from "./queueNames.ts";

/** A parcel's place in the queue. Bytes in a job's data would become a list of numbers, hence base64. */
export interface ParcelJob {
  readonly fingerprint: string;
  readonly requests: string;
}

/** What a worker is opened with. */
export interface QueueWorkerOptions {
  readonly connection: QueueConnection;
  readonly encoder: Encoder;
  readonly threads: number;
  readonly name: string;
  readonly onnxruntime: string;
  /** Milliseconds after which a parcel counts as lost when its worker gives no sign of life. */
  readonly lockMs?: number | undefined;
  /** Hears what people should know, once each. */
  readonly onNote: (note: string) => void;
  /** Hears why this worker gets nothing done, and never will. */
  readonly onFailure: (error: Error) => void;
  /** Hears of each finished parcel: how many texts it had. */
  readonly onParcel?: ((texts: number) => void) | undefined;
}

/** A worker at work. It owns sessions, threads and connections, so it must be closed. */
export interface QueueWorker {
  readonly id: string;
  /** Milliseconds since a coordinator for this model was last seen. */
  readonly idleForMs: () => number;
  /** Finishes the parcels at hand, and takes no more. */
  readonly close: () => Promise<void>;
}

/**
 * How long a parcel is a worker's without a sign of life, by default. One that is killed costs its parcels once or twice this time.
 * The loop that gives the sign is free while the model runs, which has threads of its own.
 */
export const defaultLockMs = 10_000;

/**
 * How often a parcel may lose its worker before it counts as what kills them: the third loss ends it. The library's default is one.
 */
export const maxStalledCount = 2;

/** Runs that one worker takes parcels from at a time; each is a connection or two. */
const mostQueues = 64;

/**
 * Takes parcels from the queue of every coordinator that wants this model's vectors, and leaves their vectors in Redis. A coordinator
 * that wants another model's gets nothing from it and is told of once.
 */
export async function openQueueWorker(options: QueueWorkerOptions): Promise<QueueWorker> {
  const { connection, encoder, onNote, lockMs = defaultLockMs } = options;
  const { Worker: BullWorker, UnrecoverableError } = await import("bullmq");
  const models = await Models.open(encoder, options.threads);
  const id = `${options.name.replaceAll(/[^\w.-]/g, "_")}-${randomBytes(4).toString("hex")}`;
  const sign = signOfWorker(encoder, {
    id,
    name: options.name,
    sessions: models.count,
    onnxruntime: options.onnxruntime,
  });
  const signs = workerSigns(connection.redis);
  const coordinators = coordinatorSigns(connection.redis);
  const serving = new Map<string, { worker: Worker<ParcelJob, string>; lastSeenMs: number }>();
  const toldOf = new Set<string>();
  let lastSeenMs = performance.now();
  let closed = false;

  /** What this worker's sessions have said of the model: with every reply, for one that said it may be lost. */
  let modelNote: string | null = null;
  let active = 0;
  const embed = async (job: Job<ParcelJob, string>): Promise<string> => {
    active += 1;
    try {
      return await embedParcel(job);
    } finally {
      active -= 1;
    }
  };
  const embedParcel = async (job: Job<ParcelJob, string>): Promise<string> => {
    const sent = Buffer.from(String(job.data?.requests), "base64");
    // To try it again would be in vain: who has handed it out does so anew.
    if (!isParcelOf(String(job.id), sent)) throw new UnrecoverableError(damagedParcel);
    if (job.data.fingerprint !== encoder.fingerprint) throw new Error("the parcel is for another model");
    const replies: InferenceReply[] = [];
    const requests = decodeRequests(sent);
    for (const request of requests) replies.push(await models.call(request));
    modelNote ??= replies.find(({ note }) => note !== undefined)?.note ?? null;
    const bytes = encodeReply(String(job.id), { worker: id, note: modelNote, replies });
    // Before the job is done: who hears of that must find the vectors. What a job returns stays in Redis for long, so it is short.
    await connection.redis.set(resultKey(job.queueName, String(job.id)), bytes, "EX", resultSeconds);
    options.onParcel?.(requests.reduce((sum, { lengths }) => sum + lengths.length, 0));
    return id;
  };

  /** Says each refusal once, for this worker gets nothing done by it. A lost connection is told otherwise. */
  const told = new Set<string>();
  const tellOfRefusal = (error: unknown): void => {
    if (refusalOf(error) === null) return;
    const reason = queueReason(connection.address, error);
    if (told.has(reason) || told.size >= mostTold) return;
    told.add(reason);
    const said = `${connection.address.shown} refuses what this worker needs: ${reason}`;
    if (refusalOf(error) === "lasting") options.onFailure(new ScidocsError("UNAVAILABLE", said, { cause: error }));
    else onNote(said);
  };

  const serve = (queue: string): void => {
    const known = serving.get(queue);
    if (known !== undefined) {
      known.lastSeenMs = performance.now();
      return;
    }
    if (serving.size >= mostQueues) return;
    const worker = new BullWorker<ParcelJob, string>(queue, embed, {
      connection: connection.client(),
      prefix: keyPrefix,
      concurrency: models.count,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount,
      name: id,
    });
    // Without a listener, a lost connection would end the process.
    worker.on("error", tellOfRefusal);
    serving.set(queue, { worker, lastSeenMs: performance.now() });
  };

  const tellOf = (coordinator: CoordinatorSign): void => {
    if (toldOf.has(coordinator.queue)) return;
    toldOf.add(coordinator.queue);
    const isOther = differences(coordinator.settings, encoder.settings) !== "";
    const wants = isOther ? "wants another model's vectors and gets none from here" : "gets no vectors from here";
    onNote(`a run on ${printable(coordinator.host)} ${wants}: ${printable(misfit(coordinator, sign), 400)}`);
  };

  const look = async (): Promise<void> => {
    if (connection.lostForMs() > 0) return;
    await signs.give(id, sign);
    for (const coordinator of await coordinators.all()) {
      if (coordinator.fingerprint === encoder.fingerprint && isOwnQueue(coordinator.queue)) {
        lastSeenMs = performance.now();
        serve(coordinator.queue);
      } else tellOf(coordinator);
    }
    for (const [queue, { worker, lastSeenMs: seenMs }] of serving) {
      await giveLife(connection.redis, queue);
      // A coordinator that was killed may be started again; its queue is kept for a while.
      if (performance.now() - seenMs < 60_000) continue;
      serving.delete(queue);
      void worker.close().catch(() => {});
    }
  };

  let looking: Promise<void> = Promise.resolve();
  const lookAgain = (): void => {
    if (closed) return;
    looking = looking.then(look).catch(tellOfRefusal);
  };
  await look();
  onArrival(connection, lookAgain);
  await announce(connection.redis);
  const timer = setInterval(lookAgain, signMs);

  return {
    id,
    idleForMs: () => performance.now() - lastSeenMs,
    close: async () => {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      await looking;
      await Promise.all(
        [...serving.values()].map(({ worker }) =>
          finished(worker, () => active === 0 || connection.lostForMs() > 2000),
        ),
      );
      await models.close();
      if (connection.lostForMs() === 0) await signs.takeBack(id).catch(() => {});
    },
  };
}

/** How long the queue's library may take to close a worker that has nothing to do, in milliseconds. */
const closeMs = 3000;

/**
 * Lets a worker finish what it is at. The library's own closing may not come to an end when Redis went away and came back meanwhile, so
 * that it is left behind once there is nothing to finish, or nobody to tell of it.
 */
async function finished(worker: Worker<ParcelJob, string>, isIdle: () => boolean): Promise<void> {
  let idleSince: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  const left = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      idleSince = isIdle() ? (idleSince ?? performance.now()) : null;
      if (idleSince !== null && performance.now() - idleSince > closeMs) resolve();
    }, 200);
  });
  await Promise.race([worker.close().catch(() => {}), left]);
  clearInterval(timer);
}
