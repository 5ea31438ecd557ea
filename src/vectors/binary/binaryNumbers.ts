import { widenBfloat, widenHalf } from "../../tensorFiles/halves.ts";

/** How numbers lie in a binary vector file, little endian. */
export type NumberType = "float16" | "bfloat16" | "float32" | "float64";

/** Bytes of one number. */
export const numberBytes: Readonly<Record<NumberType, number>> = { float16: 2, bfloat16: 2, float32: 4, float64: 8 };

/**
 * Numbers from their little-endian bytes; 16-bit kinds are widened to float32, which holds them exactly.
 * @param bytes aligned to the size of a number; for 32- and 64-bit kinds the result is a view of them
 */
export function decodeNumbers(bytes: Uint8Array, type: NumberType): Float32Array | Float64Array {
  const { buffer, byteOffset } = bytes;
  const length = bytes.length / numberBytes[type];
  if (type === "float64") return new Float64Array(buffer, byteOffset, length);
  if (type === "float32") return new Float32Array(buffer, byteOffset, length);
  const halves = new Uint16Array(buffer, byteOffset, length);
  return type === "float16" ? widenHalf(halves) : widenBfloat(halves);
}

/** Whether every number is a float32. */
export function surviveNarrowing(values: Float32Array | Float64Array): boolean {
  if (values instanceof Float32Array) return true;
  for (let i = 0; i < values.length; i++) if (Math.fround(values[i]!) !== values[i]) return false;
  return true;
}
