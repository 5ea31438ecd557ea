import { closeSync, readSync } from "node:fs";
import { fileError } from "../errors.ts";
import { openRegularSync } from "../files/regularFile.ts";
import { printable } from "../printable.ts";
import { widenBfloat, widenHalf } from "./halves.ts";

/** Element types that checkpoints hold, with their size in bytes. */
export const storedTypes = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
} as const;
export type StoredType = keyof typeof storedTypes;

/** A tensor that lies in a file: where, and how its elements are laid out. A plain value; nothing is read until it is asked for. */
export interface StoredTensor {
  readonly file: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  /** Elements to step over for one more along each axis, as in PyTorch. */
  readonly strides: readonly number[];
  /** Offset in bytes of the first element. */
  readonly start: number;
  /** Offset in bytes of the end of the storage that the tensor lies in; nothing beyond it is ever read. */
  readonly end: number;
}

/** The tensors of a checkpoint by their names there. */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;

/** Strides of a row-major tensor without gaps. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Checks that every element of a tensor lies inside its storage.
 * @throws ScidocsError naming the tensor when shape, strides or offset reach outside
 */
export function checkExtent(name: string, tensor: StoredTensor): void {
  const { file, shape, strides, start, end, type } = tensor;
  const whole = [...shape, ...strides].every((value) => Number.isSafeInteger(value) && value >= 0);
  const reach = extentOf(tensor);
  if (
    !whole ||
    shape.length !== strides.length ||
    !Number.isSafeInteger(reach) ||
    !Number.isSafeInteger(sizeOf(shape)) ||
    start < 0 ||
    // A tensor without elements touches nothing, wherever it lies.
    (reach > 0 && start + reach * storedTypes[type] > end)
  ) {
    throw fileError(
      file,
      null,
      `tensor ${printable(name)}: shape [${shape.join(", ")}] with strides [${strides.join(", ")}] reaches outside its storage: a damaged file`,
    );
  }
}

/** Whether a tensor holds numbers with fractions, as weights are. */
export function holdsFractions({ type }: StoredTensor): boolean {
  return type.startsWith("float") || type === "bfloat16";
}

/**
 * Checks that a weight holds numbers with fractions: whole ones belong to a quantized model, whose scales stand elsewhere, or to a damaged
 * header.
 * @throws ScidocsError naming the tensor
 */
export function requireNumbers(name: string, tensor: StoredTensor): void {
  if (holdsFractions(tensor)) return;
  throw fileError(
    tensor.file,
    null,
    `tensor ${printable(name)}: holds ${tensor.type} where weights are: a quantized model, or a damaged file`,
  );
}

/** Elements from the first to the last one that a tensor touches. */
function extentOf({ shape, strides }: Pick<StoredTensor, "shape" | "strides">): number {
  if (sizeOf(shape) === 0) return 0;
  return shape.reduce((reach, size, axis) => reach + (size - 1) * (strides[axis] ?? 0), 1);
}

/**
 * Reads a tensor's elements as row-major float32. float64 and integers are narrowed; float16 and bfloat16 widen without loss.
 * @throws ScidocsError when the file has become shorter meanwhile
 */
export function readFloat32(tensor: StoredTensor): Float32Array<ArrayBuffer> {
  const count = sizeOf(tensor.shape);
  const reach = extentOf(tensor);
  const storage = toFloat32(tensor.type, readSpan(tensor, reach * storedTypes[tensor.type]));
  const dense = rowMajorStrides(tensor.shape);
  // A stride along an axis of one element is never stepped, so it may be anything.
  const contiguous = tensor.shape.every((size, axis) => size === 1 || tensor.strides[axis] === dense[axis]);
  return contiguous ? storage : gather(storage, tensor, count);
}

function readSpan({ file, start }: StoredTensor, byteLength: number): ArrayBuffer {
  const bytes = new Uint8Array(byteLength);
  const descriptor = openRegularSync(file);
  try {
    let done = 0;
    while (done < byteLength) {
      // One read of over 2 GB is refused by the system.
      const read = readSync(descriptor, bytes, done, Math.min(byteLength - done, 1 << 30), start + done);
      if (read === 0)
        throw fileError(file, null, `cut off: a tensor ends at byte ${start + byteLength}, the file before`);
      done += read;
    }
  } finally {
    closeSync(descriptor);
  }
  return bytes.buffer;
}

function gather(storage: Float32Array, { shape, strides }: StoredTensor, count: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(count);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    out[to] = storage[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      from += stride;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        break;
      }
      from -= next * stride;
      index[axis] = 0;
    }
  }
  return out;
}

function toFloat32(type: StoredType, bytes: ArrayBuffer): Float32Array<ArrayBuffer> {
  switch (type) {
    case "float32":
      return new Float32Array(bytes);
    case "float64":
      return Float32Array.from(new Float64Array(bytes));
    case "float16":
      return widenHalf(new Uint16Array(bytes));
    case "bfloat16":
      return widenBfloat(new Uint16Array(bytes));
    case "int64":
      return Float32Array.from(new BigInt64Array(bytes), Number);
    case "int32":
      return Float32Array.from(new Int32Array(bytes));
    case "int16":
      return Float32Array.from(new Int16Array(bytes));
    case "int8":
      return Float32Array.from(new Int8Array(bytes));
    case "uint8":
    case "bool":
      return Float32Array.from(new Uint8Array(bytes));
  }
}
