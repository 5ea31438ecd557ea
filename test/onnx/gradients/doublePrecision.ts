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
  if (node.opType === "LayerNormalization") return normalizationStepByStep(node);
  if (node.opType === "RotaryEmbedding") return rotationStepByStep(node);
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

/** LayerNormalization in operators that are there in double precision: its own gives means and deviations in single only. */
function normalizationStepByStep({ inputs, outputs, attributes = {} }: Node): Node[] {
  const [x = "", weight = "", bias = ""] = inputs;
  const [output = "", mean = "", inverse = ""] = outputs;
  const of = (part: string): string => `${output}_${part}`;
  const axes = { axes: { ints: [-1] } };
  const { epsilon } = attributes;
  if (epsilon === undefined || !("float" in epsilon)) throw new Error("no epsilon");
  const constant = {
    name: of("epsilon"),
    dataType: "float64",
    dims: [],
    data: Float64Array.of(epsilon.float),
  } as const;
  return [
    { opType: "ReduceMean", inputs: [x], outputs: [mean], attributes: axes },
    { opType: "Sub", inputs: [x, mean], outputs: [of("centred")] },
    { opType: "Mul", inputs: [of("centred"), of("centred")], outputs: [of("squares")] },
    { opType: "ReduceMean", inputs: [of("squares")], outputs: [of("variance")], attributes: axes },
    { opType: "Constant", inputs: [], outputs: [of("epsilon")], attributes: { value: { tensor: constant } } },
    { opType: "Add", inputs: [of("variance"), of("epsilon")], outputs: [of("above_zero")] },
    { opType: "Sqrt", inputs: [of("above_zero")], outputs: [of("deviation")] },
    { opType: "Reciprocal", inputs: [of("deviation")], outputs: [inverse] },
    { opType: "Mul", inputs: [of("centred"), inverse], outputs: [of("normalized")] },
    { opType: "Mul", inputs: [of("normalized"), weight], outputs: [bias === "" ? output : of("weighted")] },
    ...(bias === "" ? [] : [{ opType: "Add", inputs: [of("weighted"), bias], outputs: [output] }]),
  ];
}

/** RotaryEmbedding of texts of one head whose positions begin at 0, in operators that are there in double precision. */
function rotationStepByStep({ inputs, outputs }: Node): Node[] {
  const [x = "", , cosines = "", sines = ""] = inputs;
  const [output = ""] = outputs;
  const of = (part: string): string => `${output}_${part}`;
  const product = (half: string, table: string, name: string): Node => ({
    opType: "Mul",
    inputs: [of(half), table],
    outputs: [of(name)],
  });
  return [
    {
      opType: "Split",
      inputs: [x],
      outputs: [of("first"), of("second")],
      attributes: { axis: { int: -1 } },
    },
    product("first", cosines, "first_cosine"),
    product("second", sines, "second_sine"),
    product("second", cosines, "second_cosine"),
    product("first", sines, "first_sine"),
    { opType: "Sub", inputs: [of("first_cosine"), of("second_sine")], outputs: [of("turned_first")] },
    { opType: "Add", inputs: [of("second_cosine"), of("first_sine")], outputs: [of("turned_second")] },
    {
      opType: "Concat",
      inputs: [of("turned_first"), of("turned_second")],
      outputs: [output],
      attributes: { axis: { int: -1 } },
    },
  ];
}

function toDouble(initializer: Initializer): Initializer {
  const { data } = initializer;
  if (!(data instanceof Float32Array)) return initializer;
  return { ...initializer, dataType: "float64", data: Float64Array.from(data) };
}
