/** Numpy's unrolled block: below this many numbers eight running sums are kept and then combined. */
const blockLength = 128;

function pairwiseSum(values: ArrayLike<number>, start: number, length: number): number {
  if (length < 8) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += values[start + i]!;
    return sum;
  }
  if (length <= blockLength) {
    const partial = new Float64Array(8);
    for (let i = 0; i < 8; i++) partial[i] = values[start + i]!;
    const whole = length - (length % 8);
    for (let i = 8; i < whole; i++) partial[i % 8]! += values[start + i]!;
    const [r0, r1, r2, r3, r4, r5, r6, r7] = partial as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    let sum = r0 + r1 + (r2 + r3) + (r4 + r5 + (r6 + r7));
    for (let i = whole; i < length; i++) sum += values[start + i]!;
    return sum;
  }
  const half = Math.floor(length / 2);
  const left = half - (half % 8);
  return pairwiseSum(values, start, left) + pairwiseSum(values, start + left, length - left);
}

/**
 * The mean with numpy's order of additions (pairwise summation), so that it equals `numpy.mean` of a float64 array to
 * the last bit.
 * @returns NaN for no values, as numpy does
 * @see numpy/core/src/umath/loops_utils.h.src: `pairwise_sum`
 */
export function numpyMean(values: ArrayLike<number>): number {
  return pairwiseSum(values, 0, values.length) / values.length;
}
