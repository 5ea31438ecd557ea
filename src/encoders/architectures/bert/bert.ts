import type { Architecture, EncoderBlueprint } from "../architecture.ts";
import { bertLayers, bertShapes, oldNormNames } from "../operators/bertWeightNames.ts";
import { postNormLayers } from "../operators/postNormLayers.ts";
import { bertDropoutPlaces, bertEmbeddings, type TrainableEncoder, trainablePostNorm } from "../trainable.ts";
import { type BertGeometry, bertGeometry } from "./bertConfig.ts";

/** BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805), SPECTER's and SciBERT's kind. */
export const bert: Architecture = {
  modelTypes: ["bert"],
  open: (file, config) => bertBlueprint(bertGeometry(file, config, "a BERT model")),
};

/** The blueprint of a BERT of a known geometry. */
export function bertBlueprint(geometry: BertGeometry): EncoderBlueprint {
  const { layerNormEpsilon: epsilon } = geometry;
  return {
    architecture: "bert",
    vocabularySize: geometry.vocabularySize,
    hiddenSize: geometry.hiddenSize,
    layers: geometry.layers,
    heads: geometry.heads,
    maxTokens: geometry.maxPositions,
    weights: bertShapes(geometry),
    anchor: "embeddings.word_embeddings.weight",
    // Whole numbers that count positions and types up; every computed vector is the same without them.
    harmless: /^embeddings\.(position|token_type)_ids$/,
    rename: oldNormNames,
    takesAdapters: true,
    trainable: trainableBert(geometry),
    build(parts) {
      const { operators, parameters } = parts;
      // Token types are all 0 in every recipe, so that their vector lies in the table of positions.
      const table = parameters.tableWithRow(
        "embeddings.position_embeddings.weight",
        "embeddings.token_type_embeddings.weight",
      );
      const words = parameters.plain("embeddings.word_embeddings.weight");
      const embedded = operators.embed("input_ids", words, table, null, { name: "embeddings.LayerNorm", epsilon });
      return postNormLayers(parts, embedded, {
        layers: bertLayers(geometry.layers, epsilon),
        hiddenSize: geometry.hiddenSize,
      });
    },
  };
}

/** What training takes a BERT of a known geometry apart into. */
export function trainableBert(geometry: BertGeometry): TrainableEncoder {
  return {
    geometry,
    embeddings: bertEmbeddings(geometry.layerNormEpsilon),
    layers: bertLayers(geometry.layers, geometry.layerNormEpsilon).map(trainablePostNorm),
    padding: null,
    distanceBias: null,
    pythonClass: "BertModel",
    dropout: bertDropoutPlaces,
  };
}
