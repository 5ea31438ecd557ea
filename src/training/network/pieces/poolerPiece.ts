import type { EncoderGeometry } from "../../../encoders/architectures/trainable.ts";
import type { PieceSpec } from "../../../onnx/gradients/piece.ts";
import { float, linear, linearWeights, names } from "./parts.ts";

/** BERT's pooler: a linear layer and tanh on each text's first token. */
export function poolerPiece({ hiddenSize: hidden }: Pick<EncoderGeometry, "hiddenSize">): PieceSpec {
  const weights = linearWeights("dense", { bias: true }, hidden, hidden);
  return {
    name: "pooler",
    inputs: [float("first", "rows", hidden), ...weights],
    outputs: ["pooled"],
    wanted: ["first", ...names(weights)],
    build(graph) {
      graph.op("Tanh", [linear(graph, "first", "dense", { bias: true })], { name: "pooled" });
    },
  };
}
