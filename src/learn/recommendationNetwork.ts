import type { Mt19937 } from "./mt19937.ts";

/** Numbers that describe one (query, candidate) pair. */
export const featureCount = 11;
/** Hidden units of the network: Linear(11, 50), ReLU, dropout, Linear(50, 1), sigmoid. */
export const hiddenUnits = 50;

/**
 * Where each layer lies in the one block of parameters: hidden weights (one row of {@link featureCount} a unit),
 * hidden biases, output weights, output bias.
 */
export const layout = {
  hiddenWeights: 0,
  hiddenBiases: hiddenUnits * featureCount,
  outputWeights: hiddenUnits * (featureCount + 1),
  outputBias: hiddenUnits * (featureCount + 2),
  length: hiddenUnits * (featureCount + 2) + 1,
} as const;

/**
 * Fresh parameters: PyTorch's default for a linear layer, weights and biases uniform in +-1/sqrt(inputs).
 * One draw a parameter, in the order of {@link layout}.
 */
export function initialParameters(generator: Mt19937): Float32Array {
  const parameters = new Float32Array(layout.length);
  for (let i = 0; i < layout.length; i++) {
    const bound = 1 / Math.sqrt(i < layout.outputWeights ? featureCount : hiddenUnits);
    // 24 bits are what a single-precision number in [0, 1) holds.
    const uniform = (generator.nextUint32() >>> 8) / 2 ** 24;
    parameters[i] = (2 * uniform - 1) * bound;
  }
  return parameters;
}

/**
 * The score of one pair, in (0, 1), computed in double precision from single-precision parameters.
 * @param features {@link featureCount} numbers a pair, row after row
 * @param keep for each hidden unit from `keepAt` on, the factor on its output: 0 silences it
 * @param hidden receives the output of each hidden unit, its factor applied, from `hiddenAt` on
 */
export function scorePair(
  parameters: Float32Array,
  features: Float32Array,
  pair: number,
  keep: Float64Array,
  keepAt: number,
  hidden: Float64Array,
  hiddenAt: number,
): number {
  const at = pair * featureCount;
  const x0 = features[at]!;
  const x1 = features[at + 1]!;
  const x2 = features[at + 2]!;
  const x3 = features[at + 3]!;
  const x4 = features[at + 4]!;
  const x5 = features[at + 5]!;
  const x6 = features[at + 6]!;
  const x7 = features[at + 7]!;
  const x8 = features[at + 8]!;
  const x9 = features[at + 9]!;
  const x10 = features[at + 10]!;
  let logit = parameters[layout.outputBias]!;
  for (let unit = 0, row = 0; unit < hiddenUnits; unit++, row += featureCount) {
    const factor = keep[keepAt + unit]!;
    let output = 0;
    if (factor > 0) {
      // Three chains instead of one: the sum is short, and its latency is what the loop waits for.
      const sum =
        parameters[layout.hiddenBiases + unit]! +
        parameters[row]! * x0 +
        parameters[row + 1]! * x1 +
        parameters[row + 2]! * x2 +
        (parameters[row + 3]! * x3 +
          parameters[row + 4]! * x4 +
          parameters[row + 5]! * x5 +
          parameters[row + 6]! * x6) +
        (parameters[row + 7]! * x7 +
          parameters[row + 8]! * x8 +
          parameters[row + 9]! * x9 +
          parameters[row + 10]! * x10);
      if (sum > 0) {
        output = sum * factor;
        logit += output * parameters[layout.outputWeights + unit]!;
      }
    }
    hidden[hiddenAt + unit] = output;
  }
  return 1 / (1 + Math.exp(-logit));
}

/**
 * Adds to `gradient` what one pair contributes, given the derivative of the loss by its score.
 * The other arguments are those of {@link scorePair}, and `score` and `hidden` are what it gave.
 */
export function addPairGradient(
  parameters: Float32Array,
  features: Float32Array,
  pair: number,
  keep: Float64Array,
  keepAt: number,
  hidden: Float64Array,
  hiddenAt: number,
  score: number,
  lossByScore: number,
  gradient: Float64Array,
): void {
  const at = pair * featureCount;
  const lossByLogit = lossByScore * score * (1 - score);
  gradient[layout.outputBias]! += lossByLogit;
  for (let unit = 0, row = 0; unit < hiddenUnits; unit++, row += featureCount) {
    const output = hidden[hiddenAt + unit]!;
    if (output > 0) {
      gradient[layout.outputWeights + unit]! += lossByLogit * output;
      const lossBySum = lossByLogit * parameters[layout.outputWeights + unit]! * keep[keepAt + unit]!;
      gradient[layout.hiddenBiases + unit]! += lossBySum;
      for (let k = 0; k < featureCount; k++) gradient[row + k]! += lossBySum * features[at + k]!;
    }
  }
}

/** Factors that let every hidden unit through: the network as it is used, not as it is trained. */
export const everyUnit: Float64Array = new Float64Array(hiddenUnits).fill(1);

/**
 * Scores of pairs as the trained network gives them. They are narrowed to 32 bits, as the reference's are, so that pairs
 * with the same features tie.
 * @param features {@link featureCount} numbers a pair, row after row
 */
export function scorePairs(parameters: Float32Array, features: Float32Array): Float32Array {
  const scores = new Float32Array(features.length / featureCount);
  const hidden = new Float64Array(hiddenUnits);
  for (let pair = 0; pair < scores.length; pair++) {
    scores[pair] = scorePair(parameters, features, pair, everyUnit, 0, hidden, 0);
  }
  return scores;
}
