import { answerCalls, threadData } from "../../threads/inThread.ts";
import type { SeedOutcome, SeedWork } from "./recommendationSeeds.ts";
import { scorePairs, trainRecommendation } from "./recommendationTraining.ts";

// A thread that trains the recommendation network, one seed a call; it reports the end of every epoch.
const { data, evaluatedFeatures } = threadData<SeedWork>();

answerCalls<number, SeedOutcome, null>((seed, report) => {
  const trained = trainRecommendation(data, seed, () => report(null));
  const value = {
    seed,
    bestEpoch: trained.bestEpoch,
    validationLoss: trained.validationLoss,
    scores: scorePairs(trained.parameters, evaluatedFeatures),
    untrainedScores: scorePairs(trained.initial, evaluatedFeatures),
  };
  return { value };
});
