import type { VectorHead } from "./heads/head.ts";
import type { TrainingSettings } from "./settings.ts";
import type { StartingModel } from "./start/startingModel.ts";

/** Of which layer a weight is, by its name; null for a head's. */
export function layerOf(name: string): number | "embeddings" | null {
  if (name.startsWith("embeddings.")) return "embeddings";
  const layer = /^encoder\.layer\.(\d+)\./.exec(name)?.[1];
  return layer === undefined ? null : Number(layer);
}

/** Counts the numbers of a model with its head, and those of them that will be trained. */
export function plannedWeights(
  start: Pick<StartingModel, "geometry" | "weights">,
  head: VectorHead,
  freeze: TrainingSettings["freeze"],
): { readonly parameters: number; readonly trained: number } {
  const own = head.weights(start.geometry.hiddenSize, start.geometry.layers);
  const isOwn = (name: string): boolean => own.some((each) => each.name === name);
  const weights = [
    ...start.weights.filter(({ name }) => !name.startsWith("scalar_mix.") || isOwn(name)),
    ...own.filter(({ name }) => !start.weights.some((weight) => weight.name === name)),
  ];
  const trained = weights.filter(({ name }) => {
    const layer = layerOf(name);
    if (layer === "embeddings") return !freeze.embeddings;
    return layer === null ? isOwn(name) : !freeze.layers.includes(layer);
  });
  const size = (list: readonly { readonly dims: readonly number[] }[]): number =>
    list.reduce((sum, { dims }) => sum + dims.reduce((product, each) => product * each, 1), 0);
  return { parameters: size(weights), trained: size(trained) };
}
