import type { TrainingSettings } from "../settings.ts";

/** How long a training is. */
export interface TrainingLength {
  /** Batches of an epoch, the last of them perhaps smaller. */
  readonly batchesPerEpoch: number;
  /** Updates of an epoch, the last of them perhaps of fewer batches. */
  readonly updatesPerEpoch: number;
  /** Updates until the end, unless patience ends it before. */
  readonly updates: number;
  /** Updates of an epoch as the schedule counts them; need not be whole. */
  readonly plannedPerEpoch: number;
  /** Updates over which the rate rises. */
  readonly warmup: number;
}

/** Works out how long a training on this many triplets is. */
export function trainingLength(settings: TrainingSettings, triplets: number): TrainingLength {
  const { batchSize, accumulate, epochs, maxSteps, numTrainInstances, warmup } = settings;
  const batchesPerEpoch = Math.ceil(triplets / batchSize);
  const updatesPerEpoch = Math.ceil(batchesPerEpoch / accumulate);
  const all = updatesPerEpoch * epochs;
  const plannedPerEpoch = (numTrainInstances ?? triplets) / (batchSize * accumulate);
  return {
    batchesPerEpoch,
    updatesPerEpoch,
    updates: maxSteps === null ? all : Math.min(maxSteps, all),
    plannedPerEpoch,
    warmup: warmup < 1 ? Math.floor(warmup * plannedPerEpoch * epochs) : warmup,
  };
}
