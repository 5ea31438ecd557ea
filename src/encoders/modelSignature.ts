import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { fileError, ScidocsError } from "../errors.ts";

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

/** Reads protobuf fields from a file through a window, so that gigabytes of weights are skipped and not read. */
class FieldReader {
  position = 0;
  readonly size: number;
  private readonly window = Buffer.alloc(1 << 16);
  private windowStart = 0;
  private windowLength = 0;
  private readonly descriptor: number;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
    this.size = fstatSync(descriptor).size;
  }

  private byte(): number {
    const offset = this.position - this.windowStart;
    if (offset < 0 || offset >= this.windowLength) {
      this.windowStart = this.position;
      this.windowLength = readSync(this.descriptor, this.window, 0, this.window.length, this.position);
      if (this.windowLength === 0) throw new RangeError("the file ends in the middle of a field");
    }
    return this.window[this.position++ - this.windowStart] ?? 0;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 64; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError("a number is longer than 64 bits");
  }

  text(length: number): string {
    if (length > 1 << 16) throw new RangeError("a name is longer than 65536 bytes");
    const bytes = Buffer.alloc(length);
    for (let index = 0; index < length; index++) bytes[index] = this.byte();
    return bytes.toString("utf8");
  }

  /** Calls `visit` for every field up to `end`; `length` is the size of a length-delimited field and null for a number. */
  fields(end: number, visit: (field: number, length: number | null) => boolean): void {
    while (this.position < end) {
      const key = this.varint();
      const wire = key & 7;
      const field = Math.floor(key / 8);
      if (wire === 2) {
        const length = this.varint();
        const next = this.position + length;
        if (next > end || next > this.size) throw new RangeError("a field is longer than what holds it");
        visit(field, length);
        this.position = next;
      } else if (wire === 0) {
        if (!visit(field, null)) this.varint();
      } else if (wire === 1 || wire === 5) {
        this.position += wire === 1 ? 8 : 4;
      } else {
        throw new RangeError(`wire type ${wire}`);
      }
    }
    if (this.position !== end) throw new RangeError("a field ends past what holds it");
  }
}

function readDimension(reader: FieldReader, length: number): number | null {
  let value: number | null = null;
  reader.fields(reader.position + length, (field, size) => {
    if (field !== 1 || size !== null) return false;
    value = reader.varint();
    return true;
  });
  return value;
}

/** A ValueInfoProto: name = 1, type = 2 { tensor_type = 1 { elem_type = 1, shape = 2 { dim = 1 } } }. */
function readValue(reader: FieldReader, length: number): ModelValue {
  let name = "";
  let elementType = 0;
  const shape: (number | null)[] = [];
  const within = (size: number, visit: (field: number, length: number | null) => boolean): void =>
    reader.fields(reader.position + size, visit);
  within(length, (field, size) => {
    if (size === null) return false;
    if (field === 1) name = reader.text(size);
    if (field !== 2) return false;
    within(size, (typeField, typeSize) => {
      if (typeField !== 1 || typeSize === null) return false;
      within(typeSize, (tensorField, tensorSize) => {
        if (tensorField === 1 && tensorSize === null) {
          elementType = reader.varint();
          return true;
        }
        if (tensorField !== 2 || tensorSize === null) return false;
        within(tensorSize, (shapeField, dimensionSize) => {
          if (shapeField === 1 && dimensionSize !== null) shape.push(readDimension(reader, dimensionSize));
          return false;
        });
        return false;
      });
      return false;
    });
    return false;
  });
  return { name, elementType, shape };
}

/** A StringStringEntryProto: key = 1, value = 2. A long value is free text of no interest here. */
function readEntry(reader: FieldReader, length: number): { key: string; value: string } {
  let key = "";
  let value = "";
  reader.fields(reader.position + length, (field, size) => {
    if (size === null) return false;
    if (field === 1) key = reader.text(size);
    if (field === 2 && size < 4096) value = reader.text(size);
    return false;
  });
  return { key, value };
}

/** A TensorProto's dims = 1, name = 8 and the `location` among its external_data = 13. */
function readWeight(reader: FieldReader, length: number): { name: string; rows: number | null; file: string | null } {
  let name = "";
  let file: string | null = null;
  const dims: number[] = [];
  reader.fields(reader.position + length, (field, size) => {
    if (field === 1) {
      if (size === null) {
        dims.push(reader.varint());
        return true;
      }
      const end = reader.position + size;
      while (reader.position < end) dims.push(reader.varint());
    } else if (field === 8 && size !== null) {
      name = reader.text(size);
    } else if (field === 13 && size !== null) {
      const { key, value } = readEntry(reader, size);
      if (key === "location") file = value;
    }
    return false;
  });
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
    const reader = new FieldReader(descriptor);
    const inputs: ModelValue[] = [];
    const outputs: ModelValue[] = [];
    const weights = new Set<string>();
    const externalFiles = new Set<string>();
    const metadata = new Map<string, string>();
    let positionRows: number | null = null;
    reader.fields(reader.size, (field, length) => {
      if (field === 14 && length !== null) {
        const { key, value } = readEntry(reader, length);
        metadata.set(key, value);
      }
      if (field !== 7 || length === null) return false;
      reader.fields(reader.position + length, (graphField, size) => {
        if (size === null) return false;
        if (graphField === 11) inputs.push(readValue(reader, size));
        if (graphField === 12) outputs.push(readValue(reader, size));
        if (graphField === 5) {
          const { name, rows, file } = readWeight(reader, size);
          weights.add(name);
          if (file !== null) externalFiles.add(file);
          if (/position_embeddings?(\.weight)?$/.test(name)) positionRows = rows;
        }
        return false;
      });
      return false;
    });
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
