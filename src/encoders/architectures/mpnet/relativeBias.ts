import type { GraphBuilder } from "../../../onnx/graph.ts";
import { int64 } from "../../../onnx/model.ts";

/** Distances at which a bucket begins, of those that hold more than one: T5's logarithmic steps to 128. */
const bucketStarts = [8, 12, 16, 23, 32, 46, 64, 91] as const;

/** Buckets that {@link bucketOf} gives: a table with fewer has no bias for far words. */
export const bucketCount = 32;

/**
 * The bucket of a key's place relative to a query's. 32 buckets and the largest distance 128 are fixed in the original's code, whatever a
 * configuration says.
 * @param offset place of the key less place of the query
 */
export function bucketOf(offset: number): number {
  const distance = Math.abs(offset);
  const steps = bucketStarts.filter((start) => distance >= start).length;
  return (offset > 0 ? 16 : 0) + (distance < 8 ? distance : 7 + steps);
}

/**
 * The bias of every distance, one row a head: `[heads, 2 * maxTokens - 1]`, the distance 0 in the middle.
 * @param weights `[buckets, heads]`
 */
export function distanceBiases(weights: Float32Array, heads: number, maxTokens: number): Float32Array {
  const width = 2 * maxTokens - 1;
  const biases = new Float32Array(heads * width);
  for (let column = 0; column < width; column++) {
    const bucket = bucketOf(column - (maxTokens - 1));
    for (let head = 0; head < heads; head++) biases[head * width + column] = weights[bucket * heads + head] ?? 0;
  }
  return biases;
}

/** Place of the key less place of the query, int64 `[tokens, tokens]`: rows are queries. */
export function distances(graph: GraphBuilder, ids: string): string {
  const { op, integers, constant } = graph;
  const [zero, one] = [constant(int64("zero", [], [0])), constant(int64("one_step", [], [1]))];
  const tokens = op("Gather", [op("Shape", [ids]), constant(int64("axis_1", [], [1]))]);
  const places = op("Range", [zero, tokens, one]);
  return op("Sub", [op("Unsqueeze", [places, integers(0)]), op("Unsqueeze", [places, integers(1)])]);
}
