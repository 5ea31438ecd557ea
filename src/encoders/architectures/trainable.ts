import type { Norm } from "./operators/operators.ts";
import type { PostNormLayer } from "./operators/postNormLayer.ts";

/**
 * An encoder as training takes it apart: one embedding a token, then layers of attention and of a feed-forward half.
 */
export interface TrainableEncoder {
  readonly geometry: EncoderGeometry;
  readonly embeddings: EmbeddingNames;
  readonly layers: readonly TrainableLayer[];
  /**
   * The padding token from whose number positions are counted, as RoBERTa's are: it takes no place of its own. Null where positions are
   * counted from 0.
   */
  readonly padding: number | null;
  /** What is added to attention's scores by the distance of two tokens, the same in every layer; null for none. */
  readonly distanceBias: DistanceBiasTable | null;
  /** Name of the class that opens the folder in Python's transformers. */
  readonly pythonClass: string;
  readonly dropout: DropoutPlaces;
}

/** The sizes of an encoder. */
export interface EncoderGeometry {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
}

/** A layer: names of its weights, and what differs between encoders. Layers that differ in names alone are the same graph. */
export interface TrainableLayer {
  /** Norm of what goes in, before queries, keys and values are made of it; null where they are made of it as it is. */
  readonly inputNorm: TrainableNorm | null;
  readonly query: TrainableLinear;
  readonly key: TrainableLinear;
  readonly value: TrainableLinear;
  readonly attention: TrainableAttention;
  readonly attentionOutput: TrainableLinear;
  /** Norm of attention's output and what went round it: what the feed-forward half takes. */
  readonly middleNorm: TrainableNorm;
  readonly feedForward: FeedForward;
  /** What goes round the feed-forward half: the sum behind attention, or its norm. */
  readonly around: "sum" | "norm";
  /** Norm of the sum behind the feed-forward half; null for none. */
  readonly outputNorm: TrainableNorm | null;
}

/** A linear layer. */
export interface TrainableLinear {
  readonly name: string;
  /** Whether it has a bias. */
  readonly bias: boolean;
  /** Which part of a stored weight it is, and how many lie one under another in its rows; default the whole. */
  readonly part?: { readonly index: number; readonly of: number };
}

/** A norm, with or without a bias. */
export interface TrainableNorm extends Norm {
  readonly bias: boolean;
}

/** What attention knows of places. */
export interface TrainableAttention {
  /** Queries and keys are turned by their positions, by angles of this base; null where they are not. */
  readonly rotary: { readonly base: number; readonly positions: number } | null;
  /** The largest distance that a token attends to; null for every one. */
  readonly reach: number | null;
}

/** The feed-forward half of a layer: a curve of one linear layer, times another where it is gated, through a third. */
export interface FeedForward {
  readonly curve: "gelu" | "silu";
  readonly curved: TrainableLinear;
  readonly gate: TrainableLinear | null;
  readonly output: TrainableLinear;
}

/** A bias by distance. */
export interface DistanceBiasTable {
  /** Name of the weight, `[buckets, heads]`. */
  readonly table: string;
  /**
   * The row of a distance.
   * @param offset place of the key less place of the query
   */
  readonly bucketOf: (offset: number) => number;
}

/** Names of the tables whose rows are added up, and the norm behind them. */
export interface EmbeddingNames {
  readonly word: string;
  /** Null for an encoder whose attention knows the positions. */
  readonly position: string | null;
  /** Its first row is every token's; null for an encoder without token types. */
  readonly type: string | null;
  readonly norm: TrainableNorm;
}

/** Places inside an encoder where dropout can stand. */
export const encoderDropoutSites = ["embeddings", "attention", "attended", "inner", "output"] as const;

/**
 * Where dropout stands: behind the embeddings, on attention's shares, behind attention's linear layer, before and behind the feed-forward
 * half's last one.
 */
export interface DropoutPlaces {
  /** Names in `config.json` of the share of hidden outputs that training silences; several must agree. */
  readonly hidden: readonly string[];
  /** Name in `config.json` of the share of attention. */
  readonly attention: string;
  /** A share of which `config.json` says nothing. */
  readonly otherwise: number;
  /** The share of each place; null where none stands. */
  readonly sites: Readonly<Record<(typeof encoderDropoutSites)[number], "hidden" | "attention" | null>>;
}

/** Tables that BERT, RoBERTa and their kin share. */
export const bertEmbeddings = (epsilon: number): EmbeddingNames => ({
  word: "embeddings.word_embeddings.weight",
  position: "embeddings.position_embeddings.weight",
  type: "embeddings.token_type_embeddings.weight",
  norm: { name: "embeddings.LayerNorm", epsilon, bias: true },
});

/** Where dropout stands in layers that are normalised after each of their halves. */
export const postNormSites: DropoutPlaces["sites"] = {
  embeddings: "hidden",
  attention: "attention",
  attended: "hidden",
  inner: null,
  output: "hidden",
};

/** BERT's dropout, and that of its kin. */
export const bertDropoutPlaces: DropoutPlaces = {
  hidden: ["hidden_dropout_prob"],
  attention: "attention_probs_dropout_prob",
  otherwise: 0.1,
  sites: postNormSites,
};

/** A layer of BERT's kind as training takes it. */
export function trainablePostNorm(layer: PostNormLayer): TrainableLayer {
  const linear = (name: string): TrainableLinear => ({ name, bias: true });
  if (layer.activation !== "gelu") throw new RangeError(`${layer.activation} cannot be trained`);
  return {
    inputNorm: null,
    query: linear(layer.query),
    key: linear(layer.key),
    value: linear(layer.value),
    attention: { rotary: null, reach: null },
    attentionOutput: linear(layer.attentionOutput),
    middleNorm: { ...layer.attentionNorm, bias: true },
    feedForward: { curve: "gelu", curved: linear(layer.wide), gate: null, output: linear(layer.output) },
    around: "norm",
    outputNorm: { ...layer.outputNorm, bias: true },
  };
}

/**
 * Of which layer a weight is; `embeddings` for those that no layer has for itself, a bias by distance among them; null for none of the
 * encoder's, such as a head's.
 */
export function layerOfWeight(
  { embeddings, distanceBias, layers }: Pick<TrainableEncoder, "embeddings" | "distanceBias" | "layers">,
  name: string,
): number | "embeddings" | null {
  const { word, position, type, norm } = embeddings;
  if ([word, position, type, distanceBias?.table].includes(name) || isPartOf(name, norm.name)) return "embeddings";
  const layer = layers.findIndex((each) => namesOf(each).some((part) => isPartOf(name, part)));
  return layer < 0 ? null : layer;
}

/** Names of a layer's linear layers and norms. */
function namesOf(layer: TrainableLayer): string[] {
  const { feedForward } = layer;
  return [
    ...[layer.inputNorm, layer.query, layer.key, layer.value, layer.attentionOutput, layer.middleNorm],
    ...[feedForward.curved, feedForward.gate, feedForward.output, layer.outputNorm],
  ].flatMap((part) => (part === null ? [] : [part.name]));
}

const isPartOf = (name: string, part: string): boolean => name === `${part}.weight` || name === `${part}.bias`;
