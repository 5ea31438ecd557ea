import { type AdadeltaState, adadeltaState, adadeltaStep } from "./adadelta.ts";
import { type Mt19937, mt19937 } from "./mt19937.ts";
import {
  addPairGradient,
  everyUnit,
  hiddenUnits,
  initialParameters,
  layout,
  scorePair,
  scorePairs,
} from "./recommendationNetwork.ts";

/** Share of hidden units that dropout silences in each pass of training. */
export const dropoutRate = 0.4;
/** How much higher the clicked paper must score before a triple costs nothing. */
export const lossMargin = 0.1;
export const batchSize = 128;
export const epochs = 5;
/** Every element of a gradient is held within plus and minus this. */
const gradientLimit = 5;

/** Clicks in the form that the network learns from. */
export interface PairTriples {
  /** Eleven numbers a (query, candidate) pair, row after row. */
  readonly features: Float32Array;
  /** Two rows of `features` a triple: the clicked paper's and the other's. */
  readonly triples: Int32Array;
}

/** What training needs. */
export interface RecommendationTrainingData {
  readonly train: PairTriples;
  readonly validation: PairTriples;
  /** What every loss is divided by: the last normalised propensity. */
  readonly lossDivisor: number;
}

/** A network after training. */
export interface TrainedRecommendation {
  /** Parameters before the first step. */
  readonly initial: Float32Array;
  /** Parameters after the epoch with the lowest validation loss, the first such on ties. */
  readonly parameters: Float32Array;
  /** That epoch, from 1. */
  readonly bestEpoch: number;
  readonly validationLoss: number;
}

/**
 * Trains the recommendation network from one seed: 5 epochs of shuffled batches of 128 triples, Adadelta, dropout 0.4,
 * and of the epochs the one with the lowest validation loss.
 *
 * Every random number comes from one MT19937 of the seed, in this order: the initial parameters; then each epoch the
 * shuffle of all triples (Fisher-Yates from the end, the previous epoch's order going in), and for each triple as it is
 * reached one draw a hidden unit for the clicked paper's pass, then for the other's. Same seed, same bits.
 * (The reference's own stream is PyTorch's and cannot be reproduced; its authors say so.)
 * @param onEpoch called after each epoch with its number, from 1
 */
export function trainRecommendation(
  data: RecommendationTrainingData,
  seed: number,
  onEpoch?: (epoch: number) => void,
): TrainedRecommendation {
  const generator = mt19937(seed);
  const initial = initialParameters(generator);
  const parameters = initial.slice();
  const state = adadeltaState(layout.length);
  const order = Int32Array.from({ length: data.train.triples.length / 2 }, (_, i) => i);
  let best = { parameters: initial, bestEpoch: 0, validationLoss: Number.POSITIVE_INFINITY };
  for (let epoch = 1; epoch <= epochs; epoch++) {
    shuffle(order, generator);
    for (let start = 0; start < order.length; start += batchSize) {
      trainBatch(parameters, state, data, order.subarray(start, start + batchSize), generator);
    }
    const validationLoss = meanBatchLoss(parameters, data);
    if (validationLoss < best.validationLoss)
      best = { parameters: parameters.slice(), bestEpoch: epoch, validationLoss };
    onEpoch?.(epoch);
  }
  return { initial, ...best };
}

/**
 * One step of training on a batch of triples, in place.
 * @param batch numbers of triples in `data.train.triples`
 * @param generator where dropout takes its draws from; null trains without dropout
 * @returns the mean loss of the batch before the step, and the gradient (clamped) that the step followed
 */
export function trainBatch(
  parameters: Float32Array,
  state: AdadeltaState,
  data: RecommendationTrainingData,
  batch: Int32Array,
  generator: Mt19937 | null,
): { loss: number; gradient: Float64Array } {
  const { features, triples } = data.train;
  const gradient = new Float64Array(layout.length);
  const keep = new Float64Array(2 * hiddenUnits);
  const hidden = new Float64Array(2 * hiddenUnits);
  if (!generator) keep.set([...everyUnit, ...everyUnit]);
  const slope = 1 / (data.lossDivisor * batch.length);
  let sum = 0;
  for (const triple of batch) {
    const clicked = triples[2 * triple]!;
    const other = triples[2 * triple + 1]!;
    if (generator) drawDropout(keep, generator);
    const clickedScore = scorePair(parameters, features, clicked, keep, 0, hidden, 0);
    const otherScore = scorePair(parameters, features, other, keep, hiddenUnits, hidden, hiddenUnits);
    const shortfall = lossMargin - (clickedScore - otherScore);
    if (shortfall < 0) continue;
    sum += shortfall;
    addPairGradient(parameters, features, clicked, keep, 0, hidden, 0, clickedScore, -slope, gradient);
    addPairGradient(parameters, features, other, keep, hiddenUnits, hidden, hiddenUnits, otherScore, slope, gradient);
  }
  for (let i = 0; i < gradient.length; i++) {
    gradient[i] = Math.max(-gradientLimit, Math.min(gradientLimit, gradient[i]!));
  }
  adadeltaStep(parameters, gradient, state);
  return { loss: sum * slope, gradient };
}

/** The validation loss: the mean over batches of each batch's mean, so that triples of a short last batch weigh more. */
function meanBatchLoss(parameters: Float32Array, data: RecommendationTrainingData): number {
  const { features, triples } = data.validation;
  const scores = scorePairs(parameters, features);
  const count = triples.length / 2;
  let sum = 0;
  for (let start = 0; start < count; start += batchSize) {
    const end = Math.min(start + batchSize, count);
    let batchSum = 0;
    for (let triple = start; triple < end; triple++) {
      const lead = scores[triples[2 * triple]!]! - scores[triples[2 * triple + 1]!]!;
      batchSum += Math.max(0, lossMargin - lead);
    }
    sum += batchSum / (end - start);
  }
  return sum / Math.ceil(count / batchSize) / data.lossDivisor;
}

function drawDropout(keep: Float64Array, generator: Mt19937): void {
  for (let i = 0; i < keep.length; i++) {
    keep[i] = generator.nextUint32() < dropoutRate * 2 ** 32 ? 0 : 1 / (1 - dropoutRate);
  }
}

function shuffle(order: Int32Array, generator: Mt19937): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = generator.interval(i);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
}
