import {
  type Attribute,
  dataTypes,
  type ExternalData,
  type Initializer,
  initializerBytes,
  type Model,
  type Node,
  type ValueInfo,
} from "./model.ts";
import { type LazyBytes, ProtobufMessage } from "./protobuf.ts";

/** IR version 8 goes with operator set 17 and is read by every ONNX Runtime since 1.11. */
const irVersion = 8;

/** Numbers of AttributeProto.AttributeType. */
const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

/**
 * Encodes a model as the bytes of an `.onnx` file.
 * @throws RangeError when a tensor's data do not have the size its dims say (a programmer's error)
 */
export function buildModel(model: Model): Uint8Array<ArrayBuffer> {
  const message = encodeModel(model);
  const bytes = new Uint8Array(message.byteLength);
  let at = 0;
  for (const chunk of message.chunks()) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** Encodes a model as a message whose chunks can be streamed to a file; tensors given as functions are made one at a time. */
export function encodeModel(model: Model): ProtobufMessage {
  const message = new ProtobufMessage().integer(1, irVersion).string(2, "scidocs");
  message.message(7, graphMessage(model));
  for (const [domain, version] of Object.entries(model.opsetImports ?? { "": 17 })) {
    message.message(8, new ProtobufMessage().string(1, domain).integer(2, version));
  }
  return withMetadata(message, model);
}

/**
 * Encodes further nodes, inputs and outputs for a model that exists as a file. Appended to its bytes they become part of it: in protobuf's
 * wire format, one message after another is their union.
 * @param extension its nodes may name values of the other graph; its own names must not occur there
 */
export function encodeExtension(extension: Omit<Model, "opsetImports">): Uint8Array {
  const message = new ProtobufMessage().message(7, graphMessage(extension));
  return Buffer.concat([...withMetadata(message, extension).chunks()]);
}

function withMetadata(message: ProtobufMessage, { metadata = {} }: Pick<Model, "metadata">): ProtobufMessage {
  for (const [key, value] of Object.entries(metadata)) {
    message.message(14, new ProtobufMessage().string(1, key).string(2, value));
  }
  return message;
}

function graphMessage(model: Omit<Model, "opsetImports">): ProtobufMessage {
  const graph = new ProtobufMessage();
  for (const node of model.nodes) graph.message(1, nodeMessage(node));
  graph.string(2, model.name);
  for (const initializer of model.initializers) graph.message(5, tensorMessage(initializer));
  for (const input of model.inputs) graph.message(11, valueMessage(input));
  for (const output of model.outputs) graph.message(12, valueMessage(output));
  return graph;
}

function nodeMessage(node: Node): ProtobufMessage {
  const message = new ProtobufMessage();
  for (const input of node.inputs) message.string(1, input);
  for (const output of node.outputs) message.string(2, output);
  if (node.name !== undefined) message.string(3, node.name);
  message.string(4, node.opType);
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    message.message(5, attributeMessage(name, attribute));
  }
  if (node.domain !== undefined && node.domain !== "") message.string(7, node.domain);
  return message;
}

function attributeMessage(name: string, attribute: Attribute): ProtobufMessage {
  const message = new ProtobufMessage().string(1, name);
  if ("float" in attribute) return message.float(2, attribute.float).integer(20, attributeTypes.float);
  if ("int" in attribute) return message.integer(3, attribute.int).integer(20, attributeTypes.int);
  if ("string" in attribute) return message.string(4, attribute.string).integer(20, attributeTypes.string);
  if ("tensor" in attribute) {
    return message.message(5, tensorMessage(attribute.tensor)).integer(20, attributeTypes.tensor);
  }
  if ("floats" in attribute) {
    for (const value of attribute.floats) message.float(7, value);
    return message.integer(20, attributeTypes.floats);
  }
  for (const value of attribute.ints) message.integer(8, value);
  return message.integer(20, attributeTypes.ints);
}

function tensorMessage(tensor: Initializer): ProtobufMessage {
  const message = new ProtobufMessage();
  for (const size of tensor.dims) message.integer(1, size);
  message.integer(2, dataTypes[tensor.dataType].code).string(8, tensor.name);
  const { data } = tensor;
  if (isExternal(data)) {
    const entries = { location: data.location, offset: String(data.offset), length: String(data.length) };
    for (const [key, value] of Object.entries(entries)) {
      message.message(13, new ProtobufMessage().string(1, key).string(2, value));
    }
    return message.integer(14, 1);
  }
  return message.bytes(9, rawData(tensor, data));
}

function rawData(tensor: Initializer, data: ArrayBufferView | (() => ArrayBufferView)): Uint8Array | LazyBytes {
  const byteLength = initializerBytes(tensor);
  if (typeof data === "function") return { byteLength, bytes: () => bytesOf(data()) };
  if (data.byteLength !== byteLength) {
    throw new RangeError(
      `tensor ${tensor.name}: ${tensor.dataType} [${tensor.dims.join(", ")}] takes ${byteLength} bytes, got ${data.byteLength}`,
    );
  }
  return bytesOf(data);
}

/** The bytes of any typed array, as a view. Typed arrays are little-endian on every platform that Node runs on, as ONNX wants. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** True for an initializer's data that lie in another file. */
export function isExternal(data: Initializer["data"]): data is ExternalData {
  return typeof data === "object" && "location" in data;
}

function valueMessage(value: ValueInfo): ProtobufMessage {
  const type = new ProtobufMessage().message(1, tensorTypeMessage(value));
  return new ProtobufMessage()
    .string(1, value.name)
    .message(
      2,
      value.sequence === true ? new ProtobufMessage().message(4, new ProtobufMessage().message(1, type)) : type,
    );
}

function tensorTypeMessage({ dataType, dims, sequence }: ValueInfo): ProtobufMessage {
  const message = new ProtobufMessage().integer(1, dataTypes[dataType].code);
  // A sequence's tensors may differ in size.
  if (sequence === true) return message;
  const shape = new ProtobufMessage();
  for (const size of dims) {
    const dim =
      typeof size === "number" ? new ProtobufMessage().integer(1, size) : new ProtobufMessage().string(2, size);
    shape.message(1, dim);
  }
  return message.message(2, shape);
}
