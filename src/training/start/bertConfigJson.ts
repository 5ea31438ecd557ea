import type { BertGeometry } from "../../encoders/architectures/bert/bertConfig.ts";
import { bertDropout } from "./startingModel.ts";

/** The `config.json` of a BERT, as Python's transformers reads it. */
export function bertConfigJson(geometry: BertGeometry): Record<string, unknown> {
  return {
    architectures: ["BertModel"],
    attention_probs_dropout_prob: bertDropout,
    hidden_act: "gelu",
    hidden_dropout_prob: bertDropout,
    hidden_size: geometry.hiddenSize,
    initializer_range: 0.02,
    intermediate_size: geometry.intermediateSize,
    layer_norm_eps: geometry.layerNormEpsilon,
    max_position_embeddings: geometry.maxPositions,
    model_type: "bert",
    num_attention_heads: geometry.heads,
    num_hidden_layers: geometry.layers,
    pad_token_id: 0,
    torch_dtype: "float32",
    type_vocab_size: geometry.tokenTypes,
    vocab_size: geometry.vocabularySize,
  };
}
