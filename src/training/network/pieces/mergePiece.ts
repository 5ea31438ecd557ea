import type { TrainableLayer } from "../../../encoders/architectures/trainable.ts";
import type { PieceSpec } from "../../../onnx/gradients/piece.ts";
import { microsoft } from "../../../onnx/graph.ts";
import {
  dropped,
  float,
  linear,
  linearWeights,
  maskInputs,
  names,
  normalize,
  normWeights,
  type PieceOptions,
} from "./parts.ts";

/** What of a layer decides about its last piece. */
export type MergeShape = Pick<
  TrainableLayer,
  "attentionOutput" | "middleNorm" | "feedForward" | "around" | "outputNorm"
>;

/** What comes after attention: a linear layer whose output is added to what went round it, and the feed-forward half the same way. */
export function mergePiece(options: PieceOptions, layer: MergeShape): PieceSpec {
  const { geometry, train, passOn } = options;
  const { hiddenSize: hidden, intermediateSize: wide } = geometry;
  const { attentionOutput, middleNorm, feedForward, outputNorm } = layer;
  const { curved, gate, output } = feedForward;
  const flowing = [float("context", "rows", hidden), float("skip", "rows", hidden)];
  const weights = [
    ...linearWeights("attention.output", attentionOutput, hidden, hidden),
    ...normWeights("middle.norm", middleNorm, hidden),
    ...linearWeights("curved", curved, hidden, wide),
    ...(gate === null ? [] : linearWeights("gate", gate, hidden, wide)),
    ...linearWeights("output", output, wide, hidden),
    ...normWeights("output.norm", outputNorm, hidden),
  ];
  const masks = maskInputs(options, [
    ["attended", "rows", hidden],
    ["inner", "rows", wide],
    ["output", "rows", hidden],
  ]);
  return {
    name: "merge",
    inputs: [...flowing, ...weights, ...masks],
    outputs: ["output"],
    // A frozen layer with trained ones below passes gradients on; so does attention's way round a trained one.
    wanted: [...(passOn ? names(flowing) : train ? ["context"] : []), ...(train ? names(weights) : [])],
    build(graph) {
      const { op } = graph;
      const dense = linear(graph, "context", "attention.output", attentionOutput);
      const sum = op("Add", [dropped(graph, options, dense, "attended"), "skip"]);
      const normed = normalize(graph, sum, "middle.norm", middleNorm, "middle");
      const bent = linear(graph, normed, "curved", curved);
      const curve =
        feedForward.curve === "gelu"
          ? op("Gelu", [bent], { domain: microsoft })
          : op("QuickGelu", [bent], { domain: microsoft, attributes: { alpha: { float: 1 } } });
      const inner = gate === null ? curve : op("Mul", [curve, linear(graph, normed, "gate", gate)]);
      const outer = linear(graph, dropped(graph, options, inner, "inner"), "output", output);
      const halves = [dropped(graph, options, outer, "output"), layer.around === "norm" ? normed : sum];
      if (outputNorm === null) op("Add", halves, { name: "output" });
      else normalize(graph, op("Add", halves), "output.norm", outputNorm, "output");
    },
  };
}
