import type { Click, RecommendationData, Split } from "../../datasets/types.ts";
import { ScidocsError } from "../../errors.ts";
import { featureCount } from "../../learn/recommendation/recommendationNetwork.ts";
import { trainSeeds } from "../../learn/recommendation/recommendationSeeds.ts";
import { epochs } from "../../learn/recommendation/recommendationTraining.ts";
import { type AdjustedScores, adjustedScores, normalisedPropensities } from "../../metrics/propensity.ts";
import type { RunControl } from "../../progress.ts";
import { breathe } from "../../threads/breathe.ts";
import type { VectorTable } from "../../vectors/vectorTable.ts";
import { countPapers } from "../countPapers.ts";
import { type FeatureWriter, featureWriter } from "./recommendationFeatures.ts";
import { clickTriples, type PairPlan, planPairs, rankedAbove } from "./recommendationPairs.ts";
import type { RecommendationResult } from "./recommendationResult.ts";

/** Seeds that the task trains from unless told otherwise: one alone moves P@1 by more than the gaps between published models. */
export const defaultSeeds = 5;

/** First seed unless told otherwise: the one in the reference's configuration. The others follow it one by one. */
export const defaultFirstSeed = 7;

/** What {@link scoreRecommendation} takes. */
export interface RecommendationInput {
  /** How progress names the task; default "recommendation". */
  readonly name?: string;
  readonly data: RecommendationData;
  readonly split: Split;
  readonly vectors: VectorTable;
  /** How many networks to train; default {@link defaultSeeds}. */
  readonly seeds?: number | undefined;
  /** Seed of the first, a 32-bit unsigned integer; default {@link defaultFirstSeed}. */
  readonly firstSeed?: number | undefined;
  /** Worker threads; the result does not depend on it. */
  readonly threads: number;
}

/**
 * Scores the recommendation task: a small network learns from clicks to rank the clicked paper above the others shown,
 * from features of which one is the cosine of the embeddings; propensity-adjusted nDCG and P@1, as mean over several seeds.
 * For `val` the epoch is chosen on the very clicks that are scored; callers say so with `validationNote`.
 * @throws ScidocsError `BAD_INPUT` for clicks that cannot be used; `USAGE` for a bad seed; `INTERRUPTED` on abort
 */
export async function scoreRecommendation(
  {
    name = "recommendation",
    data,
    split,
    vectors,
    seeds = defaultSeeds,
    firstSeed = defaultFirstSeed,
    threads,
  }: RecommendationInput,
  control: RunControl = {},
): Promise<RecommendationResult> {
  const seedList = seedsFrom(firstSeed, seeds);
  const propensities = normalisedPropensities(data.propensities);
  const train = planPairs(data.train, "train");
  const validation = planPairs(data.val, "val");
  const evaluated = split === "val" ? validation : planPairs(data.test, "test");
  const clicks = data[split];
  const trainTriples = clickTriples(train);
  const validationTriples = clickTriples(validation);
  if (trainTriples.length === 0) throw nothingToRank("train", "nothing to learn from");
  if (validationTriples.length === 0) throw nothingToRank("val", "nothing to choose the epoch by");
  const weights = clickWeights(evaluated, clicks, split, propensities);

  const write = featureWriter(data.papers, vectors);
  const plans = new Set([train, validation, evaluated]);
  const features = await pairFeatures(name, plans, write, control);
  const outcomes = await trainSeeds(
    {
      data: {
        train: { features: features.get(train)!, triples: shared(trainTriples) },
        validation: { features: features.get(validation)!, triples: shared(validationTriples) },
        // The reference overwrites every displayed position with 0, whose propensity it then looks up at index -1: the last.
        lossDivisor: propensities[propensities.length - 1]!,
      },
      evaluatedFeatures: features.get(evaluated)!,
    },
    seedList,
    threads,
    { onEpoch: epochReporter(name, seedList.length * epochs, control), signal: control.signal },
  );

  const above = outcomes.map(({ scores }) => rankedAbove(evaluated, scores));
  const scores = above.map((rows) => adjustedScores(weights, rows));
  const untrained = outcomes.map((outcome) => adjustedScores(weights, rankedAbove(evaluated, outcome.untrainedScores)));
  const paperIds = distinctPapers([data.train, data.val, clicks]);
  return {
    kind: "recommendation",
    papers: countPapers(paperIds, vectors),
    papersWithoutMetadata: paperIds.filter((id) => !data.papers.has(id)).length,
    clicks: clicks.length,
    trainClicks: data.train.length,
    trainTriples: trainTriples.length / 2,
    ...meanOf(scores),
    ndcgSd: standardDeviation(scores.map(({ ndcg }) => ndcg)),
    precisionAt1Sd: standardDeviation(scores.map(({ precisionAt1 }) => precisionAt1)),
    seeds: outcomes.map(({ seed, bestEpoch, validationLoss }, i) => ({
      ...scores[i]!,
      seed,
      bestEpoch,
      validationLoss,
    })),
    baselines: {
      displayedOrder: adjustedScores(
        weights,
        evaluated.clicks.map(({ clickedPosition }) => clickedPosition - 1),
      ),
      untrained: meanOf(untrained),
    },
    rows: {
      query: clicks.map(({ queryId }) => queryId),
      clicked: clicks.map(({ clickedId }) => clickedId),
      clickedPosition: evaluated.clicks.map(({ clickedPosition }) => clickedPosition),
      weight: weights,
      rankedAbove: above,
    },
  };
}

/** A record lists each seed with its scores; far fewer tell a mean as well as can be told. */
const mostSeeds = 1000;

function seedsFrom(firstSeed: number, count: number): number[] {
  const last = firstSeed + count - 1;
  if (!Number.isInteger(count) || count < 1) {
    throw new ScidocsError("USAGE", `the number of seeds must be 1 or more, not ${count}`);
  }
  if (count > mostSeeds)
    throw new ScidocsError("USAGE", `${count} seeds are more than the ${mostSeeds} that one run trains from`);
  if (!Number.isInteger(firstSeed) || firstSeed < 0 || last >= 2 ** 32) {
    throw new ScidocsError(
      "USAGE",
      `seeds are integers from 0 to 4294967295; these would run from ${firstSeed} to ${last}`,
    );
  }
  return Array.from({ length: count }, (_, i) => firstSeed + i);
}

function nothingToRank(split: string, consequence: string): ScidocsError {
  return new ScidocsError(
    "BAD_INPUT",
    `recommendation: no ${split} click shows a second paper, so there is ${consequence}`,
  );
}

/** 1 / normalised propensity of each click's position, in single precision. */
function clickWeights(plan: PairPlan, clicks: readonly Click[], split: Split, propensities: Float32Array): number[] {
  if (plan.clicks.length === 0) throw new ScidocsError("BAD_INPUT", `recommendation: there are no ${split} clicks`);
  return plan.clicks.map(({ clickedPosition }, row) => {
    const propensity = propensities[clickedPosition - 1];
    if (propensity === undefined) {
      throw new ScidocsError(
        "BAD_INPUT",
        `recommendation, ${split} click ${row + 1} (query ${clicks[row]?.queryId}): position ${clickedPosition} was clicked, but propensities are known for ${propensities.length} positions only`,
      );
    }
    return Math.fround(1 / propensity);
  });
}

/** Features of every plan's pairs, in shared memory. It gives way to other work now and then: a full-size run takes seconds. */
async function pairFeatures(
  name: string,
  plans: ReadonlySet<PairPlan>,
  write: FeatureWriter,
  { onProgress, signal }: RunControl,
): Promise<Map<PairPlan, Float32Array>> {
  const total = [...plans].reduce((sum, plan) => sum + plan.pairCount, 0);
  const features = new Map<PairPlan, Float32Array>();
  let done = 0;
  let pausedAt = performance.now();
  for (const plan of plans) {
    const block = new Float32Array(
      new SharedArrayBuffer(plan.pairCount * featureCount * Float32Array.BYTES_PER_ELEMENT),
    );
    features.set(plan, block);
    for (const { queryId, candidateIds, firstPair } of plan.queries) {
      write(queryId, candidateIds, block, firstPair);
      done += candidateIds.length;
      if (performance.now() - pausedAt < 50) continue;
      onProgress?.({ stage: `${name}: features`, done, total, unit: "pairs" });
      await breathe({ signal });
      pausedAt = performance.now();
    }
  }
  onProgress?.({ stage: `${name}: features`, done, total, unit: "pairs" });
  return features;
}

function epochReporter(name: string, total: number, { onProgress }: RunControl): () => void {
  let done = 0;
  return () => onProgress?.({ stage: `${name}: training`, done: ++done, total, unit: "epochs" });
}

function shared(numbers: Int32Array): Int32Array {
  const copy = new Int32Array(new SharedArrayBuffer(numbers.byteLength));
  copy.set(numbers);
  return copy;
}

function distinctPapers(clickLists: readonly (readonly Click[])[]): string[] {
  const ids = new Set<string>();
  for (const { queryId, shownIds } of clickLists.flat()) {
    ids.add(queryId);
    for (const id of shownIds) ids.add(id);
  }
  return [...ids];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanOf(scores: readonly AdjustedScores[]): AdjustedScores {
  return {
    ndcg: mean(scores.map((score) => score.ndcg)),
    precisionAt1: mean(scores.map((score) => score.precisionAt1)),
  };
}

/** Sample standard deviation; null for a single value. */
function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
