import type { ProtobufField } from "../onnx/protobufFields.ts";
import { type ModelReader, readEntry } from "./modelReader.ts";

/**
 * Where messages that may hold a tensor lie in each other, by field number (onnx.proto3 of ONNX 1.20). A tensor is not only a weight
 * of the graph: a `Constant` node holds one, a branch of an `If` is a graph of its own, and a function has nodes like a graph.
 */
const holders = {
  model: { 7: "graph", 20: "training", 25: "function" },
  training: { 1: "graph", 2: "graph" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  function: { 7: "node", 11: "attribute" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
} as const satisfies Record<string, Record<number, string>>;
type Holder = keyof typeof holders;

/** No model nests as deeply; each level of a graph takes three. */
const deepest = 200;

/**
 * Names of all files beside an ONNX model that any tensor of it lies in, each once.
 * @param model the model's fields
 * @throws RangeError for a damaged file
 */
export function externalFilesOf(reader: ModelReader, model: Iterable<ProtobufField>): string[] {
  const files = new Set<string>();
  const visit = (holder: Holder, fields: Iterable<ProtobufField>, depth: number): void => {
    if (depth > deepest) throw new RangeError("graphs lie too deeply in each other");
    const inside: Readonly<Record<number, Holder | "tensor">> = holders[holder];
    for (const field of fields) {
      const kind = inside[field.number];
      if (kind === "tensor") visitTensor(reader, field, files);
      else if (kind !== undefined) visit(kind, reader.inside(field), depth + 1);
    }
  };
  visit("model", model, 0);
  return [...files];
}

/** A TensorProto's `location` among its external_data = 13. */
function visitTensor(reader: ModelReader, tensor: ProtobufField, files: Set<string>): void {
  for (const field of reader.inside(tensor)) {
    if (field.number !== 13) continue;
    const { key, value } = readEntry(reader, field);
    if (key === "location") files.add(value);
  }
}
