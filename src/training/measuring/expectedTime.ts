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

/**
 * Times steps on this machine, of the training's own triplets through a network of the model's width and at most two layers, and works out
 * from the number of operations what the whole will take.
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
  const measured = measuredEncoder(encoder, weights);
  const whole = { ...job.settings, freeze: { embeddings: false, layers: [] } };
  const lengths = sampled.map((texts) => texts.map(({ ids }) => ids.length));
  const timed = tripletFlops({ ...job, settings: whole }, measured.encoder, head, lengths);
  const planned = tripletFlops(job, encoder, head, lengths);
  const triplets = Math.max(1, Math.min(amount.batch, Math.floor(mostFlops / timed.both)));
  const batch = Array.from({ length: triplets }, (_, index) => sampled[index % sampled.length] ?? []);
  const script = builtFile(import.meta.url, "./measureWorker.js");
  const { settings, threads, provider, deviceId, recompute } = job;
  const times = await withThreads({ script, native: true, signal }, (pool: Threads<StepToMeasure, StepTimes>) =>
    pool.call({ job: { settings, threads, provider, deviceId, recompute }, measured, triplets: batch }),
  );
  return {
    seconds:
      (amount.trained * times.perTriplet * planned.both) / timed.both +
      (amount.judged * times.perTripletForward * planned.forward) / timed.forward +
      amount.updates * amount.trainedNumbers * times.perNumber,
    timedLayers: times.layers,
    timedTriplets: times.triplets,
  };
}
