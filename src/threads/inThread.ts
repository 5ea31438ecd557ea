import { parentPort, type Transferable, workerData } from "node:worker_threads";
import { interrupted } from "../errors.ts";
import { type PackedError, packError } from "./threadErrors.ts";

// The thread's side of `openThreads`: what a worker's file calls.

/** What a thread is started with. */
export interface ThreadStart {
  readonly data: unknown;
  /** Number of the thread among those of its pool, from 0. */
  readonly index: number;
  /** Becomes 1 when the thread shall stop. */
  readonly stop: Int32Array;
}

/** A call on its way to a thread. */
export interface CallMessage {
  readonly id: number;
  readonly request: unknown;
}

/** What a thread says about a call: how far it is, its answer, or what it threw. */
export type ReplyMessage =
  | { readonly id: number; readonly kind: "progress"; readonly progress: unknown }
  | { readonly id: number; readonly kind: "value"; readonly value: unknown }
  | { readonly id: number; readonly kind: "error"; readonly error: PackedError };

/** The answer to a call. */
export interface Answer<Value> {
  readonly value: Value;
  /** Buffers handed over instead of copied. */
  readonly transfer?: readonly Transferable[];
}

const start = (): ThreadStart => workerData;

/** The data that the pool was opened with. */
export function threadData<Data>(): Data {
  return start().data as Data;
}

/** Number of this thread among those of its pool, from 0. */
export function threadIndex(): number {
  return start().index;
}

/** Whether this thread has been told to stop. */
export function isStopped(): boolean {
  return Atomics.load(start().stop, 0) === 1;
}

/** Throws the interruption when this thread has been told to stop. Between two slow steps it saves the second. */
export function throwIfStopped(): void {
  if (isStopped()) throw interrupted();
}

/**
 * Answers the pool's calls with what `answer` returns or throws.
 * @param together start every call as it comes; otherwise one at a time, in the order they came
 */
export function answerCalls<Request, Value, Progress = never>(
  answer: (request: Request, report: (progress: Progress) => void) => Answer<Value> | Promise<Answer<Value>>,
  { together = false }: { readonly together?: boolean } = {},
): void {
  const port = parentPort;
  if (port === null) throw new Error("this file runs in a worker thread");
  const send = (reply: ReplyMessage, transfer: readonly Transferable[] = []): void => port.postMessage(reply, transfer);
  const settle = async ({ id, request }: CallMessage): Promise<void> => {
    try {
      throwIfStopped();
      const { value, transfer } = await answer(request as Request, (progress) =>
        send({ id, kind: "progress", progress }),
      );
      send({ id, kind: "value", value }, transfer);
    } catch (error) {
      send({ id, kind: "error", error: packError(error) });
    }
  };
  let last: Promise<void> = Promise.resolve();
  port.on("message", (call: CallMessage) => {
    if (together) void settle(call);
    else last = last.then(() => settle(call));
  });
}
