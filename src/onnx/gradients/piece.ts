import { type GraphBuilder, graphBuilder, microsoft } from "../graph.ts";
import type { Model, Node, ValueInfo } from "../model.ts";
import { neededNodes, outsideValues } from "../prune.ts";
import { differentiate, inferDims } from "./differentiate.ts";
import type { Dims } from "./rule.ts";

/** A part of a network, as a graph that can be run forward and backward. */
export interface PieceSpec {
  readonly name: string;
  /** What flows in, weights included. Weights are inputs because they change with every update. */
  readonly inputs: readonly ValueInfo[];
  /** Names of the values that flow out; the nodes that `build` adds must give them. */
  readonly outputs: readonly string[];
  readonly build: (graph: GraphBuilder) => void;
  /** Inputs whose gradients are wanted. */
  readonly wanted: readonly string[];
  /** Inputs that the loss depends on in another way as well; their gradients from there are added. */
  readonly alsoSeeded?: readonly string[];
}

/** A piece as two models: `backward` takes what `forward` took and kept. */
export interface PieceModels {
  readonly forward: Model;
  readonly backward: Model;
  /** Outputs of `forward` that only `backward` wants. */
  readonly kept: readonly ValueInfo[];
}

/** Name of the loss's derivative by a value, as an input of the backward model. */
export const seedOf = (value: string): string => `seed.${value}`;

/** Name of the loss's derivative by a value, as an output of the backward model. */
export const gradientOf = (value: string): string => `gradient.${value}`;

/** Operators whose results are made again in the backward model rather than kept: they cost a pass over memory and no more. */
const cheap: ReadonlySet<string> = new Set(["Reshape", "Transpose", "Identity", "Mul", "RotaryEmbedding"]);

/**
 * Splits a piece into a forward and a backward model.
 * @throws RangeError naming an operator without a gradient rule
 */
export function pieceModels(spec: PieceSpec): PieceModels {
  const graph = graphBuilder();
  spec.build(graph);
  const forwardNodes = [...graph.nodes];
  const dims = inferDims(graph, spec.inputs);
  const seeded = [...spec.outputs, ...(spec.alsoSeeded ?? [])];
  const seeds = new Map(seeded.map((value) => [value, seedOf(value)]));
  const gradients = differentiate(graph, spec.inputs, seeds, spec.wanted);
  for (const [value, gradient] of gradients) graph.op("Identity", [gradient], { name: gradientOf(value) });

  const outputs = spec.wanted.map(gradientOf);
  const allNeeded = neededNodes(graph.nodes, outputs);
  const kept = keptValues(forwardNodes, allNeeded);
  const backwardNodes = neededNodes(graph.nodes, outputs, kept);
  const float = (name: string, sizes: Dims): ValueInfo => ({ name, dataType: "float32", dims: sizes });
  const sizesOf = (value: string): Dims => {
    const sizes = dims.get(value);
    if (sizes === undefined) throw new RangeError(`piece ${spec.name}: ${value} is not in its graph`);
    return sizes;
  };
  const known: ValueInfo[] = [
    ...spec.inputs,
    ...[...kept].map((value) => float(value, sizesOf(value))),
    ...seeded.map((value) => float(seedOf(value), sizesOf(value))),
  ];
  const keptOnly = [...kept].filter((value) => !spec.outputs.includes(value));
  const infos = (values: readonly string[]): ValueInfo[] => values.map((value) => float(value, sizesOf(value)));
  return {
    forward: model(spec.name, graph, forwardNodes, spec.inputs, infos([...spec.outputs, ...keptOnly])),
    backward: model(
      `${spec.name} backward`,
      graph,
      backwardNodes,
      known,
      spec.wanted.map((value) => float(gradientOf(value), sizesOf(value))),
    ),
    kept: infos(keptOnly),
  };
}

/** The values of the forward nodes that the others take, those aside that are cheaply made again. */
function keptValues(forwardNodes: readonly Node[], allNeeded: readonly Node[]): Set<string> {
  const forward = new Set(forwardNodes);
  const made = new Map(forwardNodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const kept = new Set<string>();
  const want = (value: string): void => {
    const node = made.get(value);
    if (node === undefined) return;
    if (cheap.has(node.opType)) node.inputs.forEach(want);
    else kept.add(value);
  };
  for (const node of allNeeded) if (!forward.has(node)) node.inputs.forEach(want);
  return kept;
}

function model(
  name: string,
  graph: GraphBuilder,
  nodes: readonly Node[],
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
): Model {
  const used = outsideValues(nodes);
  return {
    name,
    nodes,
    inputs: inputs.filter((input) => used.has(input.name)),
    outputs,
    initializers: graph.initializers.filter((initializer) => used.has(initializer.name)),
    opsetImports: { "": 17, [microsoft]: 1 },
  };
}
