/** Numbers of 16-bit floats (IEEE 754 binary16), given by their bits: exact for every value, infinities and NaN included. */
export function widenHalf(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  const floats = new Float32Array(bits.buffer);
  for (let index = 0; index < halves.length; index++) {
    const half = halves[index] ?? 0;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 0x3ff;
    if (exponent === 0) floats[index] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
    else if (exponent === 31) bits[index] = sign | 0x7f800000 | (fraction << 13);
    else bits[index] = sign | ((exponent + 112) << 23) | (fraction << 13);
  }
  return floats;
}

/** Numbers of bfloat16s, given by their bits: each is the upper half of a float32. */
export function widenBfloat(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) bits[index] = (halves[index] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}
