import type { BertGeometry } from "./bert/bertConfig.ts";
import type { PostNormLayer } from "./operators/postNormLayer.ts";

/**
 * An encoder of BERT's kind as training takes it apart: one embedding a token, then layers that are normalised after each of their
 * halves. An architecture whose blueprint has it can be trained.
 */
export interface TrainableEncoder {
  readonly geometry: BertGeometry;
  readonly embeddings: EmbeddingNames;
  readonly layers: readonly PostNormLayer[];
  /**
   * The padding token from whose number positions are counted, as RoBERTa's are: it takes no place of its own. Null where positions are
   * counted from 0.
   */
  readonly padding: number | null;
  /** What is added to attention's scores by the distance of two tokens, the same in every layer; null for none. */
  readonly distanceBias: DistanceBiasTable | null;
  /** Name of the class that opens the folder in Python's transformers. */
  readonly pythonClass: string;
  /** Names in `config.json` of the shares of hidden outputs and of attention that training silences. */
  readonly dropout: { readonly hidden: string; readonly attention: string };
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

/** Names of the tables whose rows are added up, and of the norm behind them. */
export interface EmbeddingNames {
  readonly word: string;
  readonly position: string;
  /** Its first row is every token's; null for an encoder without token types. */
  readonly type: string | null;
  readonly norm: string;
}

/** Names that BERT, RoBERTa and their kin share. */
export const bertEmbeddings: EmbeddingNames = {
  word: "embeddings.word_embeddings.weight",
  position: "embeddings.position_embeddings.weight",
  type: "embeddings.token_type_embeddings.weight",
  norm: "embeddings.LayerNorm",
};

export const bertDropoutNames = { hidden: "hidden_dropout_prob", attention: "attention_probs_dropout_prob" } as const;

/**
 * Of which layer a weight is; `embeddings` for those that no layer has for itself, a bias by distance among them; null for none of the
 * encoder's, such as a head's.
 */
export function layerOfWeight(
  { embeddings, distanceBias, layers }: Pick<TrainableEncoder, "embeddings" | "distanceBias" | "layers">,
  name: string,
): number | "embeddings" | null {
  const { word, position, type, norm } = embeddings;
  if ([word, position, type, distanceBias?.table].includes(name) || isPartOf(name, norm)) return "embeddings";
  const layer = layers.findIndex((each) =>
    [
      ...[each.query, each.key, each.value, each.attentionOutput, each.wide, each.output],
      ...[each.attentionNorm.name, each.outputNorm.name],
    ].some((part) => isPartOf(name, part)),
  );
  return layer < 0 ? null : layer;
}

const isPartOf = (name: string, part: string): boolean => name === `${part}.weight` || name === `${part}.bias`;
