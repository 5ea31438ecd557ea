import { z } from "zod";
import type { Architecture } from "../architecture.ts";
import { bertGeometry } from "../bert/bertConfig.ts";
import { readFields } from "../configFields.ts";
import { bertLayers, bertShapes, oldNormNames } from "../operators/bertWeightNames.ts";
import { countedPositions } from "../operators/countedPositions.ts";
import { postNormLayers } from "../operators/postNormLayers.ts";
import { bertDropoutPlaces, bertEmbeddings, trainablePostNorm } from "../trainable.ts";

const padSchema = z.object({ pad_token_id: z.number().int().nonnegative().default(1) });

/** Its kinds, which differ in their words, and the classes that open them in Python's transformers. */
const pythonClasses: ReadonlyMap<string, string> = new Map([
  ["roberta", "RobertaModel"],
  ["xlm-roberta", "XLMRobertaModel"],
  ["camembert", "CamembertModel"],
]);

/**
 * RoBERTa (Liu et al. 2019, https://arxiv.org/abs/1907.11692), XLM-RoBERTa and CamemBERT: BERT's layers, positions counted from the
 * padding token's number.
 */
export const roberta: Architecture = {
  modelTypes: [...pythonClasses.keys()],
  open(file, config) {
    const geometry = bertGeometry(file, config, "a RoBERTa model");
    const { pad_token_id: pad } = readFields(file, config, padSchema, "a RoBERTa model");
    const epsilon = geometry.layerNormEpsilon;
    const layers = bertLayers(geometry.layers, epsilon);
    const modelType = String(config.model_type);
    return {
      architecture: modelType,
      vocabularySize: geometry.vocabularySize,
      hiddenSize: geometry.hiddenSize,
      layers: geometry.layers,
      heads: geometry.heads,
      maxTokens: geometry.maxPositions - pad - 1,
      weights: bertShapes(geometry),
      anchor: "embeddings.word_embeddings.weight",
      harmless: /^embeddings\.(position|token_type)_ids$/,
      rename: oldNormNames,
      takesAdapters: true,
      trainable: {
        geometry,
        embeddings: bertEmbeddings(epsilon),
        layers: layers.map(trainablePostNorm),
        padding: pad,
        distanceBias: null,
        pythonClass: pythonClasses.get(modelType) ?? "RobertaModel",
        dropout: bertDropoutPlaces,
      },
      build(parts) {
        const { operators, parameters, graph } = parts;
        const table = parameters.tableWithRow(
          "embeddings.position_embeddings.weight",
          "embeddings.token_type_embeddings.weight",
        );
        const words = parameters.plain("embeddings.word_embeddings.weight");
        const positions = countedPositions(graph, "input_ids", pad);
        const norm = { name: "embeddings.LayerNorm", epsilon };
        const embedded = operators.embed("input_ids", words, table, positions, norm);
        return postNormLayers(parts, embedded, {
          layers,
          hiddenSize: geometry.hiddenSize,
        });
      },
    };
  },
};
