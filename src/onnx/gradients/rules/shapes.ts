import { reshapeTo } from "../dims.ts";
import {
  axisFromFront,
  type Dims,
  type GradientRule,
  input,
  integerAttribute,
  integersAttribute,
  onlyGradient,
} from "../rule.ts";

/** Other axes for the same elements in the same order. */
export const reshape: GradientRule = {
  opType: "Reshape",
  outputDims({ node, dims, constant }) {
    const from = dims(input(node, 0));
    const shape = constant(input(node, 1));
    const kept = shape.map((size, axis) => (size === 0 ? (from[axis] ?? 1) : size));
    return [
      kept.map((size) =>
        size === -1
          ? rest(
              from,
              kept.filter((other) => other !== -1),
            )
          : size,
      ),
    ];
  },
  gradients({ graph, node, dims }, outputs) {
    return [() => reshapeTo(graph, onlyGradient(outputs), dims(input(node, 0))), null];
  },
};

/** The one size that makes up for what the others lack. */
function rest(from: Dims, others: Dims): number | string {
  const left = [...from];
  for (const name of others.filter((size) => typeof size === "string")) {
    const at = left.indexOf(name);
    if (at < 0) throw new RangeError(`Reshape: what becomes of ${name} cannot be told`);
    left.splice(at, 1);
  }
  const names = left.filter((size) => typeof size === "string");
  const numbers = (dims: Dims): number =>
    dims.reduce<number>((product, size) => (typeof size === "number" ? product * size : product), 1);
  const ratio = numbers(left) / numbers(others);
  const [name] = names;
  if (name === undefined && Number.isInteger(ratio)) return ratio;
  if (name !== undefined && names.length === 1 && ratio === 1) return name;
  throw new RangeError(`Reshape: the sizes of [${from.join(", ")}] without [${others.join(", ")}] cannot be told`);
}

/** Axes in another order. */
export const transpose: GradientRule = {
  opType: "Transpose",
  outputDims({ node, dims }) {
    const from = dims(input(node, 0));
    const order = integersAttribute(node, "perm") ?? from.map((_, axis) => from.length - 1 - axis);
    return [order.map((axis) => from[axis] ?? 1)];
  },
  gradients({ graph, node, dims }, outputs) {
    const rank = dims(input(node, 0)).length;
    const order = integersAttribute(node, "perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
    const back = order.map((_, axis) => order.indexOf(axis));
    return [() => graph.op("Transpose", [onlyGradient(outputs)], { attributes: { perm: { ints: back } } })];
  },
};

/** Rows of a table, by their numbers. A row that is taken several times gets the sum of their gradients. */
export const gather: GradientRule = {
  opType: "Gather",
  outputDims({ node, dims }) {
    const table = dims(input(node, 0));
    const indices = dims(input(node, 1));
    if (
      axisFromFront(integerAttribute(node, "axis", 0), table.length) !== 0 ||
      table.length !== 2 ||
      indices.length !== 1
    ) {
      throw new RangeError("Gather: only rows of a matrix by a list of numbers have a gradient rule");
    }
    return [[...indices, ...table.slice(1)]];
  },
  gradients({ graph, node }, outputs) {
    const { op, integers } = graph;
    const [table, indices] = [input(node, 0), input(node, 1)];
    return [
      () => {
        const gradient = onlyGradient(outputs);
        // Zeros of the table's size and type. Numbers of a table are finite, else training has stopped.
        const zeros = op("Sub", [table, table]);
        const places = op("Expand", [op("Unsqueeze", [indices, integers(1)]), op("Shape", [gradient])]);
        return op("ScatterElements", [zeros, places, gradient], {
          attributes: { axis: { int: 0 }, reduction: { string: "add" } },
        });
      },
      null,
    ];
  },
};
