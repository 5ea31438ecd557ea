import { Worker } from "node:worker_threads";
import { interrupted, throwIfAborted } from "../../errors.ts";
import { builtFile } from "../../threads/builtFile.ts";
import type { RecommendationTrainingData } from "./recommendationTraining.ts";

/** What every thread gets; arrays in shared memory are not copied. */
export interface SeedWork {
  readonly data: RecommendationTrainingData;
  /** Eleven numbers for each pair that the trained networks score. */
  readonly evaluatedFeatures: Float32Array;
}

/** What training from one seed gave. */
export interface SeedOutcome {
  readonly seed: number;
  /** Epoch kept, from 1. */
  readonly bestEpoch: number;
  readonly validationLoss: number;
  /** Score of each evaluated pair, by the kept network and by the one before training. */
  readonly scores: Float32Array;
  readonly untrainedScores: Float32Array;
}

/** What a thread says: an epoch is over, or a seed is. */
export type SeedAnswer = { readonly kind: "epoch" } | { readonly kind: "trained"; readonly outcome: SeedOutcome };

/**
 * Trains the recommendation network from several seeds on worker threads, a seed at a time each.
 * A seed's outcome depends on the seed alone, not on the number of threads.
 * @param threads at most this many; one is the least
 * @param onEpoch called whenever an epoch of any seed is over
 * @returns outcomes in the order of `seeds`
 * @throws ScidocsError `INTERRUPTED` when the signal is aborted
 */
export async function trainSeeds(
  work: SeedWork,
  seeds: readonly number[],
  threads: number,
  control: { readonly onEpoch?: () => void; readonly signal?: AbortSignal | undefined } = {},
): Promise<SeedOutcome[]> {
  throwIfAborted(control.signal);
  const script = builtFile(import.meta.url, "./recommendationWorker.js");
  const outcomes: SeedOutcome[] = new Array(seeds.length);
  let next = 0;
  const workers: Worker[] = [];
  const runThread = () =>
    new Promise<void>((resolve, reject) => {
      // Flags of the main thread are not the worker's: --input-type, as a script under `node -e` has it, would stop it.
      const worker = new Worker(script, { workerData: work, execArgv: [] });
      workers.push(worker);
      let current = -1;
      const takeNext = () => {
        current = next++;
        if (current < seeds.length) worker.postMessage(seeds[current]);
        else resolve();
      };
      worker.on("message", (answer: SeedAnswer) => {
        if (answer.kind === "epoch") control.onEpoch?.();
        else {
          outcomes[current] = answer.outcome;
          takeNext();
        }
      });
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`a training thread ended early (${code})`)));
      takeNext();
    });

  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(interrupted());
    control.signal?.addEventListener("abort", onAbort, { once: true });
  });
  try {
    const running = Array.from({ length: Math.max(1, Math.min(threads, seeds.length)) }, runThread);
    await Promise.race([Promise.all(running), aborted]);
    return outcomes;
  } finally {
    control.signal?.removeEventListener("abort", onAbort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
