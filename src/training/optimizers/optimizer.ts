import type { TrainedWeight } from "../parameters.ts";

/** What an update needs to know beside a weight and its gradient. */
export interface UpdateSettings {
  /** Learning rate of this update. */
  readonly rate: number;
  /** Number of this update, from 1. */
  readonly update: number;
  /** The gradient is multiplied by it first, as clipping by the norm of all gradients asks. */
  readonly gradientScale: number;
  /** Decay of the weights that decay. */
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Most length of one weight's gradient; null for no limit. */
  readonly clipEach: number | null;
}

/** Makes an update of a gradient. Its two moments lie with the weight, and are zeros at first. */
export interface Optimizer {
  readonly id: string;
  readonly description: string;
  readonly defaults: Pick<UpdateSettings, "beta1" | "beta2" | "epsilon" | "weightDecay" | "clipEach">;
  readonly update: (weight: TrainedWeight, settings: UpdateSettings) => void;
}

/** Weights that never decay: biases, and the scales of normalisations. */
export function decays(name: string): boolean {
  return !/bias|(LayerNorm|layer_norm|norm\d*|emb_ln)\.weight$/.test(name);
}

/** Part of a gradient's length that is left when it may be at most `most` long, as PyTorch's clipping has it. */
export function clipScale(norm: number, most: number | null): number {
  // A length that is no number must not pass for a short one.
  return most === null ? 1 : Math.min(1, most / (norm + 1e-6));
}
