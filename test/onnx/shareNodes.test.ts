import { describe, expect, it } from "vitest";
import { graphBuilder } from "../../src/onnx/graph.ts";
import type { Node } from "../../src/onnx/model.ts";
import { shareNodes } from "../../src/onnx/shareNodes.ts";

const node = (opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node => ({
  opType,
  inputs,
  outputs: [output],
  attributes,
});

describe("shareNodes", () => {
  it("keeps the first of nodes that compute the same, and of those above them", () => {
    const nodes = [
      node("Relu", ["x"], "a"),
      node("Relu", ["x"], "b"),
      node("Add", ["a", "y"], "c"),
      node("Add", ["b", "y"], "d"),
      node("Mul", ["c", "d"], "out"),
    ];
    expect(shareNodes(nodes, new Set(["out"])).map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
      [["x"], ["a"]],
      [["a", "y"], ["c"]],
      [["c", "c"], ["out"]],
    ]);
  });

  it("tells nodes apart by operator, domain, attributes, order of inputs and outputs that are left out", () => {
    const nodes: Node[] = [
      node("Add", ["x", "y"], "a"),
      node("Add", ["y", "x"], "b"),
      node("Sub", ["x", "y"], "c"),
      { ...node("Add", ["x", "y"], "d"), domain: "com.microsoft" },
      node("Add", ["x", "y"], "e", { axis: { int: 1 } }),
      { ...node("Add", ["x", "y"], "f"), outputs: ["f", ""] },
    ];
    expect(shareNodes(nodes, new Set())).toHaveLength(6);
  });

  it("keeps the names of the graph's outputs", () => {
    const graph = graphBuilder();
    graph.op("Relu", ["x"], { name: "one" });
    graph.op("Relu", ["x"], { name: "two" });
    expect(shareNodes(graph.nodes, new Set(["one", "two"])).flatMap(({ outputs }) => outputs)).toEqual(["one", "two"]);
  });

  it("renames every output of a node with several", () => {
    const graph = graphBuilder();
    const [, b = ""] = graph.split("Split", ["x"], 2, {});
    const [c = "", d = ""] = graph.split("Split", ["x"], 2, {});
    graph.op("Concat", [c, d], { name: "out" });
    expect(shareNodes(graph.nodes, new Set(["out"])).at(-1)?.inputs).toEqual([graph.nodes[0]?.outputs[0], b]);
  });
});
