import { answerCalls, threadData } from "../threads/inThread.ts";
import type { TrainingResult } from "./job.ts";
import type { BenchmarkScores } from "./loop/host.ts";
import { runTraining } from "./loop/runTraining.ts";
import { StopRequested } from "./loop/stop.ts";
import type { FromTraining, ToTraining, TrainingThreadData } from "./trainModel.ts";

// Trains in a thread of its own: ONNX Runtime blocks the thread that runs it, and progress and Ctrl-C must go on.
const { job, stopFlag } = threadData<TrainingThreadData>();
let takeScores: ((scores: BenchmarkScores | null) => void) | null = null;

answerCalls<ToTraining, TrainingResult | null, FromTraining>(
  async (request, report) => {
    if (request.kind === "scores") {
      takeScores?.(request.scores);
      return { value: null };
    }
    const score = async (vectors: Float32Array, dimensions: number): Promise<BenchmarkScores> => {
      const answer = new Promise<BenchmarkScores | null>((resolve) => {
        takeScores = resolve;
      });
      report({ kind: "score", vectors, dimensions });
      const scores = await answer;
      if (scores === null) throw new StopRequested();
      return scores;
    };
    const value = await runTraining(job, {
      post: (event) => report({ kind: "event", event }),
      stopRequested: () => Atomics.load(stopFlag, 0) === 1,
      score,
    });
    return { value };
  },
  // Scores come while the training waits for them.
  { together: true },
);
