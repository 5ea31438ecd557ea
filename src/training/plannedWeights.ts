import { layerOfWeight, type TrainableEncoder } from "../encoders/architectures/trainable.ts";
import type { VectorHead } from "./heads/head.ts";
import type { TrainingSettings } from "./settings.ts";
import type { StartingModel } from "./start/startingModel.ts";

/**
 * Whether a weight is trained: one of the encoder's where its part is not frozen, another where it is the head's own.
 * @param own names of the head's weights
 */
export function isTrained(
  encoder: TrainableEncoder,
  own: ReadonlySet<string>,
  freeze: TrainingSettings["freeze"],
  name: string,
): boolean {
  const layer = layerOfWeight(encoder, name);
  if (layer === "embeddings") return !freeze.embeddings;
  return layer === null ? own.has(name) : !freeze.layers.includes(layer);
}

/** Counts the numbers of a model with its head, and those of them that will be trained. */
export function plannedWeights(
  { encoder, weights: given }: Pick<StartingModel, "encoder" | "weights">,
  head: VectorHead,
  freeze: TrainingSettings["freeze"],
): { readonly parameters: number; readonly trained: number } {
  const own = head.weights(encoder.geometry.hiddenSize, encoder.geometry.layers);
  const ownNames = new Set(own.map(({ name }) => name));
  const weights = [
    ...given.filter(({ name }) => !name.startsWith("scalar_mix.") || ownNames.has(name)),
    ...own.filter(({ name }) => !given.some((weight) => weight.name === name)),
  ];
  const trained = weights.filter(({ name }) => isTrained(encoder, ownNames, freeze, name));
  const size = (list: readonly { readonly dims: readonly number[] }[]): number =>
    list.reduce((sum, { dims }) => sum + dims.reduce((product, each) => product * each, 1), 0);
  return { parameters: size(weights), trained: size(trained) };
}
