import type { TrainingEvent } from "../job.ts";

/** What a training asks of the thread that it serves. */
export interface TrainingHost {
  readonly post: (event: TrainingEvent) => void;
  readonly stopRequested: () => boolean;
  /**
   * Scores the benchmark's papers, whose vectors lie row after row in the job's order.
   * @throws StopRequested where they cannot be scored
   */
  readonly score: (vectors: Float32Array, dimensions: number) => Promise<BenchmarkScores>;
}

/** Scores of a benchmark's tasks, in percent, by column. */
export interface BenchmarkScores {
  readonly values: Readonly<Record<string, number>>;
  /** The mean of the values. */
  readonly mean: number;
}
