import type { VectorHead } from "./head.ts";

/** The mean of the last layer over all tokens of a text, special ones included, as sentence-transformers' models are used. */
export const tokenMean: VectorHead = {
  id: "mean",
  description: "the mean of the last layer over all tokens",
  firstOnly: false,
  weights: () => [],
  declares: "mean",
  open: ({ geometry: { hiddenSize: hidden, layers: count } }) => ({
    forward: async ({ texts, layers }) => {
      const output = layers[count - 1] ?? new Float32Array();
      const vectors = new Float32Array(texts.count * hidden);
      const sums = new Float64Array(hidden);
      for (let text = 0; text < texts.count; text++) {
        const [from, to] = [texts.starts[text] ?? 0, texts.starts[text + 1] ?? 0];
        sums.fill(0);
        for (let row = from; row < to; row++) {
          for (let k = 0; k < hidden; k++) sums[k]! += output[row * hidden + k] ?? 0;
        }
        for (let k = 0; k < hidden; k++) vectors[text * hidden + k] = (sums[k] ?? 0) / Math.max(1, to - from);
      }
      return vectors;
    },
    backward:
      async ({ texts }, seed) =>
      (layer, gradient) => {
        if (layer !== count - 1) return;
        for (let text = 0; text < texts.count; text++) {
          const [from, to] = [texts.starts[text] ?? 0, texts.starts[text + 1] ?? 0];
          for (let row = from; row < to; row++) {
            for (let k = 0; k < hidden; k++)
              gradient[row * hidden + k]! += (seed[text * hidden + k] ?? 0) / (to - from);
          }
        }
      },
    close: async () => {},
  }),
};
