import type { EmbeddingNames } from "../../../encoders/architectures/trainable.ts";
import type { PieceSpec } from "../../../onnx/gradients/piece.ts";
import { dropped, float, maskInputs, names, normalize, normWeights, type PieceOptions } from "./parts.ts";

/** The sums of the rows of a token's tables, normalised. */
export function embedPiece(options: PieceOptions, { norm }: EmbeddingNames): PieceSpec {
  const { hiddenSize: hidden } = options.geometry;
  const inputs = [float("sum", "tokens", hidden), ...normWeights("norm", norm, hidden)];
  const masks = maskInputs(options, [["embeddings", "tokens", hidden]]);
  return {
    name: "embed",
    inputs: [...inputs, ...masks],
    outputs: ["hidden"],
    wanted: options.train ? names(inputs) : [],
    build(graph) {
      const normed = normalize(graph, "sum", "norm", norm, masks.length === 0 ? "hidden" : "normed");
      dropped(graph, options, normed, "embeddings", "hidden");
    },
  };
}
