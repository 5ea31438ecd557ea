import type { BertGeometry } from "../encoders/architectures/bert/bertConfig.ts";
import type { VectorHead } from "./heads/head.ts";
import type { TrainingJob } from "./job.ts";

/** What a training takes, as far as it can be worked out. */
export interface TrainingCosts {
  /** Floating-point operations of one triplet, forward and backward; what is bound by memory is counted in as a share. */
  readonly flopsPerTriplet: number;
  readonly flopsPerTripletForward: number;
  /** Of one update beside its batches. */
  readonly updateSeconds: number;
  /** Bytes of weights, gradients and moments. */
  readonly weightBytes: number;
  /** Bytes of what the longest batch keeps between the passes, and of what they work with. */
  readonly activationBytes: number;
  /** Bytes of one checkpoint. */
  readonly checkpointBytes: number;
}

/** Numbers a second that an update goes through, as measured: memory is what bounds it. */
const updateNumbersPerSecond = 5e8;
/** What work bound by memory adds to the products' time, as measured on BERT-base. */
const besideProducts = 1.15;
/** Bytes that the program and its runtime take without any model. */
const baseBytes = 250 * 2 ** 20;

/** Of which layer a weight is, by its name; null for a head's. */
export function layerOf(name: string): number | "embeddings" | null {
  if (name.startsWith("embeddings.")) return "embeddings";
  const layer = /^encoder\.layer\.(\d+)\./.exec(name)?.[1];
  return layer === undefined ? null : Number(layer);
}

/**
 * Works out what a training takes.
 * @param of sizes of the model, and the lengths of some triplets' texts
 */
export function trainingCosts(
  { settings, recompute }: TrainingJob,
  geometry: BertGeometry,
  { firstOnly }: VectorHead,
  of: { readonly parameters: number; readonly trained: number; readonly lengths: readonly (readonly number[])[] },
): TrainingCosts {
  const { hiddenSize: hidden, intermediateSize: wide, heads, layers } = geometry;
  const texts = of.lengths.flat();
  const perTriplet = (value: (length: number) => number): number =>
    (3 * texts.reduce((sum, length) => sum + value(length), 0)) / Math.max(1, texts.length);
  const layerFlops = (length: number): number =>
    length * (8 * hidden * hidden + 4 * hidden * wide + 4 * length * hidden);
  // In the last layer only keys and values of all tokens are wanted.
  const lastFlops = (length: number): number => (firstOnly ? length * 4 * hidden * hidden : layerFlops(length));
  const forward = perTriplet((length) => (layers - 1) * layerFlops(length) + lastFlops(length));
  const frozen = settings.freeze.embeddings ? settings.freeze.layers.length / layers : 0;
  const backward = forward * (2 - frozen) + (recompute ? forward : 0);
  // Arrays of one layer that are kept: its input, queries, keys, values, context, two sums, what stands between, and attention's shares.
  const layerNumbers = (length: number): number => length * (7 * hidden + 2 * wide + 3) + heads * length * length;
  const longest = Math.max(1, ...texts);
  const inBatch = 3 * settings.batchSize;
  const kept = recompute ? layers * longest * hidden + layerNumbers(longest) : layers * layerNumbers(longest);
  const working = longest * (8 * hidden + 4 * wide) + 3 * heads * longest * longest;
  return {
    flopsPerTriplet: (forward + backward) * besideProducts,
    flopsPerTripletForward: forward * besideProducts,
    updateSeconds: of.trained / updateNumbersPerSecond,
    weightBytes: 4 * (of.parameters + 3 * of.trained),
    activationBytes: 4 * inBatch * (kept + working) + baseBytes,
    checkpointBytes: 4 * (of.parameters + 2 * of.trained),
  };
}
