import { fileURLToPath } from "node:url";
import { type Transferable, Worker } from "node:worker_threads";
import { interrupted, ScidocsError } from "../errors.ts";
import type { CallMessage, ReplyMessage, ThreadStart } from "./inThread.ts";
import { prepareNativeEnvironment } from "./nativeEnvironment.ts";
import { packError, unpackError } from "./threadErrors.ts";

/** How threads are opened. */
export interface ThreadsOptions {
  /** A built file that calls `answerCalls`, see `builtFile`. */
  readonly script: URL;
  /** What `threadData` gives inside each thread. */
  readonly data?: unknown;
  /** Default 1. */
  readonly count?: number | undefined;
  /** Calls that a thread is given at a time; others wait for the thread that is free first. Default 1. */
  readonly callsEach?: number | undefined;
  /**
   * The threads run native code, as ONNX Runtime is, within which a thread cannot be ended: the whole process would end with it. Closing
   * waits for the calls under way. Default false: closing ends a thread whatever it is doing.
   */
  readonly native?: boolean | undefined;
  /** Aborting it closes the threads. */
  readonly signal?: AbortSignal | undefined;
}

/** How one call is made. */
export interface CallOptions<Progress> {
  /** Buffers handed over instead of copied. */
  readonly transfer?: readonly Transferable[] | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Of the calls that wait, the dearest starts first; among equals, the one that came first. Default 0. */
  readonly cost?: number | undefined;
}

/** Worker threads that answer calls. They must be closed. */
export interface Threads<Request, Value, Progress = never> {
  /**
   * @throws what the thread threw, with its class, code, cause and stack; ScidocsError `INTERRUPTED` once the threads are closed; when a
   *   thread has died, what it died of
   */
  readonly call: (request: Request, options?: CallOptions<Progress>) => Promise<Value>;
  /** Rejects the calls that are not answered as interrupted, those within native code apart, and ends the threads. */
  readonly close: () => Promise<void>;
}

interface Call {
  readonly message: CallMessage;
  readonly transfer: readonly Transferable[];
  readonly cost: number;
  readonly onProgress: (progress: unknown) => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts threads. What they compute must not depend on how many there are, nor on who takes which call. */
export function openThreads<Request, Value, Progress = never>(
  options: ThreadsOptions,
): Threads<Request, Value, Progress> {
  const { script, data, count = 1, callsEach = 1, native = false, signal } = options;
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const waiting: Call[] = [];
  /** One promise a call, kept when it is answered or rejected. */
  const pending = new Set<Promise<void>>();
  let nextId = 0;
  let failure: unknown = null;
  let closing: Promise<void> | null = null;

  prepareNativeEnvironment();
  const threads = startWorkers(script, Math.max(1, count), data, stop).map((worker) => {
    const thread = { worker, calls: new Map<number, Call>() };
    worker
      .on("message", (reply: ReplyMessage) => settle(thread.calls, reply))
      .on("messageerror", fail)
      .on("error", (error) => fail(deathOf(error)))
      .on("exit", (code) => fail(endedByItself(script, code)));
    return thread;
  });

  function settle(calls: Map<number, Call>, reply: ReplyMessage): void {
    const call = calls.get(reply.id);
    if (call === undefined) return;
    if (reply.kind === "progress") {
      call.onProgress(reply.progress);
      return;
    }
    calls.delete(reply.id);
    if (signal?.aborted) call.reject(interrupted());
    else if (reply.kind === "error") call.reject(unpackError(reply.error));
    else call.resolve(reply.value);
    dispatch();
  }

  function dispatch(): void {
    while (waiting.length > 0) {
      const free = threads.reduce((least, other) => (other.calls.size < least.calls.size ? other : least));
      if (free.calls.size >= callsEach) return;
      const next = waiting.reduce((dearest, other) => (other.cost > dearest.cost ? other : dearest));
      waiting.splice(waiting.indexOf(next), 1);
      try {
        free.worker.postMessage(next.message, next.transfer);
        free.calls.set(next.message.id, next);
      } catch (error) {
        next.reject(deathOf(error));
      }
    }
  }

  /** One thread's death is the end of all: the others may wait for it, and who called must hear of it. */
  function fail(error: unknown): void {
    if (failure !== null) return;
    failure = error;
    for (const call of waiting.splice(0)) call.reject(error);
    for (const { calls } of threads) {
      for (const call of calls.values()) call.reject(error);
      calls.clear();
    }
    Atomics.store(stop, 0, 1);
    if (!native) for (const { worker } of threads) void worker.terminate();
  }

  async function end(): Promise<void> {
    signal?.removeEventListener("abort", onAbort);
    Atomics.store(stop, 0, 1);
    for (const call of waiting.splice(0)) call.reject(interrupted());
    if (native) await Promise.all(pending);
    fail(interrupted());
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  const close = (): Promise<void> => {
    closing ??= end();
    return closing;
  };
  const onAbort = (): void => void close();
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort);

  const call = (
    request: Request,
    { transfer = [], onProgress = () => {}, cost = 0 }: CallOptions<Progress> = {},
  ): Promise<Value> => {
    if (failure !== null || closing !== null) return Promise.reject(failure ?? interrupted());
    const answer = new Promise<unknown>((resolve, reject) => {
      const message = { id: nextId++, request };
      waiting.push({ message, transfer, cost, onProgress: onProgress as (progress: unknown) => void, resolve, reject });
    });
    const settled: Promise<void> = answer.then(
      () => void pending.delete(settled),
      () => void pending.delete(settled),
    );
    pending.add(settled);
    // Calls made in one go are all queued before the dearest of them is taken.
    queueMicrotask(dispatch);
    return answer as Promise<Value>;
  };
  return { call, close };
}

/** @throws ScidocsError `UNAVAILABLE` where the system gives no further thread; those that it gave are ended */
function startWorkers(script: URL, count: number, data: unknown, stop: Int32Array): Worker[] {
  const workers: Worker[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const start: ThreadStart = { data, index, stop };
      // Flags of the main thread are not the worker's: --input-type, as a script under `node -e` has it, would stop it.
      workers.push(new Worker(script, { workerData: start, execArgv: [] }));
    }
    return workers;
  } catch (error) {
    for (const worker of workers) void worker.terminate();
    throw deathOf(error);
  }
}

/** What a thread died of, or why it cannot be given a call: want of memory, or of room for another thread, is trouble of the machine and no fault of the program. */
function deathOf(error: unknown): Error {
  const unpacked = unpackError(packError(error));
  const code = error instanceof Error && "code" in error ? error.code : null;
  const isFull = /out of memory|allocation failed/i.test(unpacked.message);
  if (code !== "ERR_WORKER_OUT_OF_MEMORY" && code !== "ERR_WORKER_INIT_FAILED" && !isFull) return unpacked;
  return new ScidocsError(
    "UNAVAILABLE",
    `a worker thread cannot be started or has no memory left (${unpacked.message}); free some, or take fewer with --threads`,
    { cause: unpacked },
  );
}

/** A thread that ended without an error was ended: by the system, or by native code within it. */
function endedByItself(script: URL, code: number): ScidocsError {
  const name = fileURLToPath(script);
  return new ScidocsError(
    "UNAVAILABLE",
    `a worker thread was ended (${name}, exit ${code}), for want of memory most likely; free some, or take fewer with --threads`,
  );
}

/** Opens threads for one use of them, and closes them however it ends. */
export async function withThreads<Request, Value, Progress, Result>(
  options: ThreadsOptions,
  use: (threads: Threads<Request, Value, Progress>) => Promise<Result>,
): Promise<Result> {
  const threads = openThreads<Request, Value, Progress>(options);
  try {
    return await use(threads);
  } finally {
    await threads.close();
  }
}
