import type { VectorHead } from "./head.ts";

/** The last layer at the first token, as published SPECTER is used. */
export const firstToken: VectorHead = {
  id: "cls",
  description: "the last layer at the first token",
  firstOnly: true,
  weights: () => [],
  open: ({ geometry }) => {
    const last = geometry.layers - 1;
    return {
      forward: async ({ layers }) => Float32Array.from(layers[last] ?? []),
      backward: async (_, seed) => (layer, gradient) => {
        if (layer !== last) return;
        for (let at = 0; at < seed.length; at++) gradient[at]! += seed[at]!;
      },
      close: async () => {},
    };
  },
};
