import type { GraphBuilder } from "../graph.ts";
import type { Node, ValueInfo } from "../model.ts";
import { gradientRules } from "./registry.ts";
import type { Dims, GradientRule, RuleContext } from "./rule.ts";

/** Sizes of every value of a graph, worked out front to back. */
export type DimsOfValues = ReadonlyMap<string, Dims>;

function ruleOf(node: Node): GradientRule {
  const domain = node.domain ?? "";
  const rule = gradientRules.find((known) => known.opType === node.opType && (known.domain ?? "") === domain);
  if (rule === undefined) {
    const where = domain === "" ? "" : ` of ${domain}`;
    throw new RangeError(`operator ${node.opType}${where} has no gradient rule`);
  }
  return rule;
}

function contextOf(graph: GraphBuilder, node: Node, dims: ReadonlyMap<string, Dims>): RuleContext {
  return {
    graph,
    node,
    dims(value) {
      const found = dims.get(value) ?? graph.initializers.find(({ name }) => name === value)?.dims;
      if (found === undefined) throw new RangeError(`${node.opType}: the sizes of ${value} are not known`);
      return found;
    },
    constant(value) {
      const data = graph.initializers.find(({ name }) => name === value)?.data;
      if (!(data instanceof BigInt64Array)) throw new RangeError(`${node.opType}: ${value} is no constant of integers`);
      return Array.from(data, Number);
    },
  };
}

/**
 * Works out the sizes of all values of a graph.
 * @throws RangeError naming an operator without a rule
 */
export function inferDims(graph: GraphBuilder, inputs: readonly ValueInfo[]): DimsOfValues {
  const dims = new Map<string, Dims>(inputs.map(({ name, dims: sizes }) => [name, sizes]));
  for (const { name, dims: sizes } of graph.initializers) dims.set(name, sizes);
  for (const node of graph.nodes) {
    const outputs = ruleOf(node).outputDims(contextOf(graph, node, dims));
    for (const [index, name] of node.outputs.entries()) {
      const sizes = outputs[index];
      if (sizes !== undefined) dims.set(name, sizes);
    }
  }
  return dims;
}

/**
 * Adds to a graph the nodes that compute derivatives of a number (the loss) by some of its values, in reverse mode: from the loss's
 * derivatives by the graph's outputs back to its inputs, one rule an operator.
 * @param inputs of the graph, with their sizes
 * @param seeds name of a value → name of the loss's derivative by it that comes from outside the graph
 * @param wanted values whose gradients are computed
 * @returns the gradients' names by the values'; a value on which no seeded one depends is missing
 * @throws RangeError naming an operator without a rule
 */
export function differentiate(
  graph: GraphBuilder,
  inputs: readonly ValueInfo[],
  seeds: ReadonlyMap<string, string>,
  wanted: readonly string[],
): ReadonlyMap<string, string> {
  const dims = inferDims(graph, inputs);
  const forward = [...graph.nodes];
  const dependent = new Set(wanted);
  for (const node of forward) {
    if (node.inputs.some((name) => dependent.has(name))) for (const name of node.outputs) dependent.add(name);
  }
  const parts = new Map<string, string[]>();
  const addPart = (value: string, gradient: string): void => {
    parts.set(value, [...(parts.get(value) ?? []), gradient]);
  };
  for (const [value, gradient] of seeds) addPart(value, gradient);
  const total = (value: string): string | null => {
    const all = parts.get(value) ?? [];
    if (all.length === 0) return null;
    const sum = all.reduce((left, right) => graph.op("Add", [left, right]));
    parts.set(value, [sum]);
    return sum;
  };
  for (const node of forward.reverse()) {
    if (!node.inputs.some((name) => dependent.has(name))) continue;
    const outputs = node.outputs.map(total);
    if (outputs.every((gradient) => gradient === null)) continue;
    const makers = ruleOf(node).gradients(contextOf(graph, node, dims), outputs);
    for (const [index, name] of node.inputs.entries()) {
      const make = makers[index];
      if (name === "" || !dependent.has(name)) continue;
      if (make === undefined || make === null) {
        throw new RangeError(`${node.opType}: no gradient passes through its input ${index}, ${name}`);
      }
      addPart(name, make());
    }
  }
  return new Map(
    wanted.flatMap((value) => {
      const gradient = total(value);
      return gradient === null ? [] : [[value, gradient] as const];
    }),
  );
}
