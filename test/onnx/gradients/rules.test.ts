import { describe, expect, it } from "vitest";
import { differentiate } from "../../../src/onnx/gradients/differentiate.ts";
import { gradientRules } from "../../../src/onnx/gradients/registry.ts";
import { type GraphBuilder, graphBuilder, microsoft } from "../../../src/onnx/graph.ts";
import { elementCount, float32, type ValueInfo } from "../../../src/onnx/model.ts";
import { generator } from "../../../src/stats/random/generator.ts";
import { runInDouble, type Value, type Values } from "./doublePrecision.ts";

interface RuleCase {
  readonly opType: string;
  readonly about: string;
  /** Sizes of the inputs that are differentiated, in order. */
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly build: (graph: GraphBuilder, inputs: readonly string[]) => string;
  readonly indices?: readonly number[];
  /** The operator itself in double precision, where the runtime has it in single only. */
  readonly forward?: (x: number) => number;
  /** Of each input, the first of so many numbers is tried; default: every one. */
  readonly every?: number;
  /** Smallest absolute value of the inputs. */
  readonly away?: number;
}

/** The error function by its Taylor series, good to the last digits for |x| < 4. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const plain =
  (opType: string, attributes = {}, domain = "") =>
  (graph: GraphBuilder, inputs: readonly string[]): string =>
    graph.op(opType, inputs, { attributes, domain });

const fused = (attributes: object) => plain("FusedMatMul", attributes, microsoft);
const on = { int: 1 };

const cases: RuleCase[] = [
  {
    opType: "Add",
    about: "equal sizes",
    inputs: [
      [2, 3],
      [2, 3],
    ],
    output: [2, 3],
    build: plain("Add"),
  },
  { opType: "Add", about: "a row for every row", inputs: [[2, 3], [3]], output: [2, 3], build: plain("Add") },
  {
    opType: "Add",
    about: "both broadcast",
    inputs: [
      [2, 1],
      [1, 3],
    ],
    output: [2, 3],
    build: plain("Add"),
  },
  {
    opType: "Sub",
    about: "a column",
    inputs: [
      [2, 1],
      [2, 3],
    ],
    output: [2, 3],
    build: plain("Sub"),
  },
  { opType: "Mul", about: "a number for all", inputs: [[2, 3], []], output: [2, 3], build: plain("Mul") },
  {
    opType: "Mul",
    about: "a value by itself",
    inputs: [[2, 3]],
    output: [2, 3],
    build: (graph, [x = ""]) => graph.op("Mul", [x, x]),
  },
  { opType: "Div", about: "a row", inputs: [[2, 3], [3]], output: [2, 3], build: plain("Div"), away: 0.5 },
  { opType: "Identity", about: "as it is", inputs: [[2, 3]], output: [2, 3], build: plain("Identity") },
  { opType: "Tanh", about: "as it is", inputs: [[2, 3]], output: [2, 3], build: plain("Tanh") },
  { opType: "Erf", about: "as it is", inputs: [[2, 3]], output: [2, 3], build: plain("Erf"), forward: erf },
  {
    opType: "Gelu",
    about: "as it is",
    inputs: [[4, 5]],
    output: [4, 5],
    build: plain("Gelu", {}, microsoft),
    forward: (x) => (x / 2) * (1 + erf(x * Math.SQRT1_2)),
  },
  {
    opType: "QuickGelu",
    about: "SiLU",
    inputs: [[4, 5]],
    output: [4, 5],
    build: plain("QuickGelu", { alpha: { float: 1 } }, microsoft),
    forward: (x) => x / (1 + Math.exp(-x)),
  },
  {
    opType: "QuickGelu",
    about: "steeper",
    inputs: [[4, 5]],
    output: [4, 5],
    build: plain("QuickGelu", { alpha: { float: 1.5 } }, microsoft),
    forward: (x) => x / (1 + Math.exp(-1.5 * x)),
  },
  {
    opType: "RotaryEmbedding",
    about: "heads as texts of one head, positions from 0",
    inputs: [[2, 3, 4]],
    output: [2, 3, 4],
    build(graph, [x = ""]) {
      // Angles that are no ones: the operator's gradient turns back whatever they are.
      const table = (name: string, curve: (angle: number) => number): string =>
        graph.constant(float32(name, [3, 2], [0.3, -0.8, 1.1, 2.5, -1.9, 0.4].map(curve)));
      const tables = [table("cosines", Math.cos), table("sines", Math.sin)];
      return graph.op("RotaryEmbedding", [x, graph.integers(0), ...tables], { domain: microsoft });
    },
  },
  {
    opType: "MatMul",
    about: "over leading axes",
    inputs: [
      [2, 3, 4],
      [2, 4, 5],
    ],
    output: [2, 3, 5],
    build: plain("MatMul"),
  },
  {
    opType: "MatMul",
    about: "one matrix for all",
    inputs: [
      [2, 3, 4],
      [4, 5],
    ],
    output: [2, 3, 5],
    build: plain("MatMul"),
  },
  {
    opType: "FusedMatMul",
    about: "B transposed, scaled",
    inputs: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    output: [2, 3, 5],
    build: fused({ transB: on, alpha: { float: 0.5 } }),
  },
  {
    opType: "FusedMatMul",
    about: "A transposed",
    inputs: [
      [2, 4, 3],
      [2, 4, 5],
    ],
    output: [2, 3, 5],
    build: fused({ transA: on }),
  },
  {
    opType: "FusedMatMul",
    about: "both transposed",
    inputs: [
      [2, 4, 3],
      [2, 5, 4],
    ],
    output: [2, 3, 5],
    build: fused({ transA: on, transB: on }),
  },
  {
    opType: "Gemm",
    about: "a linear layer",
    inputs: [[3, 4], [5, 4], [5]],
    output: [3, 5],
    build: plain("Gemm", { transB: on }),
  },
  {
    opType: "Gemm",
    about: "a linear layer of many columns, whose gradient is turned first",
    inputs: [[2, 1024], [3, 1024], [3]],
    output: [2, 3],
    build: plain("Gemm", { transB: on, alpha: { float: 0.5 } }),
    every: 97,
  },
  {
    opType: "Gemm",
    about: "A transposed, scaled, no bias",
    inputs: [
      [4, 3],
      [4, 5],
    ],
    output: [3, 5],
    build: plain("Gemm", { transA: on, alpha: { float: 0.25 } }),
  },
  {
    opType: "Reshape",
    about: "split and kept axes",
    inputs: [[3, 8]],
    output: [3, 2, 4],
    build: (graph, [x = ""]) => graph.op("Reshape", [x, graph.integers(0, 2, -1)]),
  },
  {
    opType: "Transpose",
    about: "three axes round",
    inputs: [[2, 3, 4]],
    output: [4, 2, 3],
    build: plain("Transpose", { perm: { ints: [2, 0, 1] } }),
  },
  {
    opType: "Transpose",
    about: "without an order: all turned round",
    inputs: [[2, 3]],
    output: [3, 2],
    build: plain("Transpose"),
  },
  {
    opType: "Gather",
    about: "rows, some of them twice",
    inputs: [[4, 3]],
    output: [6, 3],
    indices: [1, 3, 1, 0, 1, 3],
    build: (graph, [x = ""]) => graph.op("Gather", [x, "indices"]),
  },
  {
    opType: "Softmax",
    about: "along the last axis",
    inputs: [[2, 3, 4]],
    output: [2, 3, 4],
    build: plain("Softmax", { axis: { int: -1 } }),
  },
  {
    opType: "LayerNormalization",
    about: "no bias",
    inputs: [[3, 5], [5]],
    output: [3, 5],
    build: (graph, inputs) =>
      graph.split("LayerNormalization", inputs, 3, { epsilon: { float: 0.0009765625 } })[0] ?? "",
  },
  {
    opType: "LayerNormalization",
    about: "weight and bias",
    inputs: [[3, 5], [5], [5]],
    output: [3, 5],
    build: (graph, inputs) =>
      graph.split("LayerNormalization", inputs, 3, { epsilon: { float: 0.0009765625 } })[0] ?? "",
  },
];

describe("every operator's gradient rule", () => {
  it("is among the cases below", () => {
    expect(new Set(cases.map(({ opType }) => opType))).toEqual(new Set(gradientRules.map(({ opType }) => opType)));
  });

  for (const [index, each] of cases.entries()) {
    it(`agrees with finite differences in double precision: ${each.opType}, ${each.about}`, async () => {
      const random = generator(index + 1);
      const numbers = (dims: readonly number[]): Float64Array =>
        Float64Array.from({ length: elementCount(dims) }, () => {
          const value = random.normal();
          return value + Math.sign(value) * (each.away ?? 0);
        });
      const names = each.inputs.map((_, at) => `x${at}`);
      const values: Values = new Map<string, Value>([
        ...names.map(
          (name, at) => [name, { dims: each.inputs[at] ?? [], data: numbers(each.inputs[at] ?? []) }] as const,
        ),
        ...(each.indices === undefined
          ? []
          : [["indices", { dims: [each.indices.length], data: BigInt64Array.from(each.indices, BigInt) }] as const]),
      ]);
      const weights = numbers(each.output);
      const forward = graphBuilder();
      const y = each.build(forward, names);
      const loss = async (changed: Values): Promise<number> => {
        const x = changed.get("x0")?.data;
        const result =
          each.forward === undefined || !(x instanceof Float64Array)
            ? (await runInDouble(forward, changed, [y])).get(y)
            : x.map(each.forward);
        return weights.reduce((sum, weight, at) => sum + weight * (result?.[at] ?? Number.NaN), 0);
      };

      const graph = graphBuilder();
      const output = each.build(graph, names);
      const infos = [...values].map(
        ([name, { dims, data }]): ValueInfo => ({
          name,
          dims,
          dataType: data instanceof Float64Array ? "float32" : "int64",
        }),
      );
      const gradients = differentiate(graph, infos, new Map([[output, "seed"]]), names);
      const seeded: Values = new Map([...values, ["seed", { dims: each.output, data: weights }]]);
      const found = await runInDouble(graph, seeded, [...gradients.values()]);

      for (const name of names) {
        const { dims, data } = values.get(name) ?? {};
        const gradient = found.get(gradients.get(name) ?? "");
        expect(gradient?.length).toBe(data?.length);
        for (let at = 0; at < (data?.length ?? 0); at += each.every ?? 1) {
          const step = 1e-5;
          const moved = async (by: number): Promise<number> => {
            const copy = Float64Array.from(data as Float64Array);
            copy[at] = (copy[at] ?? 0) + by;
            return loss(new Map([...values, [name, { dims: dims ?? [], data: copy }]]));
          };
          const slope = ((await moved(step)) - (await moved(-step))) / (2 * step);
          // The runtime's error function is single precision, and so are constants such as √½.
          expect(Math.abs((gradient?.[at] ?? Number.NaN) - slope)).toBeLessThan(5e-7 * Math.max(1, Math.abs(slope)));
        }
      }
    });
  }
});

describe("differentiating a graph", () => {
  const matrix = (name: string): ValueInfo => ({ name, dataType: "float32", dims: ["rows", 4] });

  it("names an operator that has no rule", () => {
    const graph = graphBuilder();
    const y = graph.op("Hardmax", ["x"]);
    expect(() => differentiate(graph, [matrix("x")], new Map([[y, "seed"]]), ["x"])).toThrow(
      "operator Hardmax has no gradient rule",
    );
  });

  it("refuses a gradient through indices", () => {
    const graph = graphBuilder();
    const y = graph.op("Gather", ["x", "rows"]);
    const inputs: ValueInfo[] = [matrix("x"), { name: "rows", dataType: "int64", dims: ["rows"] }];
    expect(() => differentiate(graph, inputs, new Map([[y, "seed"]]), ["rows"])).toThrow("no gradient passes");
  });

  it("leaves out what no seeded value depends on, and adds up where a value is used twice", async () => {
    const graph = graphBuilder();
    const sum = graph.op("Add", ["x", graph.op("Tanh", ["x"])]);
    graph.op("Mul", ["x", "other"]);
    const gradients = differentiate(graph, [matrix("x"), matrix("other")], new Map([[sum, "seed"]]), ["x", "other"]);
    expect([...gradients.keys()]).toEqual(["x"]);
    const ones = { dims: [1, 4], data: Float64Array.of(1, 1, 1, 1) };
    const values: Values = new Map([
      ["x", { dims: [1, 4], data: Float64Array.of(0, 0.5, -1, 2) }],
      ["other", ones],
      ["seed", ones],
    ]);
    const name = gradients.get("x") ?? "";
    const found = (await runInDouble(graph, values, [name])).get(name) ?? [];
    for (const [at, x] of [0, 0.5, -1, 2].entries()) expect(found[at]).toBeCloseTo(2 - Math.tanh(x) ** 2, 12);
  });
});
