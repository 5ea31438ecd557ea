import { layerOfWeight } from "../encoders/architectures/trainable.ts";
import type { VectorHead } from "./heads/head.ts";
import type { InitialWeight } from "./parameters.ts";
import type { TrainingSettings } from "./settings.ts";
import { randomWeight } from "./start/randomModel.ts";
import type { StartingModel } from "./start/startingModel.ts";

/**
 * The weights of a training: the model's, and those of the head that it lacks. An encoder's weight is trained where its part is not frozen,
 * another where it is the head's own.
 * @param seed of the weights that are drawn
 */
export function initialWeights(
  { encoder, weights }: Pick<StartingModel, "encoder" | "weights">,
  head: VectorHead,
  freeze: TrainingSettings["freeze"],
  seed: number,
): InitialWeight[] {
  const own = head.weights(encoder.geometry.hiddenSize, encoder.geometry.layers);
  const isOwn = (name: string): boolean => own.some((weight) => weight.name === name);
  const isTrained = (name: string): boolean => {
    const layer = layerOfWeight(encoder, name);
    if (layer === "embeddings") return !freeze.embeddings;
    return layer === null ? isOwn(name) : !freeze.layers.includes(layer);
  };
  // A mix that this training does not use would be wrong in what comes out.
  const kept = weights.filter(({ name }) => !name.startsWith("scalar_mix.") || isOwn(name));
  const added = own
    .filter(({ name }) => !weights.some((weight) => weight.name === name))
    .map(({ name, dims, start }, index) =>
      start === "normal"
        ? randomWeight(name, dims, seed, 10_000 + index)
        : { name, dims, read: () => new Float32Array(numbersIn(dims)).fill(start) },
    );
  return [...kept, ...added].map((weight) => ({ ...weight, trained: isTrained(weight.name) }));
}

/** Counts the numbers of weights, and those of them that will be trained. */
export function countWeights(weights: readonly InitialWeight[]): {
  readonly parameters: number;
  readonly trained: number;
} {
  const size = (list: readonly InitialWeight[]): number => list.reduce((sum, { dims }) => sum + numbersIn(dims), 0);
  return { parameters: size(weights), trained: size(weights.filter(({ trained }) => trained)) };
}

function numbersIn(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}
