import { openPiece } from "../../onnx/gradients/openPiece.ts";
import { gradientOf, seedOf } from "../../onnx/gradients/piece.ts";
import { poolerPiece } from "../network/pieces/poolerPiece.ts";
import type { VectorHead } from "./head.ts";

const weightName = "pooler.dense.weight";
const biasName = "pooler.dense.bias";

/** BERT's pooler over the last layer's first token, as the reference's second training script takes it. */
export const pooler: VectorHead = {
  id: "pooler",
  description: "BERT's pooler, tanh of a linear layer on the last layer's first token",
  firstOnly: true,
  weights: (hidden) => [
    { name: weightName, dims: [hidden, hidden], start: "normal" },
    { name: biasName, dims: [hidden], start: 0 },
  ],
  open: ({ geometry }, weights, session) => {
    const hidden = geometry.hiddenSize;
    const last = geometry.layers - 1;
    const piece = openPiece(poolerPiece(geometry), session);
    const given = (first: Float32Array) => ({
      first: { data: first, dims: [first.length / hidden, hidden] },
      "dense.weight": { data: weights.value(weightName), dims: [hidden, hidden] },
      "dense.bias": { data: weights.value(biasName), dims: [hidden] },
    });
    let pooled = new Float32Array();
    return {
      async forward({ layers }) {
        const first = layers[last] ?? new Float32Array();
        pooled = new Float32Array(first.length);
        await piece.forward(given(first), { pooled: { data: pooled, dims: [first.length / hidden, hidden] } });
        return pooled.slice();
      },
      async backward({ layers }, seed) {
        const first = layers[last] ?? new Float32Array();
        const dims = [first.length / hidden, hidden];
        const byFirst = new Float32Array(first.length);
        const places = [weightName, biasName].map((name) => ({ name, place: weights.gradient(name) }));
        await piece.backward(
          { ...given(first), pooled: { data: pooled, dims }, [seedOf("pooled")]: { data: seed, dims } },
          {
            [gradientOf("first")]: { data: byFirst, dims },
            ...Object.fromEntries(
              places.map(({ name, place }) => [
                gradientOf(name.replace("pooler.", "")),
                { data: place.target, dims: weights.dims(name) },
              ]),
            ),
          },
        );
        for (const { place } of places) place.done();
        return (layer, gradient) => {
          if (layer !== last) return;
          for (let at = 0; at < byFirst.length; at++) gradient[at]! += byFirst[at]!;
        };
      },
      close: piece.close,
    };
  },
};
