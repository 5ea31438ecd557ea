import { fieldsOf, type ProtobufField, type ReadBytes } from "../onnx/protobufFields.ts";

/** A name or a value longer than this is none of those that are read here. */
const longestText = 1 << 16;

/** The parts of a model's file. */
export interface ModelReader {
  readonly inside: (field: ProtobufField) => Iterable<ProtobufField>;
  readonly bytes: (field: ProtobufField) => Uint8Array;
  readonly text: (field: ProtobufField) => string;
}

export function modelReader(read: ReadBytes): ModelReader {
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

/** A StringStringEntryProto: key = 1, value = 2. A long value is free text of no interest here. */
export function readEntry(reader: ModelReader, entry: ProtobufField): { key: string; value: string } {
  let key = "";
  let value = "";
  for (const field of reader.inside(entry)) {
    if (field.number === 1) key = reader.text(field);
    if (field.number === 2 && field.end - field.contentStart < 4096) value = reader.text(field);
  }
  return { key, value };
}
