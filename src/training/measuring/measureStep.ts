import type { EncodedPaper } from "../../encoders/text/encodedPaper.ts";
import type { SessionOptions } from "../../onnx/session.ts";
import { heads } from "../heads/heads.ts";
import type { TrainingJob } from "../job.ts";
import { type BatchParts, judgeBatch, trainBatch } from "../loop/batchStep.ts";
import { openDropoutMasks } from "../loop/dropoutMasks.ts";
import { dropoutShares } from "../loop/dropoutShares.ts";
import { distances } from "../losses/distances.ts";
import { openNetwork } from "../network/network.ts";
import { optimizers } from "../optimizers/optimizers.ts";
import { openParameters, type Parameters } from "../parameters.ts";
import { chosen } from "../registered.ts";
import type { MeasuredEncoder } from "./measuredEncoder.ts";

/** What is measured: settings, a small network, and triplets that a batch is made of. */
export interface StepToMeasure {
  readonly job: Pick<TrainingJob, "settings" | "threads" | "provider" | "deviceId" | "recompute">;
  readonly measured: MeasuredEncoder;
  /** Texts of query, positive and negative of each triplet of the batch. */
  readonly triplets: readonly (readonly EncodedPaper[])[];
}

/** Times of one step of a small network, in seconds. */
export interface StepTimes {
  /** Forward and backward of one triplet. */
  readonly perTriplet: number;
  readonly perTripletForward: number;
  /** One update, by the numbers that it changes. */
  readonly perNumber: number;
}

/** Steps are measured for at least so long, in milliseconds, after one that opens the sessions. */
const longEnoughMs = 300;

/** Times steps of a small network of the model's width. Blocks its thread. */
export async function measureStep({ job, measured, triplets }: StepToMeasure): Promise<StepTimes> {
  const { settings, threads, provider, deviceId, recompute } = job;
  const { encoder } = measured;
  const { hiddenSize, layers, vocabularySize: words } = encoder.geometry;
  const headKind = chosen("--pooling", heads, settings.pooling);
  const own = headKind.weights(hiddenSize, layers).map(({ name, dims }) => [name, dims] as const);
  const parameters = anyParameters([...measured.weights, ...own]);
  const session: SessionOptions = { threads, restBetweenRuns: true, provider, deviceId };
  const network = openNetwork(encoder, parameters, session);
  const parts: BatchParts = {
    network,
    head: headKind.open(network, parameters, session),
    headKind,
    distance: chosen("--distance", distances, settings.distance),
    margin: settings.margin,
  };
  const masks = openDropoutMasks(dropoutShares(settings, encoder));
  const texts = triplets.flat().map((text) => ({ ...text, ids: text.ids.map((id) => id % words) }));
  const keys = texts.map((_, index) => [index]);
  const dropout = masks.of(keys);
  const check = (): void => {};
  const ahead = (): Promise<unknown> => judgeBatch(parts, texts, check);
  const both = async (): Promise<void> => {
    parameters.beginUpdate();
    await trainBatch(parts, texts, 1, { dropout, recompute, checkForward: check, checkBackward: check });
    parameters.endUpdate();
  };
  const optimizer = chosen("--optimizer", optimizers, settings.optimizer);
  const update = async (): Promise<void> => {
    for (const weight of parameters.trainedWeights) {
      weight.memory.kernel.sumOfSquares(weight.at.gradient, weight.count);
      optimizer.update(weight, { ...settings, rate: 0, update: 1, gradientScale: 1 });
    }
  };
  try {
    const numbers = parameters.trainedWeights.reduce((sum, { count }) => sum + count, 0);
    return {
      perTriplet: (await medianSeconds(both, longEnoughMs)) / triplets.length,
      perTripletForward: (await medianSeconds(ahead, longEnoughMs / 3)) / triplets.length,
      perNumber: (await medianSeconds(update, longEnoughMs / 3)) / numbers,
    };
  } finally {
    await parts.head.close();
    await network.close();
  }
}

/** Weights of a network whose results nobody wants: numbers of the usual size, quickly made. */
function anyParameters(weights: MeasuredEncoder["weights"]): Parameters {
  const initial = weights.map(([name, dims]) => ({
    name,
    dims,
    trained: true,
    read: () => {
      const numbers = new Float32Array(dims.reduce((product, size) => product * size, 1));
      if (dims.length === 1 && name.endsWith(".weight")) return numbers.fill(1);
      for (let at = 0; at < numbers.length; at++) numbers[at] = ((at * 31) % 101) / 2525 - 0.02;
      return numbers;
    },
  }));
  return openParameters(initial, { clampEach: null });
}

/** Median time of what is done again and again, after a first time that does not count: other work on the machine comes in bursts. */
async function medianSeconds(work: () => Promise<unknown>, atLeastMs: number): Promise<number> {
  await work();
  const startedMs = performance.now();
  const times: number[] = [];
  for (let nowMs = startedMs; nowMs - startedMs < atLeastMs; ) {
    await work();
    const endedMs = performance.now();
    times.push(endedMs - nowMs);
    nowMs = endedMs;
  }
  return (times.sort((a, b) => a - b)[times.length >> 1] ?? 0) / 1000;
}
