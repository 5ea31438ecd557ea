import { mixWeights } from "../../encoders/checkpoints/allenNlp.ts";
import type { ForwardPass } from "../network/network.ts";
import type { HeadWeight, VectorHead } from "./head.ts";

/** Names of the mix's parameters, one a layer. */
export const mixParameter = (layer: number): string => `scalar_mix.scalar_parameters.${layer}`;
export const mixGamma = "scalar_mix.gamma";

/**
 * The original SPECTER's vectors: softmax of one parameter a layer, times gamma, over all layers' outputs; then the mean, or sum, over the
 * positions that the recipe names.
 */
function words(averaged: boolean): VectorHead {
  return {
    id: averaged ? "words" : "words-sum",
    description: `a mix of all layers, then the ${averaged ? "mean" : "sum"} over the words' last pieces`,
    firstOnly: false,
    weights: (_, layers) => [
      ...Array.from(
        { length: layers },
        (_each, layer): HeadWeight => ({ name: mixParameter(layer), dims: [1], start: 0 }),
      ),
      { name: mixGamma, dims: [1], start: 1 },
    ],
    open: ({ geometry }, weights) => {
      const { hiddenSize: hidden, layers } = geometry;
      const numbers = Array.from({ length: layers }, (_, layer) => layer);
      const number = (name: string): number => weights.value(name)[0] ?? 0;
      const shares = (): number[] =>
        mixWeights(
          numbers.map((layer) => number(mixParameter(layer))),
          number(mixGamma),
        );
      /** Rows of a text that are taken, and the weight of each. */
      const chosen = ({ texts }: ForwardPass, text: number) => {
        const positions = texts.positions[text];
        if (positions === undefined || positions === null) throw new RangeError("the text's recipe names no positions");
        const start = texts.starts[text] ?? 0;
        return {
          rows: positions.map((position) => start + position),
          weight: averaged ? 1 / Math.max(1, positions.length) : 1,
        };
      };
      /** Sums over the chosen positions, in double: `pooled[layer]`, `texts x hidden`. */
      let pooled: Float64Array[] = [];
      return {
        async forward(pass) {
          const { count } = pass.texts;
          const mix = shares();
          const vectors = new Float64Array(count * hidden);
          pooled = numbers.map((layer) => {
            const sums = new Float64Array(count * hidden);
            const output = pass.layers[layer] ?? new Float32Array();
            for (let text = 0; text < count; text++) {
              const { rows, weight } = chosen(pass, text);
              for (const row of rows) {
                for (let k = 0; k < hidden; k++) sums[text * hidden + k]! += weight * output[row * hidden + k]!;
              }
            }
            const share = mix[layer] ?? 0;
            for (let at = 0; at < sums.length; at++) vectors[at]! += share * sums[at]!;
            return sums;
          });
          return Float32Array.from(vectors);
        },
        async backward(pass, seed) {
          const mix = shares();
          const gamma = number(mixGamma);
          // Each layer's part in the loss, were its share 1.
          const parts = pooled.map((sums) => sums.reduce((sum, value, at) => sum + value * (seed[at] ?? 0), 0));
          const softmax = mixWeights(
            numbers.map((layer) => number(mixParameter(layer))),
            1,
          );
          const mean = parts.reduce((sum, part, layer) => sum + part * (softmax[layer] ?? 0), 0);
          const put = (name: string, value: number): void => {
            if (!weights.trained(name)) return;
            const place = weights.gradient(name);
            place.target[0] = value;
            place.done();
          };
          put(mixGamma, mean);
          for (const layer of numbers)
            put(mixParameter(layer), gamma * (softmax[layer] ?? 0) * ((parts[layer] ?? 0) - mean));
          return (layer, gradient) => {
            const share = mix[layer] ?? 0;
            for (let text = 0; text < pass.texts.count; text++) {
              const { rows, weight } = chosen(pass, text);
              for (const row of rows) {
                for (let k = 0; k < hidden; k++)
                  gradient[row * hidden + k]! += share * weight * seed[text * hidden + k]!;
              }
            }
          };
        },
        close: async () => {},
      };
    },
  };
}

export const wordMean: VectorHead = words(true);
export const wordSum: VectorHead = words(false);
