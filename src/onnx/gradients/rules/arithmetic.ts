import { broadcastDims, sumTo } from "../dims.ts";
import { type GradientRule, input, onlyGradient, type RuleContext } from "../rule.ts";

/** The two operands of a node with their sizes and that of the result. */
function operands({ node, dims }: RuleContext) {
  const [a, b] = [input(node, 0), input(node, 1)];
  return { a, b, aDims: dims(a), bDims: dims(b), dims: broadcastDims(dims(a), dims(b)) };
}

const outputDims: GradientRule["outputDims"] = (context) => [operands(context).dims];

/** `a + b`. */
export const add: GradientRule = {
  opType: "Add",
  outputDims,
  gradients(context, outputs) {
    const { aDims, bDims, dims } = operands(context);
    const gradient = onlyGradient(outputs);
    return [() => sumTo(context.graph, gradient, dims, aDims), () => sumTo(context.graph, gradient, dims, bDims)];
  },
};

/** `a - b`. */
export const subtract: GradientRule = {
  opType: "Sub",
  outputDims,
  gradients(context, outputs) {
    const { aDims, bDims, dims } = operands(context);
    const gradient = onlyGradient(outputs);
    const { graph } = context;
    return [() => sumTo(graph, gradient, dims, aDims), () => graph.op("Neg", [sumTo(graph, gradient, dims, bDims)])];
  },
};

/** `a · b`, element by element. */
export const multiply: GradientRule = {
  opType: "Mul",
  outputDims,
  gradients(context, outputs) {
    const { a, b, aDims, bDims, dims } = operands(context);
    const gradient = onlyGradient(outputs);
    const { graph } = context;
    return [
      () => sumTo(graph, graph.op("Mul", [gradient, b]), dims, aDims),
      () => sumTo(graph, graph.op("Mul", [gradient, a]), dims, bDims),
    ];
  },
};

/** `a / b`, element by element. */
export const divide: GradientRule = {
  opType: "Div",
  outputDims,
  gradients(context, outputs) {
    const { b, aDims, bDims, dims } = operands(context);
    const gradient = onlyGradient(outputs);
    const { graph, node } = context;
    const quotient = node.outputs[0] ?? "";
    const shared = (): string => graph.op("Div", [gradient, b]);
    return [
      () => sumTo(graph, shared(), dims, aDims),
      () => sumTo(graph, graph.op("Neg", [graph.op("Mul", [shared(), quotient])]), dims, bDims),
    ];
  },
};
