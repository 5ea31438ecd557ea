import type { Mt19937 } from "../../stats/random/mt19937.ts";

/** Numbers that describe one (query, candidate) pair. */
export const featureCount = 11;
/** Hidden units of the network: Linear(11, 50), ReLU, dropout, Linear(50, 1), sigmoid. */
export const hiddenUnits = 50;

/** Hidden units and two columns of zeros: what fills registers of four. */
const rowLength = 52;

/**
 * Where each layer lies in the one block of parameters. A row has one column a hidden unit: one row of hidden weights a
 * feature, then the hidden biases, then the output weights; the output bias follows.
 */
export const layout = {
  rowLength,
  hiddenBiases: featureCount * rowLength,
  outputWeights: (featureCount + 1) * rowLength,
  outputBias: (featureCount + 2) * rowLength,
  length: (featureCount + 2) * rowLength + 1,
} as const;

/** The network's layers as PyTorch lists them: one list of weights a hidden unit. */
export interface NetworkLayers {
  readonly hiddenWeights: readonly (readonly number[])[];
  readonly hiddenBiases: readonly number[];
  readonly outputWeights: readonly number[];
  readonly outputBias: number;
}

/** Layers as one block of parameters. */
export function parametersFrom({
  hiddenWeights,
  hiddenBiases,
  outputWeights,
  outputBias,
}: NetworkLayers): Float32Array {
  const parameters = new Float32Array(layout.length);
  for (const [unit, weights] of hiddenWeights.entries()) {
    for (const [feature, weight] of weights.entries()) parameters[feature * rowLength + unit] = weight;
  }
  parameters.set(hiddenBiases, layout.hiddenBiases);
  parameters.set(outputWeights, layout.outputWeights);
  parameters[layout.outputBias] = outputBias;
  return parameters;
}

/**
 * Fresh parameters: PyTorch's default for a linear layer, weights and biases uniform in +-1/sqrt(inputs).
 * One draw a parameter: the hidden weights unit by unit, the hidden biases, the output weights, the output bias.
 */
export function initialParameters(generator: Mt19937): Float32Array {
  const uniform = (inputs: number): number => {
    // 24 bits are what a single-precision number in [0, 1) holds.
    const share = (generator.nextUint32() >>> 8) / 2 ** 24;
    return (2 * share - 1) / Math.sqrt(inputs);
  };
  const forEachUnit = <T>(draw: () => T): T[] => Array.from({ length: hiddenUnits }, draw);
  return parametersFrom({
    hiddenWeights: forEachUnit(() => Array.from({ length: featureCount }, () => uniform(featureCount))),
    hiddenBiases: forEachUnit(() => uniform(featureCount)),
    outputWeights: forEachUnit(() => uniform(hiddenUnits)),
    outputBias: uniform(hiddenUnits),
  });
}
