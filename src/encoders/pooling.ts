/**
 * How the outputs at a paper's tokens become its vector, in the order in which sentence-transformers puts several of them end to end.
 * - `cls` the first token, `max` the largest of each number, `mean` the mean
 * - `mean-sqrt-length` the sum divided by the root of the number of tokens
 * - `weighted-mean` the mean weighted by position, the first token counting 1
 * - `last` the last token
 */
export const poolings = ["cls", "max", "mean", "mean-sqrt-length", "weighted-mean", "last"] as const;
export type PoolingMode = (typeof poolings)[number];

/**
 * One or several modes, end to end; `words` is the mean over positions that the recipe names; `model` means that the model's output is
 * the vector itself.
 */
export type Pooling = readonly PoolingMode[] | "words" | "model";

/**
 * Parses `mean`, or `cls+mean` for both end to end, in the order given.
 * @returns null for a text that names a mode we do not know, or one twice
 */
export function parsePooling(text: string): readonly PoolingMode[] | null {
  const names = text.split("+");
  const modes = names.map((name) => poolings.find((mode) => mode === name)).filter((mode) => mode !== undefined);
  return modes.length === names.length && new Set(modes).size === modes.length ? modes : null;
}

/** A pooling as it is written in flags, plans and records. */
export function poolingText(pooling: Pooling): string {
  return typeof pooling === "string" ? pooling : pooling.join("+");
}

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

/** Tokens that a pooling looks at, where these are not all. */
export interface PooledTokens {
  /** For `words`: per input, the positions to average. */
  readonly positions?: readonly Int32Array[] | null;
  /** Tokens at the start that do not count (the prompt's); `cls` is the first token all the same. Default 0. */
  readonly skip?: number;
}

/**
 * Pools each input's token outputs into one vector; padding never counts.
 * @returns `count` rows of `dimensions` numbers a mode, row-major
 */
export function poolTokens(
  outputs: TokenOutputs,
  pooling: Exclude<Pooling, "model">,
  { positions = null, skip = 0 }: PooledTokens = {},
): Float32Array<ArrayBuffer> {
  const { values, count, width, dimensions, lengths } = outputs;
  const modes = pooling === "words" ? (["mean"] as const) : pooling;
  const pooled = new Float32Array(count * dimensions * modes.length);
  for (let row = 0; row < count; row++) {
    const length = lengths[row] ?? 0;
    const tokens =
      pooling === "words"
        ? (positions?.[row] ?? new Int32Array(0))
        : Int32Array.from(range(Math.min(skip, length), length));
    const start = row * width * dimensions;
    const rowValues = values.subarray(start, start + width * dimensions);
    for (const [index, mode] of modes.entries()) {
      const first = (row * modes.length + index) * dimensions;
      poolOne(rowValues, tokens, mode, pooled.subarray(first, first + dimensions));
    }
  }
  return pooled;
}

function* range(start: number, end: number): Generator<number> {
  for (let value = start; value < end; value++) yield value;
}

function poolOne(values: Float32Array, tokens: Int32Array, mode: PoolingMode, target: Float32Array): void {
  const dimensions = target.length;
  if (mode === "cls" || mode === "last") {
    const token = mode === "cls" ? 0 : (tokens.at(-1) ?? 0);
    target.set(values.subarray(token * dimensions, (token + 1) * dimensions));
    return;
  }
  if (tokens.length === 0) return;
  if (mode === "max") {
    target.fill(Number.NEGATIVE_INFINITY);
    for (const token of tokens) {
      const offset = token * dimensions;
      for (let k = 0; k < dimensions; k++) target[k] = Math.max(target[k] ?? 0, values[offset + k] ?? 0);
    }
    return;
  }
  // Summed in double: hundreds of tokens in single precision would cost the last digits that parity tests look at.
  const sums = new Float64Array(dimensions);
  let weights = 0;
  for (const token of tokens) {
    const weight = mode === "weighted-mean" ? token + 1 : 1;
    weights += weight;
    const offset = token * dimensions;
    for (let k = 0; k < dimensions; k++) sums[k] = (sums[k] ?? 0) + weight * (values[offset + k] ?? 0);
  }
  const divisor = mode === "mean-sqrt-length" ? Math.sqrt(weights) : weights;
  for (let k = 0; k < dimensions; k++) target[k] = (sums[k] ?? 0) / divisor;
}
