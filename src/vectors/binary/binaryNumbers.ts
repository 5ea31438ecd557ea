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

/** Position of the first NaN or infinite number, or -1. */
export function firstNonFinite(values: Float32Array | Float64Array): number {
  // Nought times a number is nought only if the number is finite, and what is not stays in the sum. Four sums keep the
  // processor busy.
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    s0 += values[i]! * 0;
    s1 += values[i + 1]! * 0;
    s2 += values[i + 2]! * 0;
    s3 += values[i + 3]! * 0;
  }
  for (let i = whole; i < values.length; i++) s0 += values[i]! * 0;
  return s0 + s1 + s2 + s3 === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/** Whether every number is a float32. */
export function surviveNarrowing(values: Float32Array | Float64Array): boolean {
  if (values instanceof Float32Array) return true;
  for (let i = 0; i < values.length; i++) if (Math.fround(values[i]!) !== values[i]) return false;
  return true;
}
