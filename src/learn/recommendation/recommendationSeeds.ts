import { builtFile } from "../../threads/builtFile.ts";
import { type Threads, withThreads } from "../../threads/threads.ts";
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
  const script = builtFile(import.meta.url, "./recommendationWorker.js");
  const count = Math.min(threads, seeds.length);
  return await withThreads(
    { script, data: work, count, signal: control.signal },
    (workers: Threads<number, SeedOutcome, null>) =>
      Promise.all(seeds.map((seed) => workers.call(seed, { onProgress: control.onEpoch }))),
  );
}
