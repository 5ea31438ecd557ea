import type { GraphBuilder } from "../../../onnx/graph.ts";
import { int64 } from "../../../onnx/model.ts";

/**
 * Positions as RoBERTa counts them: `pad` plus the number of tokens so far that are not the padding token. A literal `<pad>` in a text has
 * position `pad`, and is attended to.
 * @returns int64 `[batch, tokens]`
 */
export function countedPositions(graph: GraphBuilder, ids: string, pad: number): string {
  const { op } = graph;
  const padding = graph.constant(int64("padding_token", [], [pad]));
  const real = op("Cast", [op("Not", [op("Equal", [ids, padding])])], { attributes: { to: { int: 7 } } });
  const counted = op("CumSum", [real, graph.constant(int64("axis_1", [], [1]))]);
  return op("Add", [op("Mul", [counted, real]), padding]);
}
