import { parentPort, workerData } from "node:worker_threads";

import type { SeedAnswer, SeedWork } from "./recommendationSeeds.ts";
import { scorePairs, trainRecommendation } from "./recommendationTraining.ts";

// A thread that trains the recommendation network, one seed a message.
if (!parentPort) throw new Error("recommendationWorker runs as a worker thread");
const port = parentPort;
const { data, evaluatedFeatures } = workerData as SeedWork;

const answer = (message: SeedAnswer): void => port.postMessage(message);

port.on("message", (seed: number) => {
  const trained = trainRecommendation(data, seed, () => answer({ kind: "epoch" }));
  answer({
    kind: "trained",
    outcome: {
      seed,
      bestEpoch: trained.bestEpoch,
      validationLoss: trained.validationLoss,
      scores: scorePairs(trained.parameters, evaluatedFeatures),
      untrainedScores: scorePairs(trained.initial, evaluatedFeatures),
    },
  });
});
