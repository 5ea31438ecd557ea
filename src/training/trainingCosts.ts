import type { TrainableEncoder, TrainableLayer } from "../encoders/architectures/trainable.ts";
import type { VectorHead } from "./heads/head.ts";
import type { TrainingJob } from "./job.ts";

/** The room that a training takes. */
export interface TrainingCosts {
  /** Bytes of weights, gradients and moments. */
  readonly weightBytes: number;
  /** Bytes of what the longest batch keeps between the passes, and of what they work with. */
  readonly activationBytes: number;
  /** The least of both that it can do with: what is kept of batches of texts as long as the mean. */
  readonly leastBytes: number;
  /** Bytes of one checkpoint. */
  readonly checkpointBytes: number;
}

/** What of an encoder decides about its costs; its layers cost the same, as the last does. */
type Costly = Pick<TrainableEncoder, "geometry" | "layers">;

/** Whether a layer multiplies by a gate, which is a third wide matrix. */
const isGated = (layer: TrainableLayer | undefined): boolean => layer !== undefined && layer.feedForward.gate !== null;

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
  { geometry: { hiddenSize: hidden, intermediateSize: wide, layers }, layers: all }: Costly,
  { firstOnly }: VectorHead,
  lengths: readonly (readonly number[])[],
): TripletFlops {
  const layer = all.at(-1);
  const texts = lengths.flat();
  const perTriplet = (value: (length: number) => number): number =>
    (3 * texts.reduce((sum, length) => sum + value(length), 0)) / Math.max(1, texts.length);
  const wideProducts = isGated(layer) ? 3 : 2;
  const layerFlops = (length: number): number =>
    length * (8 * hidden * hidden + 2 * wideProducts * hidden * wide + 4 * length * hidden);
  // In the last layer only keys and values of all tokens are wanted.
  const lastFlops = (length: number): number => (firstOnly ? length * 4 * hidden * hidden : layerFlops(length));
  const forward = perTriplet((length) => (layers - 1) * layerFlops(length) + lastFlops(length));
  const frozen = settings.freeze.embeddings ? settings.freeze.layers.length / layers : 0;
  return { forward, both: forward * (3 - frozen) + (recompute ? forward : 0) };
}

/**
 * Works out what room a training takes.
 * @param lengths tokens of the texts of some triplets
 * @param triplets of the data: no batch has more
 */
export function trainingCosts(
  { settings, recompute }: TrainingJob,
  { geometry, layers: all }: Costly,
  weights: { readonly parameters: number; readonly trained: number },
  lengths: readonly (readonly number[])[],
  triplets: number,
): TrainingCosts {
  const { hiddenSize: hidden, intermediateSize: wide, heads, layers } = geometry;
  const layer = all.at(-1);
  const texts = lengths.flat();
  // Arrays of one layer that are kept: its input and the norm of it, queries, keys, values, context, two sums, what stands between, and
  // attention's shares.
  const narrow = layer?.inputNorm == null ? 7 : 8;
  const broad = isGated(layer) ? 3 : 2;
  const layerNumbers = (length: number): number =>
    length * (narrow * hidden + broad * wide + 3) + heads * length * length;
  const longest = Math.max(1, ...texts);
  const inBatch = 3 * Math.min(settings.batchSize, triplets);
  const keptOf = (length: number): number =>
    recompute ? layers * length * hidden + layerNumbers(length) : layers * layerNumbers(length);
  const kept = keptOf(longest);
  const meanKept = texts.reduce((sum, length) => sum + keptOf(length), 0) / Math.max(1, texts.length);
  const weightBytes = 4 * (weights.parameters + 3 * weights.trained);
  const working = longest * (8 * hidden + 4 * wide) + 3 * heads * longest * longest;
  return {
    weightBytes,
    activationBytes: 4 * inBatch * (kept + working) + baseBytes,
    leastBytes: weightBytes + 4 * inBatch * meanKept,
    checkpointBytes: 4 * (weights.parameters + 2 * weights.trained),
  };
}
