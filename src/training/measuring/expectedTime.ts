import type { TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import type { EncodedPaper } from "../../encoders/text/encodedPaper.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { type Threads, withThreads } from "../../threads/threads.ts";
import type { VectorHead } from "../heads/head.ts";
import type { TrainingJob } from "../job.ts";
import { tripletFlops } from "../trainingCosts.ts";
import { measuredEncoder } from "./measuredEncoder.ts";
import type { StepTimes, StepToMeasure } from "./measureStep.ts";

/** How long a training is expected to take, and what that rests on. */
export interface ExpectedTime {
  readonly seconds: number;
  /** Layers of the model's width through which a batch was timed. */
  readonly timedLayers: number;
  /** Triplets of that batch. */
  readonly timedTriplets: number;
}

/** How much a training does. */
export interface TrainingAmount {
  /** Triplets of a batch: there may be fewer than one is to have. */
  readonly batch: number;
  /** Triplets that go forward and backward, each as often as it does. */
  readonly trained: number;
  /** The same of those that only go forward, a third of one for a text. */
  readonly judged: number;
  readonly updates: number;
  /** Numbers that an update changes. */
  readonly trainedNumbers: number;
}

/** Operations of a batch that is timed, at most: a second or less for most machines. */
const mostFlops = 1e11;

/** Tokens of a batch that is timed, at most: a narrow network does few operations on each, and takes memory for all of them. */
const mostTokens = 2 ** 16;

/** Layers of the networks that are timed: the last alone, and an ordinary one beneath it. */
const timedSizes = [1, 2] as const;

/**
 * Times steps on this machine, of the training's own triplets through the model's last layer and through its last two: what the second adds
 * is what an ordinary layer takes, however much of it is arithmetic.
 * @param weights names and sizes of the encoder's weights
 * @param sampled triplets of the training, encoded
 */
export async function expectedTime(
  job: TrainingJob,
  encoder: TrainableEncoder,
  weights: readonly { readonly name: string; readonly dims: readonly number[] }[],
  head: VectorHead,
  sampled: readonly (readonly EncodedPaper[])[],
  amount: TrainingAmount,
  signal?: AbortSignal,
): Promise<ExpectedTime> {
  const { layers } = encoder.geometry;
  const networks = timedSizes.filter((size) => size <= layers).map((size) => measuredEncoder(encoder, weights, size));
  const lengths = sampled.map((texts) => texts.map(({ ids }) => ids.length));
  const nothingFrozen = { ...job, settings: { ...job.settings, freeze: { embeddings: false, layers: [] } } };
  const flops = (of: TrainingJob, network: TrainableEncoder): number => tripletFlops(of, network, head, lengths).both;
  const largest = networks.at(-1)?.encoder ?? encoder;
  const tokens = lengths.flat().reduce((sum, length) => sum + length, 0) / sampled.length;
  const bounds = [amount.batch, mostFlops / flops(nothingFrozen, largest), mostTokens / tokens];
  const triplets = Math.max(1, Math.floor(Math.min(...bounds)));
  const batch = Array.from({ length: triplets }, (_, index) => sampled[index % sampled.length] ?? []);
  const script = builtFile(import.meta.url, "./measureWorker.js");
  const { settings, threads, provider, deviceId, recompute } = job;
  const measure = async (pool: Threads<StepToMeasure, StepTimes>): Promise<StepTimes[]> => {
    const times: StepTimes[] = [];
    for (const measured of networks) {
      times.push(
        await pool.call({ job: { settings, threads, provider, deviceId, recompute }, measured, triplets: batch }),
      );
    }
    return times;
  };
  const times = await withThreads({ script, native: true, signal }, measure);
  /** What a triplet takes through all layers. */
  const perTriplet = (way: "perTriplet" | "perTripletForward"): number => {
    const [one = 0, two = one] = times.map((each) => each[way]);
    // Where the machine was disturbed the second may have taken no longer.
    const ordinary = two > one ? two - one : two / 2;
    return one + (layers - 1) * ordinary;
  };
  const left = flops(job, encoder) / flops(nothingFrozen, encoder);
  return {
    seconds:
      amount.trained * perTriplet("perTriplet") * left +
      amount.judged * perTriplet("perTripletForward") +
      amount.updates * amount.trainedNumbers * (times.at(-1)?.perNumber ?? 0),
    timedLayers: networks.length,
    timedTriplets: triplets,
  };
}
