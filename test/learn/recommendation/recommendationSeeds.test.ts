import { expect, test } from "vitest";
import { trainSeeds } from "../../../src/learn/recommendation/recommendationSeeds.ts";
import { scorePairs, trainRecommendation } from "../../../src/learn/recommendation/recommendationTraining.ts";
import { workersStarted } from "../workersStarted.ts";
import { clicks } from "./clicks.ts";

const data = { train: clicks(200, 1), validation: clicks(100, 2), lossDivisor: 0.5 };
const evaluatedFeatures = clicks(20, 3).features;

test("each seed gives what training from it alone gives, in the order asked for, on no more threads than there are seeds", async () => {
  const seeds = [8, 5, 11];
  let epochs = 0;
  const onEpoch = (): void => {
    epochs++;
  };
  const { value, count, left } = await workersStarted(() =>
    trainSeeds({ data, evaluatedFeatures }, seeds, 8, { onEpoch }),
  );
  expect([count, left]).toEqual([3, 0]);
  expect(epochs).toBe(15);
  expect(value).toEqual(
    seeds.map((seed) => {
      const { initial, parameters, bestEpoch, validationLoss } = trainRecommendation(data, seed);
      const [scores, untrainedScores] = [parameters, initial].map((one) => scorePairs(one, evaluatedFeatures));
      return { seed, bestEpoch, validationLoss, scores, untrainedScores };
    }),
  );
});

test("no more threads are started than were asked for, and nothing need be told", async () => {
  const { value, count } = await workersStarted(() => trainSeeds({ data, evaluatedFeatures }, [1, 2], 1));
  expect(count).toBe(1);
  expect(value.map(({ seed }) => seed)).toEqual([1, 2]);
});

test("an aborted signal ends the threads", async () => {
  const stop = new AbortController();
  const long = { ...data, train: clicks(20_000, 4) };
  const training = trainSeeds({ data: long, evaluatedFeatures }, [1, 2], 1, {
    onEpoch: () => stop.abort(),
    signal: stop.signal,
  });
  await expect(training).rejects.toMatchObject({ code: "INTERRUPTED" });
});
