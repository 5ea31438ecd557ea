import type { BertGeometry } from "../encoders/architectures/bert/bertConfig.ts";
import type { VectorHead } from "./heads/head.ts";
import type { TrainingJob } from "./job.ts";

/** The room that a training takes. */
export interface TrainingCosts {
  /** Bytes of weights, gradients and moments. */
  readonly weightBytes: number;
  /** Bytes of what the longest batch keeps between the passes, and of what they work with. */
  readonly activationBytes: number;
  /** Bytes of one checkpoint. */
  readonly checkpointBytes: number;
}

/** Bytes that the program and its runtime take without any model. */
const baseBytes = 250 * 2 ** 20;

/** Floating-point operations of the products of one triplet, the mean of some. */
export interface TripletFlops {
  readonly forward: number;
  /** Forward and backward. */
  readonly both: number;
}

/**
 * Counts the operations of a triplet.
 * @param lengths tokens of the texts of some triplets
 */
export function tripletFlops(
  { settings, recompute }: Pick<TrainingJob, "settings" | "recompute">,
  { hiddenSize: hidden, intermediateSize: wide, layers }: BertGeometry,
  { firstOnly }: VectorHead,
  lengths: readonly (readonly number[])[],
): TripletFlops {
  const texts = lengths.flat();
  const perTriplet = (value: (length: number) => number): number =>
    (3 * texts.reduce((sum, length) => sum + value(length), 0)) / Math.max(1, texts.length);
  const layerFlops = (length: number): number =>
    length * (8 * hidden * hidden + 4 * hidden * wide + 4 * length * hidden);
  // In the last layer only keys and values of all tokens are wanted.
  const lastFlops = (length: number): number => (firstOnly ? length * 4 * hidden * hidden : layerFlops(length));
  const forward = perTriplet((length) => (layers - 1) * layerFlops(length) + lastFlops(length));
  const frozen = settings.freeze.embeddings ? settings.freeze.layers.length / layers : 0;
  return { forward, both: forward * (3 - frozen) + (recompute ? forward : 0) };
}

/**
 * Works out what room a training takes.
 * @param lengths tokens of the texts of some triplets
 */
export function trainingCosts(
  { settings, recompute }: TrainingJob,
  geometry: BertGeometry,
  weights: { readonly parameters: number; readonly trained: number },
  lengths: readonly (readonly number[])[],
): TrainingCosts {
  const { hiddenSize: hidden, intermediateSize: wide, heads, layers } = geometry;
  const texts = lengths.flat();
  // Arrays of one layer that are kept: its input, queries, keys, values, context, two sums, what stands between, and attention's shares.
  const layerNumbers = (length: number): number => length * (7 * hidden + 2 * wide + 3) + heads * length * length;
  const longest = Math.max(1, ...texts);
  const inBatch = 3 * settings.batchSize;
  const kept = recompute ? layers * longest * hidden + layerNumbers(longest) : layers * layerNumbers(longest);
  const working = longest * (8 * hidden + 4 * wide) + 3 * heads * longest * longest;
  return {
    weightBytes: 4 * (weights.parameters + 3 * weights.trained),
    activationBytes: 4 * inBatch * (kept + working) + baseBytes,
    checkpointBytes: 4 * (weights.parameters + 2 * weights.trained),
  };
}
