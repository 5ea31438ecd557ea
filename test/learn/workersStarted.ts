import type { Worker } from "node:worker_threads";

/** Does a piece of work and counts the worker threads that it starts, and those that are still there when it is done. */
export async function workersStarted<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly count: number; readonly left: number }> {
  const there = new Set<Worker>();
  let count = 0;
  const started = (worker: Worker): void => {
    count++;
    there.add(worker);
    worker.once("exit", () => there.delete(worker));
  };
  process.on("worker", started);
  try {
    const value = await work();
    return { value, count, left: there.size };
  } finally {
    process.off("worker", started);
  }
}
