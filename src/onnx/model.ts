/**
 * Values that describe an ONNX model: tensors, nodes and graphs, as plain data. `buildModel` in `encode.ts` turns them into a file.
 * Names and numbers follow onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */

/** Element types that we write: their number in onnx.proto and their size. */
export const dataTypes = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  bfloat16: { code: 16, bytes: 2 },
  float64: { code: 11, bytes: 8 },
} as const;

export type DataType = keyof typeof dataTypes;

/** Where the bytes of an initializer lie when they are not in the model itself. */
export interface ExternalData {
  /** File name relative to the model's folder. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** A constant tensor of the model, row-major and little-endian. */
export interface Initializer {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  /**
   * The numbers as a typed array of the right width (float16: `Uint16Array` of bit patterns; bool: `Uint8Array`), or a function
   * that makes them when they are written, or the place in another file.
   */
  readonly data: ArrayBufferView | (() => ArrayBufferView) | ExternalData;
}

/** An input or output: a number is a fixed size, a string names a size that is known only when it runs. */
export interface ValueInfo {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly (number | string)[];
  /** Whether it is a sequence of tensors of this type, of any sizes, rather than one. */
  readonly sequence?: boolean;
}

/** Attributes of a node; ONNX wants integers and floats told apart, so they are written `{ int: 1 }` or `{ float: 1 }`. */
export type Attribute =
  | { readonly int: number | bigint }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly floats: readonly number[] }
  | { readonly tensor: Initializer };

/** One operation. An empty input name stands for an optional input that is left out. */
export interface Node {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Empty (the default) for standard operators; `com.microsoft` for ONNX Runtime's own. */
  readonly domain?: string;
  readonly name?: string;
}

/** A whole model. Nodes stand in an order in which they can run. */
export interface Model {
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  /** Version of each operator set used; default `{ "": 17 }`. */
  readonly opsetImports?: Readonly<Record<string, number>>;
  /** Free text kept in the file: where it came from, which recipe it wants. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Number of elements that `dims` hold. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** Size in bytes of an initializer's numbers. */
export function initializerBytes(initializer: Pick<Initializer, "dataType" | "dims">): number {
  return elementCount(initializer.dims) * dataTypes[initializer.dataType].bytes;
}

/** A float32 constant; a scalar when `dims` is `[]`. */
export function float32(name: string, dims: readonly number[], data: Float32Array | readonly number[]): Initializer {
  return { name, dataType: "float32", dims, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** A float64 constant. */
export function float64(name: string, dims: readonly number[], data: Float64Array | readonly number[]): Initializer {
  return { name, dataType: "float64", dims, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

/** An int64 constant: shapes, axes and indices. */
export function int64(name: string, dims: readonly number[], data: readonly number[]): Initializer {
  return { name, dataType: "int64", dims, data: BigInt64Array.from(data, BigInt) };
}

/** An int32 constant. */
export function int32(name: string, dims: readonly number[], data: readonly number[]): Initializer {
  return { name, dataType: "int32", dims, data: Int32Array.from(data) };
}
