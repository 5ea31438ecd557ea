import { buildModel } from "../../../src/onnx/encode.ts";
import { type GraphBuilder, microsoft } from "../../../src/onnx/graph.ts";
import { dataTypes, type Initializer, type Node, type ValueInfo } from "../../../src/onnx/model.ts";
import { neededNodes, outsideValues } from "../../../src/onnx/prune.ts";
import { tensor } from "../../../src/onnx/runtime.ts";
import { openSession } from "../../../src/onnx/session.ts";

/** Numbers by the names of a graph's inputs, with their sizes; whole numbers are indices. */
export type Values = ReadonlyMap<string, Value>;

/** A tensor of a graph that is run in double precision. */
export interface Value {
  readonly dims: readonly number[];
  readonly data: Float64Array | BigInt64Array;
}

/** Operators that the runtime has in single precision only: they are run so, between two casts. */
const singleOnly: readonly string[] = ["Erf", "HardSigmoid"];

/**
 * Runs a graph in double precision, whatever its own is.
 * @param outputs names of the values to compute
 */
export async function runInDouble(
  graph: Pick<GraphBuilder, "nodes" | "initializers">,
  values: Values,
  outputs: readonly string[],
): Promise<Map<string, Float64Array>> {
  const nodes = neededNodes(graph.nodes, outputs);
  const used = outsideValues(nodes);
  const inputs = [...values]
    .filter(([name]) => used.has(name) || outputs.includes(name))
    .map(
      ([name, { dims, data }]): ValueInfo => ({
        name,
        dims,
        dataType: data instanceof Float64Array ? "float64" : "int64",
      }),
    );
  const model = buildModel({
    name: "in double precision",
    inputs,
    outputs: outputs.map((name) => ({ name, dataType: "float64", dims: [] })),
    nodes: nodes.flatMap(throughSingle),
    initializers: graph.initializers.filter(({ name }) => used.has(name)).map(toDouble),
    opsetImports: { "": 17, [microsoft]: 1 },
  });
  const session = await openSession(model, { threads: 1 });
  const feeds = Object.fromEntries(
    [...values]
      .filter(([name]) => inputs.some((input) => input.name === name))
      .map(([name, { dims, data }]) => [name, tensor(data instanceof Float64Array ? "float64" : "int64", data, dims)]),
  );
  const results = await session.run(feeds);
  await session.release();
  return new Map(outputs.map((name) => [name, results[name]?.data as Float64Array]));
}

function throughSingle(node: Node): Node[] {
  if (!singleOnly.includes(node.opType)) return [node];
  const cast = (from: string, to: string, type: "float32" | "float64"): Node => ({
    opType: "Cast",
    inputs: [from],
    outputs: [to],
    attributes: { to: { int: dataTypes[type].code } },
  });
  const inputs = node.inputs.map((name) => `${name}_for_${node.outputs[0]}`);
  const outputs = node.outputs.map((name) => `${name}_single`);
  return [
    ...node.inputs.map((name, index) => cast(name, inputs[index] ?? "", "float32")),
    { ...node, inputs, outputs },
    ...node.outputs.map((name, index) => cast(outputs[index] ?? "", name, "float64")),
  ];
}

function toDouble(initializer: Initializer): Initializer {
  const { data } = initializer;
  if (!(data instanceof Float32Array)) return initializer;
  return { ...initializer, dataType: "float64", data: Float64Array.from(data) };
}
