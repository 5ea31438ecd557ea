import { type TransferListItem, Worker } from "node:worker_threads";
import { interrupted } from "../errors.ts";

/** How a worker is run. */
export interface WorkerRun<T> {
  readonly workerData: unknown;
  /** Buffers handed over instead of copied. */
  readonly transferList?: readonly TransferListItem[];
  /** Called with every message as it comes. */
  readonly onMessage?: ((message: T) => void) | undefined;
  /** Aborting it ends the worker at once. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a worker that posts its results and ends by itself, and collects what it posted.
 * @throws ScidocsError `INTERRUPTED` when the signal is aborted; otherwise what the worker threw
 */
export function collectFromWorker<T>(
  script: URL,
  { workerData, transferList, onMessage, signal }: WorkerRun<T>,
): Promise<T[]> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(interrupted());
      return;
    }
    const messages: T[] = [];
    const worker = new Worker(script, { workerData, transferList: [...(transferList ?? [])] });
    const stop = (): void => {
      reject(interrupted());
      void worker.terminate();
    };
    signal?.addEventListener("abort", stop);
    worker
      .on("message", (message: T) => {
        messages.push(message);
        onMessage?.(message);
      })
      .on("error", reject)
      .on("exit", () => {
        signal?.removeEventListener("abort", stop);
        resolve(messages);
      });
  });
}
