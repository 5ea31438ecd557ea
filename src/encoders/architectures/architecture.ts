import type { GraphBuilder } from "../../onnx/graph.ts";
import type { StoredTensors } from "../../tensorFiles/storedTensor.ts";
import type { WordPooling } from "../checkpoints/wordPooling.ts";
import type { Operators } from "./operators/operators.ts";
import type { Parameters } from "./operators/parameters.ts";
import type { TrainableEncoder } from "./trainable.ts";

/**
 * A kind of encoder: how its `config.json` is read, and what graph it is. To add one, write such a value in a folder of its own and a line
 * in `registry.ts`.
 */
export interface Architecture {
  /** Values of `model_type` in `config.json`. */
  readonly modelTypes: readonly string[];
  /**
   * Understands a `config.json`.
   * @param config its content
   * @throws ScidocsError for anything that the graph would not compute as the original does, before any weight is read
   */
  readonly open: (file: string, config: Readonly<Record<string, unknown>>) => EncoderBlueprint;
}

/** An encoder of a certain size: everything but its weights. */
export interface EncoderBlueprint {
  /** `model_type`, for messages and for those who can do with one kind only. */
  readonly architecture: string;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Most tokens of one input, special tokens included. */
  readonly maxTokens: number;
  /** Names and shapes of the weights, without a prefix. */
  readonly weights: ReadonlyMap<string, readonly number[]>;
  /** Names of `weights` that may be missing, for they can be done without or come from another name. */
  readonly optionalWeights?: ReadonlySet<string>;
  /** A weight that only this kind of encoder has and that tells the prefix: the table of word vectors. */
  readonly anchor: string;
  /** Weights inside the encoder that change no vector, such as counted positions. */
  readonly harmless: RegExp;
  /** The names that a checkpoint may use otherwise, such as `gamma` for a norm's weight; default none. */
  readonly rename?: (name: string) => string;
  /** Whether a bottleneck adapter can be built into its layers; default false. */
  readonly takesAdapters?: boolean;
  /** The parts that training takes it apart into. */
  readonly trainable: TrainableEncoder;
  /** Views of the stored weights under names of their own, such as a part of a joined matrix; default none. */
  readonly derive?: (tensors: StoredTensors) => StoredTensors;
  /**
   * Adds the encoder to a graph.
   * @returns names of the layers' outputs, `[batch, tokens, hidden]`; of the last one `[batch, 1, hidden]` where the first token is enough
   */
  readonly build: (parts: EncoderParts) => readonly string[];
}

/** What an encoder is built from. */
export interface EncoderParts {
  readonly graph: GraphBuilder;
  readonly operators: Operators;
  readonly parameters: Parameters;
  /** Whether only the first token of the last layer is wanted. */
  readonly firstTokenOnly: boolean;
  /** A bottleneck adapter in every layer; null for none. */
  readonly adapter: AdapterShape | null;
}

/** A bottleneck adapter, whose weights stand among the encoder's as `PREFIX.N.down` and `PREFIX.N.up`. */
export interface AdapterShape {
  readonly prefix: string;
  readonly scaling: number;
}

/**
 * What a model puts out.
 * - `cls`: `sentence_embedding` `[batch, hidden]`, the last layer at the first token. The last layer is computed for that token alone.
 * - `tokens`: `last_hidden_state` `[batch, tokens, hidden]`.
 * - `layers`: every layer's output, `hidden_states.1` and on, for mixing outside.
 * - `words`: `sentence_embedding`, the weighted sum of all layers' outputs, then the mean (or sum) over the positions where the
 *   further input `word_mask` is 1.
 */
export type EncoderOutput =
  | { readonly kind: "cls" }
  | { readonly kind: "tokens" }
  | { readonly kind: "layers" }
  | ({ readonly kind: "words" } & WordPooling);

/** How the big matrix products are computed. */
export const precisions = ["fp32", "int8"] as const;
export type Precision = (typeof precisions)[number];
