import type { ProcessLimits, ProcessMessage, ProcessRequest } from "./boundedProcess.ts";
import { builtFile } from "./builtFile.ts";
import { packError } from "./threadErrors.ts";
import { openThreads } from "./threads.ts";

// The process's side of `callInProcess`: what its file calls.

/** What the thread that watches over a process is given. */
export interface WatchData {
  readonly limits: ProcessLimits;
  /** Counts the messages that were sent. */
  readonly sent: Int32Array;
  /** The process that started this one: without it there is nobody to answer. */
  readonly parent: number;
}

/**
 * Answers the one request of this process, watched by a thread that ends the process when it takes more than it may.
 * @param answer may send messages on the way; each gives it the whole time anew
 */
export function answerInProcess<Request, Value, Message = never>(
  answer: (request: Request, send: (message: Message) => Promise<void>) => Promise<Value>,
): void {
  // Ctrl-C and the end of a terminal reach every process of it, the end of a service every process of that; who asked decides.
  for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => {});
  process.once("message", ({ request, limits }: ProcessRequest) => {
    const sent = new Int32Array(new SharedArrayBuffer(4));
    const data: WatchData = { limits, sent, parent: process.ppid };
    openThreads({ script: builtFile(import.meta.url, "./processWatch.js"), data });
    const send = (message: ProcessMessage): Promise<void> =>
      new Promise((resolve) => {
        Atomics.add(sent, 0, 1);
        process.send?.(message, undefined, undefined, () => resolve());
      });
    answer(request as Request, (message) => send({ kind: "message", message }))
      .then(
        (value) => send({ kind: "value", value }),
        (error: unknown) => send({ kind: "error", error: packError(error) }),
      )
      .then(() => process.exit(0));
  });
}
