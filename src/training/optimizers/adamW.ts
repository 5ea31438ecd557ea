import type { TrainedWeight } from "../parameters.ts";
import { clipScale, decays, type Optimizer, type UpdateSettings } from "./optimizer.ts";

const defaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipEach: null } as const;

function runAdam(
  { name, memory: { kernel }, at, count }: TrainedWeight,
  settings: UpdateSettings,
  of: { readonly step: number; readonly rootScale: number; readonly decayFirst: boolean },
): void {
  const { beta1, beta2, epsilon, rate, weightDecay } = settings;
  const keep = decays(name) ? 1 - rate * weightDecay : 1;
  const scale = eachScale(kernel.sumOfSquares(at.gradient, count), settings);
  kernel.adam(
    at.weights,
    at.gradient,
    at.first,
    at.second,
    count,
    scale,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    of.step,
    epsilon,
    of.rootScale,
    of.decayFirst ? keep : 1,
    of.decayFirst ? 1 : keep,
  );
}

/** What a weight's gradient is multiplied by: for all gradients' length, then for its own. */
export function eachScale(sumOfSquares: number, { gradientScale, clipEach }: UpdateSettings): number {
  return gradientScale * clipScale(Math.sqrt(sumOfSquares) * gradientScale, clipEach);
}

/**
 * AdamW (Loshchilov and Hutter 2019) as Hugging Face's transformers 3.4 has it: epsilon is added to the root of the uncorrected second
 * moment, and decay comes after the update.
 */
export const adamW: Optimizer = {
  id: "adamw",
  description: "AdamW as transformers 3.4 has it",
  defaults,
  update(weight, settings) {
    const { beta1, beta2, update, rate } = settings;
    const step = (rate * Math.sqrt(1 - beta2 ** update)) / (1 - beta1 ** update);
    runAdam(weight, settings, { step, rootScale: 1, decayFirst: false });
  },
};

/** AdamW as torch.optim has it: decay comes first, and epsilon is added to the root of the corrected second moment. */
export const torchAdamW: Optimizer = {
  id: "adamw-torch",
  description: "AdamW as PyTorch has it",
  defaults,
  update(weight, settings) {
    const { beta1, beta2, update, rate } = settings;
    const rootScale = 1 / Math.sqrt(1 - beta2 ** update);
    runAdam(weight, settings, { step: rate / (1 - beta1 ** update), rootScale, decayFirst: true });
  },
};
