import { interrupted } from "../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import { builtFile } from "../threads/builtFile.ts";
import { withThreads } from "../threads/threads.ts";
import type { TrainingEvent, TrainingJob, TrainingResult } from "./job.ts";
import type { BenchmarkScores } from "./loop/host.ts";

/** What the training's thread is given. */
export interface TrainingThreadData {
  readonly job: TrainingJob;
  /** One number in shared memory that becomes 1 when the training is to save and end. */
  readonly stopFlag: Int32Array;
}

/** What the training's thread tells. */
export type FromTraining =
  | { readonly kind: "event"; readonly event: TrainingEvent }
  | { readonly kind: "score"; readonly vectors: Float32Array; readonly dimensions: number };

/** What it is asked and answered; null where scoring failed. */
export type ToTraining =
  | { readonly kind: "train" }
  | { readonly kind: "scores"; readonly scores: BenchmarkScores | null };

/** What the caller of a training does for it. */
export interface TrainingCallbacks {
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Scores the benchmark's papers; needed where the job names a benchmark. */
  readonly score?: (vectors: Float32Array, dimensions: number) => Promise<BenchmarkScores>;
  /** Aborting it has the training save and end. */
  readonly signal?: AbortSignal | undefined;
}

const optionNames: OptionNames<TrainingCallbacks> = { onEvent: true, score: true, signal: true };

/**
 * Trains a model in a thread of its own, from the newest checkpoint in the job's output folder or from the start. See `docs/training.md`.
 * @param job of a plan
 * @returns updates, losses, and the folder of the best model, which {@link resolveEncoder} takes
 * @throws ScidocsError `INTERRUPTED` when the signal is aborted, after what was done has been saved; `BAD_INPUT`, `USAGE`, `NOT_FOUND`
 */
export async function trainModel(job: TrainingJob, callbacks: TrainingCallbacks = {}): Promise<TrainingResult> {
  refuseUnknownOptions("trainModel", callbacks, optionNames);
  const { onEvent, score, signal } = callbacks;
  if (signal?.aborted) throw interrupted();
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const data: TrainingThreadData = { job, stopFlag };
  const stop = (): void => {
    Atomics.store(stopFlag, 0, 1);
  };
  signal?.addEventListener("abort", stop);
  const script = builtFile(import.meta.url, "./trainingWorker.js");
  try {
    // The signal is not the threads': they would drop the training's answer, and with it what went wrong with saving.
    return await withThreads<ToTraining, TrainingResult | null, FromTraining, TrainingResult>(
      { script, data, native: true, callsEach: 2 },
      (threads) =>
        new Promise((resolve, reject) => {
          let failure: unknown = null;
          const answer = async (vectors: Float32Array, dimensions: number): Promise<void> => {
            let scores: BenchmarkScores | null = null;
            try {
              if (score === undefined) throw new RangeError("the job names a benchmark, and no one scores it");
              scores = await score(vectors, dimensions);
            } catch (error) {
              // The training saves itself and ends; then its caller hears why.
              failure = error;
            }
            await threads.call({ kind: "scores", scores });
          };
          const onProgress = (message: FromTraining): void => {
            if (message.kind === "event") onEvent?.(message.event);
            else answer(message.vectors, message.dimensions).catch(reject);
          };
          threads.call({ kind: "train" }, { onProgress }).then(
            (result) => {
              if (result !== null) resolve(result);
            },
            (error) => reject(failure ?? error),
          );
        }),
    );
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
