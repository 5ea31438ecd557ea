import type { GraphBuilder } from "../graph.ts";
import { float32 } from "../model.ts";
import type { Dims } from "./rule.ts";

/**
 * Sizes of the result when two values are broadcast against each other.
 * @throws RangeError when that cannot be told from sizes known in advance
 */
export function broadcastDims(a: Dims, b: Dims): Dims {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new RangeError(`[${a.join(", ")}] and [${b.join(", ")}] cannot be told to fit`);
  });
}

/** Adds up a gradient over the axes along which its value was broadcast, so that it has the value's own sizes again. */
export function sumTo(graph: GraphBuilder, gradient: string, from: Dims, to: Dims): string {
  const { op, integers } = graph;
  const extra = from.length - to.length;
  const leading = Array.from({ length: extra }, (_, axis) => axis);
  const inner = to.flatMap((size, axis) => (size === 1 && from[axis + extra] !== 1 ? [axis] : []));
  let sum = gradient;
  if (from.length === 2 && to.length === 1) {
    sum = sumRows(graph, gradient);
  } else if (leading.length > 0) {
    sum = op("ReduceSum", [sum, integers(...leading)], { attributes: { keepdims: { int: 0 } } });
  }
  return inner.length === 0
    ? sum
    : op("ReduceSum", [sum, integers(...inner)], { attributes: { keepdims: { int: 1 } } });
}

/** Sums over the rows of a matrix, as the product of a row of ones with it: the runtime's product reads a matrix twice as fast as its sum. */
function sumRows(graph: GraphBuilder, matrix: string): string {
  const rows = graph.op("Shape", [matrix], { attributes: { start: { int: 0 }, end: { int: 1 } } });
  const ones = graph.op("Expand", [graph.constant(float32("one", [1], [1])), rows]);
  return graph.op("MatMul", [ones, matrix]);
}

/** Gives a gradient the sizes of a value with the same elements in the same order. */
export function reshapeTo(graph: GraphBuilder, gradient: string, to: Dims): string {
  const unknown = to.filter((size) => typeof size === "string").length;
  if (unknown > 1) throw new RangeError(`[${to.join(", ")}] has more than one size that is not known in advance`);
  const sizes = to.map((size) => (typeof size === "string" ? -1 : size));
  return graph.op("Reshape", [gradient, graph.integers(...sizes)]);
}
