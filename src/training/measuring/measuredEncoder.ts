import { layerOfWeight, type TrainableEncoder } from "../../encoders/architectures/trainable.ts";

/** Rows of the table of words that is timed: a real one's size changes nothing about a batch. */
const words = 500;

/** A small network of an encoder's width, as plain data: what it takes depends on the sizes alone. */
export interface MeasuredEncoder {
  readonly encoder: TrainableEncoder;
  /** Names and sizes of its weights. */
  readonly weights: readonly (readonly [name: string, dims: readonly number[]])[];
}

/**
 * The last layers of an encoder: the very last may be wanted for first tokens alone.
 * @param weights of the whole encoder, by name
 */
export function measuredEncoder(
  encoder: TrainableEncoder,
  weights: readonly { readonly name: string; readonly dims: readonly number[] }[],
  count: number,
): MeasuredEncoder {
  const layers = encoder.layers.slice(-count);
  const small: TrainableEncoder = {
    ...encoder,
    geometry: { ...encoder.geometry, layers: layers.length, vocabularySize: words },
    layers,
    // A bias by distance is a little more than none, and no plain data; positions counted from 0 are within any table.
    distanceBias: null,
    padding: null,
  };
  const own = weights.filter(({ name }) => layerOfWeight(small, name) !== null);
  return {
    encoder: small,
    weights: own.map(({ name, dims }) => [name, name === encoder.embeddings.word ? [words, ...dims.slice(1)] : dims]),
  };
}
