import { fileError } from "../../../errors.ts";
import type { StoredTensors } from "../../../tensorFiles/storedTensor.ts";
import { encoderTensors } from "../checkWeights.ts";
import { bertShapes, oldNormNames } from "../operators/bertWeightNames.ts";
import type { BertGeometry } from "./bertConfig.ts";

/** Names and shapes of all weights of an encoder of this geometry. */
export const expectedShapes: (geometry: BertGeometry) => Map<string, readonly number[]> = bertShapes;

/**
 * The geometry that weight shapes tell: everything but the number of heads and LayerNorm's epsilon.
 * AllenNLP archives hold no configuration of the encoder.
 * @param heads how many, when known from a `bert_config.json`; BERT's heads are 64 wide otherwise
 * @throws ScidocsError when the weights do not give whole sizes
 */
export function geometryFromWeights(file: string, all: StoredTensors, heads: number | null): BertGeometry {
  const { tensors } = encoderTensors(file, all, {
    architecture: "bert",
    weights: new Map(),
    anchor: "embeddings.word_embeddings.weight",
    harmless: /^$/,
    rename: oldNormNames,
  });
  const shapeOf = (name: string): readonly number[] => {
    const tensor = tensors.get(name);
    if (tensor === undefined || tensor.shape.length !== 2) {
      throw fileError(file, null, `its weights do not fit. missing, or no matrix: ${name}`);
    }
    return tensor.shape;
  };
  const [vocabularySize = 0, hiddenSize = 0] = shapeOf("embeddings.word_embeddings.weight");
  const [maxPositions = 0] = shapeOf("embeddings.position_embeddings.weight");
  const [tokenTypes = 0] = shapeOf("embeddings.token_type_embeddings.weight");
  const [intermediateSize = 0] = shapeOf("encoder.layer.0.intermediate.dense.weight");
  const layerNumbers = [...tensors.keys()].map((name) => Number(/^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? -1));
  const layers = layerNumbers.reduce((most, layer) => Math.max(most, layer + 1), 0);
  const count = heads ?? hiddenSize / 64;
  if (!Number.isInteger(count) || count < 1 || hiddenSize % count !== 0) {
    throw fileError(
      file,
      null,
      `hidden size ${hiddenSize} does not split into heads; put the model's bert_config.json beside the archive`,
    );
  }
  return {
    vocabularySize,
    hiddenSize,
    layers,
    heads: count,
    intermediateSize,
    maxPositions,
    tokenTypes,
    layerNormEpsilon: 1e-12,
  };
}
