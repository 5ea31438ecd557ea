import type { TrainableLayer } from "../../../encoders/architectures/trainable.ts";
import type { PieceSpec } from "../../../onnx/gradients/piece.ts";
import { float, linear, linearWeights, names, normalize, normWeights, type PieceOptions } from "./parts.ts";

/** What of a layer decides about its first piece. */
export type ProjectShape = Pick<TrainableLayer, "inputNorm" | "query" | "key" | "value">;

/**
 * Queries, keys and values of a layer. What comes back along the way round attention is added to the gradient.
 * @param apart whether queries are asked of other rows, `wanted`, than keys and values: the first tokens alone, in the last layer
 */
export function projectPiece(options: PieceOptions, layer: ProjectShape, apart: boolean): PieceSpec {
  const { geometry, train, passOn } = options;
  const { hiddenSize: hidden } = geometry;
  const { inputNorm } = layer;
  const weights = [
    ...normWeights("input.norm", inputNorm, hidden),
    ...(["query", "key", "value"] as const).flatMap((name) => linearWeights(name, layer[name], hidden, hidden)),
  ];
  const flowing = [float("hidden", "tokens", hidden), ...(apart ? [float("wanted", "rows", hidden)] : [])];
  const asking = apart ? "wanted" : "hidden";
  return {
    name: apart ? "project first tokens" : "project",
    inputs: [...flowing, ...weights],
    outputs: ["queries", "keys", "values"],
    wanted: [...(passOn ? names(flowing) : []), ...(train ? names(weights) : [])],
    alsoSeeded: passOn ? [asking] : [],
    build(graph) {
      const normed = (rows: string): string =>
        inputNorm === null ? rows : normalize(graph, rows, "input.norm", inputNorm, `${rows}.normed`);
      const all = normed("hidden");
      linear(graph, apart ? normed("wanted") : all, "query", layer.query, "queries");
      linear(graph, all, "key", layer.key, "keys");
      linear(graph, all, "value", layer.value, "values");
    },
  };
}
