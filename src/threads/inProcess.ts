import type { ProcessCall, ProcessLimits, ProcessMessage, ProcessStart } from "./boundedProcess.ts";
import { builtFile } from "./builtFile.ts";
import { packError } from "./threadErrors.ts";
import { openThreads } from "./threads.ts";

// The process's side of `openProcess`: what its file calls.

/** What the thread that watches over a process is given. */
export interface WatchData {
  readonly limits: ProcessLimits;
  /** Changes whenever a call begins, is said something about, or ends. */
  readonly moved: Int32Array;
  /** 1 while a call is being answered. */
  readonly busy: Int32Array;
  /** The process that started this one: without it there is nobody to answer. */
  readonly parent: number;
}

/** Answers one call; it may send messages on the way, each of which gives it the whole time anew. */
export type AnswerCall<Request, Value, Message> = (
  request: Request,
  send: (message: Message) => Promise<void>,
) => Promise<Value>;

/**
 * Answers the calls of this process one after the other, watched by a thread that ends the process when it takes more than it may.
 * @param open makes the answers from what the process is opened with, at the first call
 */
export function answerInProcess<Data, Request, Value, Message = never>(
  open: (data: Data) => AnswerCall<Request, Value, Message>,
): void {
  // Ctrl-C and the end of a terminal reach every process of it, the end of a service every process of that; who asked decides.
  for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => {});
  process.once("message", ({ data, limits }: ProcessStart) => {
    const moved = new Int32Array(new SharedArrayBuffer(4));
    const busy = new Int32Array(new SharedArrayBuffer(4));
    const watch: WatchData = { limits, moved, busy, parent: process.ppid };
    openThreads({ script: builtFile(import.meta.url, "./processWatch.js"), data: watch });
    const send = (message: ProcessMessage): Promise<void> =>
      new Promise((resolve) => {
        Atomics.add(moved, 0, 1);
        process.send?.(message, undefined, undefined, () => resolve());
      });
    let answer: AnswerCall<Request, Value, Message> | null = null;
    const settle = async ({ id, request }: ProcessCall): Promise<void> => {
      Atomics.add(moved, 0, 1);
      Atomics.store(busy, 0, 1);
      try {
        answer ??= open(data as Data);
        const value = await answer(request as Request, (message) => send({ id, kind: "message", message }));
        await send({ id, kind: "value", value });
      } catch (error) {
        await send({ id, kind: "error", error: packError(error) });
      }
      Atomics.store(busy, 0, 0);
    };
    let last: Promise<void> = Promise.resolve();
    process.on("message", (call: ProcessCall) => {
      last = last.then(() => settle(call));
    });
  });
}
