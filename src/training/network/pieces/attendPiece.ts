import { rotaryTable } from "../../../encoders/architectures/operators/rotary.ts";
import type { TrainableAttention } from "../../../encoders/architectures/trainable.ts";
import type { PieceSpec } from "../../../onnx/gradients/piece.ts";
import { type GraphBuilder, microsoft } from "../../../onnx/graph.ts";
import { float32 } from "../../../onnx/model.ts";
import { dropped, float, maskInputs, names, type PieceOptions } from "./parts.ts";

/** What is added to attention's scores: for all heads the same or for each its own, with or without a gradient. */
export interface BiasShape {
  readonly heads: number;
  readonly trained: boolean;
}

/**
 * Scaled dot-product attention of one text; `asked` tokens ask, all are asked. What flows in and out has an axis of its own for the
 * heads: a Reshape at a graph's edge copies. Where first tokens alone ask, their position is 0.
 * @param bias null where nothing is added to the scores
 */
export function attendPiece(
  options: PieceOptions,
  { rotary }: Pick<TrainableAttention, "rotary">,
  bias: BiasShape | null,
): PieceSpec {
  const { hiddenSize: hidden, heads } = options.geometry;
  const width = hidden / heads;
  const flowing = [
    float("queries", "asked", heads, width),
    float("keys", "tokens", heads, width),
    float("values", "tokens", heads, width),
  ];
  const biases = bias === null ? [] : [float("bias", bias.heads, "asked", "tokens")];
  const masks = maskInputs(options, [["attention", heads, "asked", "tokens"]]);
  return {
    name: "attend",
    inputs: [...flowing, ...biases, ...masks],
    outputs: ["context"],
    wanted: [...names(flowing), ...(bias?.trained ? names(biases) : [])],
    build(graph) {
      const { op } = graph;
      const turned = { attributes: { perm: { ints: [1, 0, 2] } } };
      const byHead = (input: string): string => op("Transpose", [input], turned);
      const placed = (input: string): string =>
        rotary === null ? byHead(input) : rotate(graph, byHead(input), { ...rotary, width });
      const products = op("FusedMatMul", [placed("queries"), placed("keys")], {
        domain: microsoft,
        attributes: { transB: { int: 1 }, alpha: { float: 1 / Math.sqrt(width) } },
      });
      const scores = bias === null ? products : op("Add", [products, "bias"]);
      const shares = op("Softmax", [scores], { attributes: { axis: { int: -1 } } });
      const mixed = op("MatMul", [dropped(graph, options, shares, "attention"), byHead("values")]);
      op("Transpose", [mixed], { ...turned, name: "context" });
    },
  };
}

/** Turns `[heads, tokens, width]` by the tokens' positions; the runtime's operator takes heads as texts of one head each. */
function rotate(
  graph: GraphBuilder,
  input: string,
  { base, positions, width }: { readonly base: number; readonly positions: number; readonly width: number },
): string {
  const table = (name: string, curve: (angle: number) => number): string =>
    graph.constant(float32(name, [positions, width / 2], rotaryTable(base, width, positions, curve)));
  const tables = [table("cosines", Math.cos), table("sines", Math.sin)];
  return graph.op("RotaryEmbedding", [input, graph.integers(0), ...tables], { domain: microsoft });
}
