import { closeSync } from "node:fs";
import { fileError, ScidocsError } from "../errors.ts";
import { refuseLfsPointer } from "../files/lfsPointer.ts";
import { isNotFound, pathError } from "../files/pathError.ts";
import { openRegularSync } from "../files/regularFile.ts";
import { fieldsOf, fileBytes, type ProtobufField, packedVarints } from "../onnx/protobufFields.ts";
import { externalFilesOf } from "./externalFiles.ts";
import { type ModelReader, modelReader, readEntry } from "./modelReader.ts";

/** An input or output of a model. Symbolic dimensions are null. */
export interface ModelValue {
  readonly name: string;
  /** ONNX element type: 1 float32, 7 int64, 6 int32, 10 float16, … */
  readonly elementType: number;
  readonly shape: readonly (number | null)[];
  /** The names of symbolic dimensions; null for sizes and for those without a name. */
  readonly symbols: readonly (string | null)[];
}

/** What an ONNX file says about itself, read without loading its weights. */
export interface ModelSignature {
  /** Inputs that a caller must feed (weights listed as inputs by old exporters are left out). */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** Names of files that hold weights beside the model, each once. */
  readonly externalFiles: readonly string[];
  /** Rows of the table of learnt positions, where a weight is named so. */
  readonly positionRows: number | null;
  /** Rows of the table that token ids are looked up in, whatever its name; null where it cannot be told. */
  readonly wordRows: number | null;
  /** Free text that its maker left in it, such as `scidocs.recipe`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** A ValueInfoProto: name = 1, type = 2 { tensor_type = 1 { elem_type = 1, shape = 2 { dim = 1 { dim_value = 1, dim_param = 2 } } } }. */
function readValue(reader: ModelReader, value: ProtobufField): ModelValue {
  let name = "";
  let elementType = 0;
  const shape: (number | null)[] = [];
  const symbols: (string | null)[] = [];
  const withNumber = (fields: Iterable<ProtobufField>, number: number): ProtobufField[] =>
    [...fields].filter((field) => field.number === number);
  for (const field of reader.inside(value)) {
    if (field.number === 1) name = reader.text(field);
    if (field.number !== 2) continue;
    for (const tensorType of withNumber(reader.inside(field), 1)) {
      for (const part of reader.inside(tensorType)) {
        if (part.number === 1) elementType = part.value ?? 0;
        if (part.number !== 2) continue;
        for (const dimension of withNumber(reader.inside(part), 1)) {
          const said = [...reader.inside(dimension)].filter(({ number }) => number === 1 || number === 2).at(-1);
          const size = said?.number === 1 ? said.value : null;
          // Some exporters write -1 where a size is open, and ONNX Runtime takes it so.
          shape.push(size === null || size >= 2 ** 63 ? null : size);
          symbols.push(said?.number === 2 ? reader.text(said) : null);
        }
      }
    }
  }
  return { name, elementType, shape, symbols };
}

/** A TensorProto's dims = 1 and name = 8. */
function readWeight(reader: ModelReader, weight: ProtobufField): { name: string; rows: number | null } {
  let name = "";
  const dims: number[] = [];
  for (const field of reader.inside(weight)) {
    if (field.number === 1) dims.push(...(field.value === null ? packedVarints(reader.bytes(field)) : [field.value]));
    if (field.number === 8) name = reader.text(field);
  }
  return { name, rows: dims.length === 2 ? (dims[0] ?? null) : null };
}

/** A NodeProto's input = 1, output = 2 and op_type = 4. */
interface GraphNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

function readNode(reader: ModelReader, node: ProtobufField): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let type = "";
  for (const field of reader.inside(node)) {
    if (field.number === 1) inputs.push(reader.text(field));
    if (field.number === 2) outputs.push(reader.text(field));
    if (field.number === 4) type = reader.text(field);
  }
  return { type, inputs, outputs };
}

/** The table that token ids are looked up in: the first look-up whose places are `input_ids`, as they are or cast. */
function wordTable(nodes: readonly GraphNode[]): string | null {
  const ids = new Set(["input_ids"]);
  for (const { type, inputs, outputs } of nodes) {
    const [first = "", second = "", third = ""] = inputs;
    if ((type === "Cast" || type === "Identity") && ids.has(first)) ids.add(outputs[0] ?? "");
    if (type === "Gather" && ids.has(second)) return first;
    // ONNX Runtime's joined look-up of words, positions and types.
    if (type === "EmbedLayerNormalization" && ids.has(first)) return third;
  }
  return null;
}

/** Of all nodes, those that {@link wordTable} looks at. */
const lookUps: ReadonlySet<string> = new Set(["Cast", "Identity", "Gather", "EmbedLayerNormalization"]);

/**
 * Reads the inputs, the outputs and the weight files of an ONNX model, skipping over its weights.
 * Format: onnx.proto3 of ONNX 1.20 (ModelProto: graph = 7, metadata_props = 14; GraphProto: node = 1, initializer = 5, input = 11, output = 12).
 * @throws ScidocsError `NOT_FOUND` for a missing file, `BAD_INPUT` for one that is not an ONNX model or is cut off
 */
export function readModelSignature(path: string): ModelSignature {
  refuseLfsPointer(path);
  let descriptor: number;
  try {
    descriptor = openRegularSync(path);
  } catch (cause) {
    if (!isNotFound(cause)) throw pathError(path, cause);
    throw new ScidocsError("NOT_FOUND", `${path}: there is no such model file`, { cause });
  }
  try {
    const { read, size } = fileBytes(descriptor);
    const reader = modelReader(read);
    const inputs: ModelValue[] = [];
    const outputs: ModelValue[] = [];
    const weights = new Set<string>();
    const metadata = new Map<string, string>();
    const rowsOf = new Map<string, number>();
    const nodes: GraphNode[] = [];
    let positionRows: number | null = null;
    for (const part of fieldsOf(read, 0, size)) {
      if (part.number === 14) {
        const { key, value } = readEntry(reader, part);
        metadata.set(key, value);
      }
      if (part.number !== 7) continue;
      for (const field of reader.inside(part)) {
        if (field.number === 11) inputs.push(readValue(reader, field));
        if (field.number === 12) outputs.push(readValue(reader, field));
        if (field.number === 1) {
          const node = readNode(reader, field);
          if (lookUps.has(node.type)) nodes.push(node);
        }
        if (field.number !== 5) continue;
        const { name, rows } = readWeight(reader, field);
        weights.add(name);
        if (rows !== null) rowsOf.set(name, rows);
        if (/position_embeddings?(\.weight)?$/.test(name)) positionRows = rows;
      }
    }
    if (outputs.length === 0) throw new RangeError("there is no graph in it");
    return {
      inputs: inputs.filter(({ name }) => !weights.has(name)),
      outputs,
      externalFiles: externalFilesOf(reader, fieldsOf(read, 0, size)),
      positionRows,
      wordRows: rowsOf.get(wordTable(nodes) ?? "") ?? null,
      metadata,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fileError(path, null, `not an ONNX model, or cut off (${reason}); export or download it again`, cause);
  } finally {
    closeSync(descriptor);
  }
}
