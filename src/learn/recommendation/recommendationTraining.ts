import { type Mt19937, mt19937 } from "../../stats/random/mt19937.ts";
import { type AdadeltaState, adadeltaState, adadeltaStep } from "./adadelta.ts";
import { openKernel, type RecommendationKernel } from "./recommendationKernel.ts";
import { initialParameters, layout } from "./recommendationNetwork.ts";

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
 * The random numbers are those of an MT19937 of the seed: first the initial parameters, then one output that seeds the
 * second MT19937, dropout's, then each epoch the shuffle of all triples (Fisher-Yates from the end, on the order that the
 * epoch before left). Same seed, same bits. The reference's own stream is PyTorch's, and its authors give no guarantee.
 * @param onEpoch called after each epoch with its number, from 1
 */
export function trainRecommendation(
  data: RecommendationTrainingData,
  seed: number,
  onEpoch?: (epoch: number) => void,
): TrainedRecommendation {
  const generator = mt19937(seed);
  const initial = initialParameters(generator);
  const kernel = openKernel(data.train.features, data.train.triples);
  const validation = openKernel(data.validation.features, data.validation.triples);
  const { order, parameters } = kernel;
  parameters.set(initial);
  kernel.seedDropout(generator.nextUint32());
  const state = adadeltaState(layout.length);
  let best = { parameters: initial, bestEpoch: 0, validationLoss: Number.POSITIVE_INFINITY };
  for (let epoch = 1; epoch <= epochs; epoch++) {
    shuffle(order, generator);
    for (let start = 0; start < order.length; start += batchSize) {
      trainBatch(kernel, state, data.lossDivisor, start, Math.min(start + batchSize, order.length), true);
    }
    validation.parameters.set(parameters);
    const validationLoss = meanBatchLoss(validation.scorePairs(), data.validation.triples) / data.lossDivisor;
    if (validationLoss < best.validationLoss) {
      best = { parameters: parameters.slice(), bestEpoch: epoch, validationLoss };
    }
    onEpoch?.(epoch);
  }
  return { initial, ...best };
}

/**
 * One step of training, on the triples `kernel.order[start]` … `kernel.order[end - 1]`. The gradient that it followed,
 * clamped, stays in `kernel.gradient`.
 * @returns the mean loss of the batch before the step
 */
export function trainBatch(
  kernel: RecommendationKernel,
  state: AdadeltaState,
  lossDivisor: number,
  start: number,
  end: number,
  dropout: boolean,
): number {
  const { gradient, parameters } = kernel;
  gradient.fill(0);
  const slope = 1 / (lossDivisor * (end - start));
  const shortfalls = kernel.addBatchGradient(start, end, lossMargin, slope, dropout);
  for (let i = 0; i < gradient.length; i++) {
    gradient[i] = Math.max(-gradientLimit, Math.min(gradientLimit, gradient[i]!));
  }
  adadeltaStep(parameters, gradient, state);
  return shortfalls * slope;
}

/** Scores of pairs as a trained network gives them: in single precision, so that pairs with the same features tie. */
export function scorePairs(parameters: Float32Array, features: Float32Array): Float32Array {
  const kernel = openKernel(features, new Int32Array(0));
  kernel.parameters.set(parameters);
  return kernel.scorePairs().slice();
}

/** The mean over batches of each batch's mean shortfall, as the reference has it: triples of a short last batch weigh more. */
function meanBatchLoss(scores: Float32Array, triples: Int32Array): number {
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
  return sum / Math.ceil(count / batchSize);
}

function shuffle(order: Int32Array, generator: Mt19937): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = generator.interval(i);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
}
