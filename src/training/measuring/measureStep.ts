import { trainableBert } from "../../encoders/architectures/bert/bert.ts";
import type { BertGeometry } from "../../encoders/architectures/bert/bertConfig.ts";
import { bertShapes } from "../../encoders/architectures/operators/bertWeightNames.ts";
import type { EncodedPaper } from "../../encoders/text/encodedPaper.ts";
import type { SessionOptions } from "../../onnx/session.ts";
import { heads } from "../heads/heads.ts";
import type { TrainingJob } from "../job.ts";
import { type BatchParts, judgeBatch, trainBatch } from "../loop/batchStep.ts";
import { openDropoutMasks } from "../loop/dropoutMasks.ts";
import { distances } from "../losses/distances.ts";
import { openBertNetwork } from "../network/bertNetwork.ts";
import { optimizers } from "../optimizers/optimizers.ts";
import { openParameters, type Parameters } from "../parameters.ts";
import { chosen } from "../registered.ts";
import { measuredLayers } from "./measuredLayers.ts";

/** What is measured: settings, the model's sizes, and triplets that a batch is made of. */
export interface StepToMeasure {
  readonly job: Pick<TrainingJob, "settings" | "threads" | "provider" | "deviceId" | "recompute">;
  readonly geometry: BertGeometry;
  /** Texts of query, positive and negative of each triplet of the batch. */
  readonly triplets: readonly (readonly EncodedPaper[])[];
}

/** Times of one step of a network of at most two layers, in seconds. */
export interface StepTimes {
  readonly layers: number;
  readonly triplets: number;
  /** Forward and backward of one triplet. */
  readonly perTriplet: number;
  readonly perTripletForward: number;
  /** One update, by the numbers that it changes. */
  readonly perNumber: number;
}

/** Steps are measured for at least so long, in milliseconds, after one that opens the sessions. */
const longEnoughMs = 300;
/** Rows of the table of words: a real one's size changes nothing about a batch. */
const words = 500;

/** Times steps of a small network of the model's width. Blocks its thread. */
export async function measureStep({ job, geometry, triplets }: StepToMeasure): Promise<StepTimes> {
  const { settings, threads, provider, deviceId, recompute } = job;
  // What a step takes depends on the sizes alone, so that a BERT stands for its kin.
  const small = { ...geometry, tokenTypes: 1, layers: measuredLayers(geometry), vocabularySize: words };
  const headKind = chosen("--pooling", heads, settings.pooling);
  const parameters = anyParameters(small, headKind.weights(small.hiddenSize, small.layers));
  const session: SessionOptions = { threads, restBetweenRuns: true, provider, deviceId };
  const network = openBertNetwork(trainableBert(small), parameters, session);
  const parts: BatchParts = {
    network,
    head: headKind.open(network, parameters, session),
    headKind,
    distance: chosen("--distance", distances, settings.distance),
    margin: settings.margin,
  };
  const { hiddenDropout: hidden, attentionDropout: attention, vectorDropout: vector } = settings;
  const masks = openDropoutMasks({ hidden, attention, vector });
  const texts = triplets.flat().map((text) => ({ ...text, ids: text.ids.map((id) => id % words) }));
  const keys = texts.map((_, index) => [index]);
  const dropout = hidden > 0 || attention > 0 || vector > 0 ? masks.of(keys) : null;
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
      layers: small.layers,
      triplets: triplets.length,
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
function anyParameters(
  geometry: BertGeometry,
  own: readonly { readonly name: string; readonly dims: readonly number[] }[],
): Parameters {
  const shapes = new Map([...bertShapes(geometry), ...own.map(({ name, dims }) => [name, dims] as const)]);
  const initial = Array.from(shapes, ([name, dims]) => ({
    name,
    dims,
    trained: true,
    read: () => {
      const numbers = new Float32Array(dims.reduce((product, size) => product * size, 1));
      if (name.endsWith("LayerNorm.weight")) return numbers.fill(1);
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
