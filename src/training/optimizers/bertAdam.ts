import { eachScale } from "./adamW.ts";
import { decays, type Optimizer } from "./optimizer.ts";

/**
 * BertAdam of pytorch-pretrained-bert 0.6: the moments' start at zero is not corrected, decay is added to the update before the rate, and
 * every weight's gradient is clipped by its own length.
 */
export const bertAdam: Optimizer = {
  id: "bertadam",
  description: "BERT's own Adam, without correction of the moments",
  defaults: { beta1: 0.9, beta2: 0.999, epsilon: 1e-6, weightDecay: 0.01, clipEach: 1 },
  update({ name, memory: { kernel }, at, count }, settings) {
    const { beta1, beta2, epsilon, rate, weightDecay } = settings;
    kernel.bertAdam(
      at.weights,
      at.gradient,
      at.first,
      at.second,
      count,
      eachScale(kernel.sumOfSquares(at.gradient, count), settings),
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      rate,
      epsilon,
      decays(name) ? weightDecay : 0,
    );
  },
};
