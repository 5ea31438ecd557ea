import { closeSync, openSync } from "node:fs";
import { fileError, ScidocsError } from "../errors.ts";
import { fieldsOf, fileBytes, type ProtobufField, packedVarints, type ReadBytes } from "../onnx/protobufFields.ts";

/** An input or output of a model. Symbolic dimensions are null. */
export interface ModelValue {
  readonly name: string;
  /** ONNX element type: 1 float32, 7 int64, 6 int32, 10 float16, … */
  readonly elementType: number;
  readonly shape: readonly (number | null)[];
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
  /** Free text that its maker left in it, such as `scidocs.recipe`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** A name or a value longer than this is none of those that are read here. */
const longestText = 1 << 16;

/** The parts of a model's file. */
interface ModelReader {
  readonly inside: (field: ProtobufField) => Iterable<ProtobufField>;
  readonly bytes: (field: ProtobufField) => Uint8Array;
  readonly text: (field: ProtobufField) => string;
}

function modelReader(read: ReadBytes): ModelReader {
  const bytes = ({ contentStart, end }: ProtobufField): Uint8Array => {
    if (end - contentStart > longestText) throw new RangeError(`a name is longer than ${longestText} bytes`);
    const content = read(contentStart, end);
    if (content.length < end - contentStart) throw new RangeError("the file ends in the middle of a field");
    return content;
  };
  return {
    inside: ({ wire, contentStart, end }) => (wire === 2 ? fieldsOf(read, contentStart, end) : []),
    bytes,
    text: (field) => Buffer.from(bytes(field)).toString("utf8"),
  };
}

/** A ValueInfoProto: name = 1, type = 2 { tensor_type = 1 { elem_type = 1, shape = 2 { dim = 1 { dim_value = 1 } } } }. */
function readValue(reader: ModelReader, value: ProtobufField): ModelValue {
  let name = "";
  let elementType = 0;
  const shape: (number | null)[] = [];
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
          shape.push(withNumber(reader.inside(dimension), 1).at(-1)?.value ?? null);
        }
      }
    }
  }
  return { name, elementType, shape };
}

/** A StringStringEntryProto: key = 1, value = 2. A long value is free text of no interest here. */
function readEntry(reader: ModelReader, entry: ProtobufField): { key: string; value: string } {
  let key = "";
  let value = "";
  for (const field of reader.inside(entry)) {
    if (field.number === 1) key = reader.text(field);
    if (field.number === 2 && field.end - field.contentStart < 4096) value = reader.text(field);
  }
  return { key, value };
}

/** A TensorProto's dims = 1, name = 8 and the `location` among its external_data = 13. */
function readWeight(
  reader: ModelReader,
  weight: ProtobufField,
): { name: string; rows: number | null; file: string | null } {
  let name = "";
  let file: string | null = null;
  const dims: number[] = [];
  for (const field of reader.inside(weight)) {
    if (field.number === 1) dims.push(...(field.value === null ? packedVarints(reader.bytes(field)) : [field.value]));
    if (field.number === 8) name = reader.text(field);
    if (field.number === 13) {
      const { key, value } = readEntry(reader, field);
      if (key === "location") file = value;
    }
  }
  return { name, rows: dims.length === 2 ? (dims[0] ?? null) : null, file };
}

/**
 * Reads the inputs, the outputs and the weight files of an ONNX model, skipping over its weights.
 * Format: onnx.proto3 of ONNX 1.20 (ModelProto: graph = 7, metadata_props = 14; GraphProto: initializer = 5, input = 11, output = 12).
 * @throws ScidocsError `NOT_FOUND` for a missing file, `BAD_INPUT` for one that is not an ONNX model or is cut off
 */
export function readModelSignature(path: string): ModelSignature {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (cause) {
    throw new ScidocsError("NOT_FOUND", `${path}: there is no such model file`, { cause });
  }
  try {
    const { read, size } = fileBytes(descriptor);
    const reader = modelReader(read);
    const inputs: ModelValue[] = [];
    const outputs: ModelValue[] = [];
    const weights = new Set<string>();
    const externalFiles = new Set<string>();
    const metadata = new Map<string, string>();
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
        if (field.number !== 5) continue;
        const { name, rows, file } = readWeight(reader, field);
        weights.add(name);
        if (file !== null) externalFiles.add(file);
        if (/position_embeddings?(\.weight)?$/.test(name)) positionRows = rows;
      }
    }
    if (outputs.length === 0) throw new RangeError("there is no graph in it");
    return {
      inputs: inputs.filter(({ name }) => !weights.has(name)),
      outputs,
      externalFiles: [...externalFiles],
      positionRows,
      metadata,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fileError(path, null, `not an ONNX model, or cut off (${reason}); export or download it again`, cause);
  } finally {
    closeSync(descriptor);
  }
}
