import { microsoft } from "../../graph.ts";
import { type GradientRule, input, onlyGradient } from "../rule.ts";

/** Pairs of numbers turned by their positions' angles: the gradient is turned back, by the same angles the other way round. */
export const rotaryEmbedding: GradientRule = {
  opType: "RotaryEmbedding",
  domain: microsoft,
  outputDims: ({ node, dims }) => [dims(input(node, 0))],
  gradients({ graph, node }, outputs) {
    const [positions, cosines, sines] = [input(node, 1), input(node, 2), input(node, 3)];
    const { attributes = {} } = node;
    return [
      () =>
        graph.op("RotaryEmbedding", [onlyGradient(outputs), positions, cosines, graph.op("Neg", [sines])], {
          domain: microsoft,
          attributes,
        }),
      null,
      null,
      null,
    ];
  },
};
