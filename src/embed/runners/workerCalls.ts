import { parentPort, type Transferable, Worker, workerData } from "node:worker_threads";
import { type ErrorCode, exitCodes, interrupted, ScidocsError } from "../../errors.ts";

type Reply<Value> = { readonly value: Value } | { readonly problem: string; readonly code: string | null };

/** What a thread is started with. */
interface ThreadStart {
  readonly data: unknown;
  /** Becomes 1 when the thread shall stop. */
  readonly stop: Int32Array;
}

/** A worker thread that answers requests in the order they came. It owns the thread, so it must be closed. */
export class WorkerCalls<Request, Value> {
  private readonly worker: Worker;
  private readonly waiting: { resolve: (value: Value) => void; reject: (error: Error) => void }[] = [];
  private readonly stop = new Int32Array(new SharedArrayBuffer(4));
  private lastAnswer: Promise<unknown> = Promise.resolve();
  private failure: Error | null = null;

  /** @param data what {@link threadData} gives inside the thread */
  constructor(script: URL, data: unknown) {
    const start: ThreadStart = { data, stop: this.stop };
    this.worker = new Worker(script, { workerData: start });
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
    const answer = new Promise<Value>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(request, transfer);
    });
    this.lastAnswer = answer.catch(() => {});
    return answer;
  }

  /**
   * Stops the thread. A call under way ends first and is answered, for a thread that is terminated inside ONNX Runtime takes the whole
   * process with it; calls that wait behind it are rejected as interrupted.
   */
  async close(): Promise<void> {
    Atomics.store(this.stop, 0, 1);
    await this.lastAnswer;
    await this.worker.terminate();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const caller of this.waiting.splice(0)) caller.reject(this.failure);
  }
}

/** Inside a worker thread: the data that it was started with, written by our own main thread. */
export function threadData<Data>(): Data {
  const start: { readonly data: Data } = workerData;
  return start.data;
}

/** Inside a worker thread: throws when the thread has been told to stop. Between two slow steps it saves the second. */
export function throwIfStopped(): void {
  const start: ThreadStart = workerData;
  if (Atomics.load(start.stop, 0) === 1) throw interrupted();
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
        throwIfStopped();
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
