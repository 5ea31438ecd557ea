import { Worker } from "node:worker_threads";
import { interrupted } from "../errors.ts";

/**
 * Runs reader threads to their end, or ends them when the signal is aborted or one of them crashes.
 * @param data what each thread is given
 * @param onReport takes every message of every thread
 * @throws ScidocsError `INTERRUPTED` when stopped; a crashed thread's error as it is
 */
export async function runReaders<Report>(
  url: URL,
  data: unknown,
  threads: number,
  onReport: (report: Report) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const workers = Array.from({ length: threads }, () => new Worker(url, { workerData: data }));
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(interrupted());
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
  const ended = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        worker.on("message", onReport);
        worker.once("error", reject);
        worker.once("exit", () => resolve());
      }),
  );
  try {
    await Promise.race([Promise.all(ended), aborted]);
  } finally {
    if (onAbort) signal?.removeEventListener("abort", onAbort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
