/** The activations between two linear layers. */
export type Activation = "gelu" | "relu" | "silu";

/** A norm: where its weight (and bias, if it has one) lie, and what keeps its root from zero. */
export interface Norm {
  readonly name: string;
  readonly epsilon: number;
}

/**
 * The operations that encoders are put together from, in ONNX Runtime's own operators or in those of the standard.
 * Arguments and results are names of values in the graph; linear layers and norms are named as their weights are.
 */
export interface Operators {
  /**
   * Normalised sum of word and position vectors, `[batch, tokens, hidden]`.
   * @param positions int64 `[batch, tokens]`; null for 0, 1, 2 …
   */
  readonly embed: (ids: string, words: string, table: string, positions: string | null, norm: Norm) => string;
  /** What attention takes as its mask, made once: from the mask of real tokens, `[batch, tokens]` int64. */
  readonly mask: (attentionMask: string) => string;
  /** The same where each query attends to some of the tokens alone: `near` is bool `[queries, tokens]`. */
  readonly maskNear: (attentionMask: string, near: string) => string;
  /** `x·W + b`; without `b` where it has none. */
  readonly linear: (input: string, name: string) => string;
  readonly linearActivation: (input: string, name: string, activation: Activation) => string;
  readonly activate: (input: string, activation: Activation) => string;
  /**
   * Scaled dot-product attention of all heads. `queries` may have fewer rows than keys and values.
   * @param bias added to the scores, `[1, heads or 1, queries, keys]`
   */
  readonly attention: (queries: string, keys: string, values: string, mask: string, bias?: string) => string;
  /** Turns the halves of each head by an angle that grows with the position, from 0: tables are `[positions, width of a head / 2]`. */
  readonly rotate: (input: string, cosines: string, sines: string) => string;
  readonly normalize: (input: string, norm: Norm) => string;
  /** The norm of `input + skip`. */
  readonly addAndNormalize: (input: string, skip: string, norm: Norm) => string;
  /** `input + skip` and its norm. */
  readonly addKeepNormalize: (
    input: string,
    skip: string,
    norm: Norm,
  ) => { readonly sum: string; readonly normed: string };
  /** The norm of `skip + x·W + b`. */
  readonly linearAddNormalize: (input: string, linear: string, skip: string, norm: Norm) => string;
}

/** The sizes that operators need to know. */
export interface HeadSizes {
  readonly heads: number;
  readonly hiddenSize: number;
}
