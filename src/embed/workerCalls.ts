import { parentPort, type Transferable, Worker } from "node:worker_threads";
import { type ErrorCode, exitCodes, ScidocsError } from "../errors.ts";

type Reply<Value> = { readonly value: Value } | { readonly problem: string; readonly code: string | null };

/** A worker thread that answers requests in the order they came. It owns the thread, so it must be closed. */
export class WorkerCalls<Request, Value> {
  private readonly worker: Worker;
  private readonly waiting: { resolve: (value: Value) => void; reject: (error: Error) => void }[] = [];
  private failure: Error | null = null;

  constructor(script: URL, workerData: unknown) {
    this.worker = new Worker(script, { workerData });
    this.worker.on("message", (reply: Reply<Value>) => {
      const caller = this.waiting.shift();
      if ("value" in reply) caller?.resolve(reply.value);
      else caller?.reject(rebuiltError(reply.problem, reply.code));
    });
    this.worker.on("error", (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
    this.worker.on("exit", (code) => this.fail(new Error(`a worker thread stopped (exit ${code})`)));
  }

  call(request: Request, transfer: readonly Transferable[] = []): Promise<Value> {
    if (this.failure !== null) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(request, transfer);
    });
  }

  /** Stops the thread; calls that still wait are rejected. A native call under way ends first, without anyone waiting for it. */
  close(): void {
    this.fail(new ScidocsError("INTERRUPTED", "interrupted"));
    void this.worker.terminate();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const caller of this.waiting.splice(0)) caller.reject(this.failure);
  }
}

/** Inside a worker thread: answers each request with what `answer` returns, one at a time. */
export function answerCalls<Request, Value>(
  answer: (request: Request) => Promise<{ value: Value; transfer?: readonly Transferable[] }>,
): void {
  const port = parentPort;
  if (port === null) throw new Error("this file runs in a worker thread");
  let last: Promise<void> = Promise.resolve();
  port.on("message", (request: Request) => {
    last = last.then(async () => {
      try {
        const { value, transfer } = await answer(request);
        port.postMessage({ value }, transfer ?? []);
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        port.postMessage({ problem, code: error instanceof ScidocsError ? error.code : null });
      }
    });
  });
}

const isErrorCode = (code: string): code is ErrorCode => code in exitCodes;

function rebuiltError(problem: string, code: string | null): Error {
  return code !== null && isErrorCode(code) ? new ScidocsError(code, problem) : new Error(problem);
}
