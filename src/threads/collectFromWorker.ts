import { type TransferListItem, Worker } from "node:worker_threads";
import { interrupted } from "../errors.ts";

/** How a worker is run. */
export interface WorkerRun<T> {
  readonly workerData: unknown;
  /** Buffers handed over instead of copied. */
  readonly transferList?: readonly TransferListItem[];
  /** Called with every message as it comes. */
  readonly onMessage?: ((message: T) => void) | undefined;
  /** Aborting it ends the worker: at once, or with a `stopFlag` when the worker next looks at the flag. */
  readonly signal?: AbortSignal | undefined;
  /**
   * One number in shared memory that becomes 1 on abort, for a worker that must end by itself: a thread that is torn down while
   * ONNX Runtime computes takes the whole process with it.
   */
  readonly stopFlag?: Int32Array | undefined;
}

/**
 * Runs a worker that posts its results and ends by itself, and collects what it posted.
 * @throws ScidocsError `INTERRUPTED` when the signal is aborted; otherwise what the worker threw
 */
export function collectFromWorker<T>(script: URL, run: WorkerRun<T>): Promise<T[]> {
  const { workerData, transferList, onMessage, signal, stopFlag } = run;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(interrupted());
      return;
    }
    const messages: T[] = [];
    const worker = new Worker(script, { workerData, transferList: [...(transferList ?? [])] });
    const stop = (): void => {
      if (stopFlag === undefined) void worker.terminate();
      else Atomics.store(stopFlag, 0, 1);
    };
    signal?.addEventListener("abort", stop);
    worker
      .on("message", (message: T) => {
        messages.push(message);
        onMessage?.(message);
      })
      .on("error", (error) => reject(signal?.aborted ? interrupted() : error))
      .on("exit", () => {
        signal?.removeEventListener("abort", stop);
        if (signal?.aborted) reject(interrupted());
        else resolve(messages);
      });
  });
}
