import type { TrainingSettings } from "../settings.ts";

/** Settings that do not come from a preset but from the model, the optimiser or the user alone. */
type Elsewhere =
  | "preset"
  | "maxSteps"
  | "numTrainInstances"
  | "numDevInstances"
  | "freeze"
  | "evaluateEvery"
  | "bestBy"
  | "beta1"
  | "beta2"
  | "epsilon"
  | "clipEach"
  | "hiddenDropout"
  | "attentionDropout"
  | "accumulate";

/** A published way of training, as defaults of all settings. */
export interface Preset extends Omit<TrainingSettings, Elsewhere> {
  readonly id: string;
  readonly description: string;
  /** Batches of an update, for a number of triplets in a batch. */
  readonly accumulate: (batchSize: number) => number;
}
