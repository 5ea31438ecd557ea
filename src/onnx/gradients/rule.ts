import type { GraphBuilder } from "../graph.ts";
import type { Node } from "../model.ts";

/** Sizes of a value along its axes; a string names one that is known only when the graph runs. */
export type Dims = readonly (number | string)[];

/** What a rule sees of the graph that is being differentiated. */
export interface RuleContext {
  /** The graph to which the gradient's nodes are added. */
  readonly graph: GraphBuilder;
  readonly node: Node;
  /** Sizes of any value computed so far. */
  readonly dims: (value: string) => Dims;
  /** Numbers of a constant list of integers, such as a shape; throws where it is no constant. */
  readonly constant: (value: string) => readonly number[];
}

/** Adds the nodes of one gradient and returns its name. */
export type MakeGradient = () => string;

/** How one operator is differentiated. */
export interface GradientRule {
  readonly opType: string;
  /** Default: the standard's own operators. */
  readonly domain?: string;
  /** Sizes of the outputs. */
  readonly outputDims: (context: RuleContext) => readonly Dims[];
  /**
   * The loss's derivative by each input, given those by the outputs: a function that adds its nodes, called only where that gradient is
   * wanted; null for an input through which none passes, such as indices.
   * @param outputs names of the outputs' gradients; null for an output on which the loss does not depend
   */
  readonly gradients: (context: RuleContext, outputs: readonly (string | null)[]) => readonly (MakeGradient | null)[];
}

/** The gradient of an operator's only output. */
export function onlyGradient(outputs: readonly (string | null)[]): string {
  const [gradient] = outputs;
  if (gradient === undefined || gradient === null) throw new RangeError("the operator's output has no gradient");
  return gradient;
}

/** An integer attribute of a node. */
export function integerAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes?.[name];
  return attribute !== undefined && "int" in attribute ? Number(attribute.int) : fallback;
}

/** A number attribute of a node. */
export function numberAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes?.[name];
  return attribute !== undefined && "float" in attribute ? attribute.float : fallback;
}

/** Integers of a list attribute of a node; undefined where it has none. */
export function integersAttribute(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes?.[name];
  return attribute !== undefined && "ints" in attribute ? attribute.ints.map(Number) : undefined;
}

/** The name of a node's input, which must be there. */
export function input(node: Node, index: number): string {
  const name = node.inputs[index];
  if (name === undefined || name === "") throw new RangeError(`${node.opType} has no input ${index}`);
  return name;
}

/** An axis counted from the front. */
export function axisFromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
