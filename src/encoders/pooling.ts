/** How the outputs at a paper's tokens become its vector. */
export const poolings = ["cls", "mean", "max"] as const;
/** `words` is the mean over positions that the recipe names; `model` means that the model's output is the vector itself. */
export type Pooling = (typeof poolings)[number] | "words" | "model";

/** One batch of token outputs. */
export interface TokenOutputs {
  /** `count x width x dimensions`, row-major; `width` is the length of the longest input of the batch. */
  readonly values: Float32Array;
  readonly count: number;
  readonly width: number;
  readonly dimensions: number;
  /** Number of real tokens of each input; what comes after them is padding. */
  readonly lengths: Int32Array;
}

/**
 * Pools each input's token outputs into one vector; padding never counts.
 * @param positions for `words`: per input, the positions to average
 * @returns `count x dimensions` numbers, row-major
 */
export function poolTokens(
  outputs: TokenOutputs,
  pooling: Pooling,
  positions: readonly Int32Array[] | null = null,
): Float32Array<ArrayBuffer> {
  const { values, count, width, dimensions, lengths } = outputs;
  const pooled = new Float32Array(count * dimensions);
  const sums = new Float64Array(dimensions);
  for (let row = 0; row < count; row++) {
    const start = row * width * dimensions;
    const target = pooled.subarray(row * dimensions, (row + 1) * dimensions);
    const chosen = positions?.[row];
    const tokens = pooling === "words" ? (chosen?.length ?? 0) : (lengths[row] ?? 0);
    if (pooling === "cls") {
      target.set(values.subarray(start, start + dimensions));
    } else if (pooling === "max") {
      target.fill(tokens === 0 ? 0 : Number.NEGATIVE_INFINITY);
      for (let token = 0; token < tokens; token++) {
        const offset = start + token * dimensions;
        for (let k = 0; k < dimensions; k++) target[k] = Math.max(target[k] ?? 0, values[offset + k] ?? 0);
      }
    } else {
      // Summed in double: hundreds of tokens in single precision would cost the last digits that parity tests look at.
      sums.fill(0);
      for (let token = 0; token < tokens; token++) {
        const position = pooling === "words" ? (chosen?.[token] ?? 0) : token;
        const offset = start + position * dimensions;
        for (let k = 0; k < dimensions; k++) sums[k] = (sums[k] ?? 0) + (values[offset + k] ?? 0);
      }
      if (tokens > 0) for (let k = 0; k < dimensions; k++) target[k] = (sums[k] ?? 0) / tokens;
    }
  }
  return pooled;
}

/** Scales each row to length 1, in place; a zero row stays zero. */
export function normalizeRows(vectors: Float32Array, dimensions: number): void {
  for (let start = 0; start < vectors.length; start += dimensions) {
    let sum = 0;
    for (let k = 0; k < dimensions; k++) sum += (vectors[start + k] ?? 0) ** 2;
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
    for (let k = 0; k < dimensions; k++) vectors[start + k] = (vectors[start + k] ?? 0) * scale;
  }
}
