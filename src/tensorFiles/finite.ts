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
