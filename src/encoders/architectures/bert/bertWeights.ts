import { fileError, firstFew, ScidocsError } from "../../../errors.ts";
import type { StoredTensor, StoredTensors } from "../../../tensorFiles/storedTensor.ts";
import type { BertGeometry } from "./bertConfig.ts";

/** The weights of an encoder under the names of Hugging Face's BertModel, without a prefix, each of the shape its name asks for. */
export interface BertWeights {
  readonly tensors: StoredTensors;
  /** Weights of the checkpoint that the encoder does not use: pooler, prediction heads, position numbers. */
  readonly unused: readonly string[];
}

/** Where the encoder's weights stand in a checkpoint. The longest fitting prefix counts. */
const prefixes = ["text_field_embedder.token_embedder_bert.bert_model.", "bert.", ""] as const;

/**
 * Finds the prefix of a checkpoint's encoder weights and renames them.
 * Old files call LayerNorm's weight and bias `gamma` and `beta`.
 * @throws ScidocsError when there are no BERT weights at all
 */
export function encoderTensors(file: string, tensors: StoredTensors): { tensors: StoredTensors; others: string[] } {
  const anchor = "embeddings.word_embeddings.weight";
  const prefix = prefixes.find((candidate) => tensors.has(candidate + anchor));
  if (prefix === undefined) {
    throw fileError(
      file,
      null,
      `holds no BERT encoder: ${anchor} is missing, with and without "bert." before it. It has: ${firstFew([...tensors.keys()])}`,
    );
  }
  const renamed = new Map<string, StoredTensor>();
  const others: string[] = [];
  for (const [name, tensor] of tensors) {
    if (!name.startsWith(prefix)) others.push(name);
    else {
      const plain = name.slice(prefix.length);
      renamed.set(plain.replace(/(LayerNorm\.)gamma$/, "$1weight").replace(/(LayerNorm\.)beta$/, "$1bias"), tensor);
    }
  }
  return { tensors: renamed, others };
}

/**
 * Checks an encoder's weights against its geometry: every one there and of the right shape, and none inside the encoder left over.
 * @param file named in errors
 * @throws ScidocsError listing what is missing, of a wrong shape, or left over
 */
export function checkBertWeights(file: string, all: StoredTensors, geometry: BertGeometry): BertWeights {
  const { tensors, others } = encoderTensors(file, all);
  const shapes = expectedShapes(geometry);
  const missing = [...shapes.keys()].filter((name) => !tensors.has(name));
  const misshapen = [...shapes].flatMap(([name, shape]) => {
    const found = tensors.get(name)?.shape ?? shape;
    const fits = found.length === shape.length && found.every((size, axis) => size === shape[axis]);
    return fits ? [] : [`${name} is [${found.join(", ")}], not [${shape.join(", ")}]`];
  });
  const leftOver = [...tensors.keys()].filter((name) => !shapes.has(name));
  // Heads do not touch the hidden states. An unknown weight inside the encoder does: leaving it out would give other vectors.
  const inside = leftOver.filter((name) => /^(embeddings|encoder)\./.test(name) && !harmless.has(name));
  const problems = [
    missing.length > 0 ? `missing: ${firstFew(missing, 10)}` : "",
    misshapen.length > 0 ? `of another shape than the configuration says: ${firstFew(misshapen, 10)}` : "",
    inside.length > 0 ? `left over, so this is no plain BERT of this size: ${firstFew(inside, 10)}` : "",
  ].filter((problem) => problem !== "");
  if (problems.length > 0) {
    throw new ScidocsError("BAD_INPUT", `${file}: its weights do not fit. ${problems.join(". ")}`);
  }
  return {
    tensors: new Map([...tensors].filter(([name]) => shapes.has(name))),
    unused: [...leftOver, ...others],
  };
}

/** Whole numbers that count positions and types up; every computed vector is the same without them. */
const harmless: ReadonlySet<string> = new Set(["embeddings.position_ids", "embeddings.token_type_ids"]);

/** Of the weights that the encoder does not use, those that not every BERT has: a reader should hear of them. */
export function unusualLeftovers(unused: readonly string[]): string[] {
  return unused.filter((name) => !/(^|\.)(pooler\.|embeddings\.(position|token_type)_ids$)/.test(name));
}

/** The weights of one linear layer or normalisation. */
export function weightAndBias(name: string): readonly [string, string] {
  return [`${name}.weight`, `${name}.bias`];
}

function expectedShapes(geometry: BertGeometry): Map<string, readonly number[]> {
  const { hiddenSize: hidden, intermediateSize: wide } = geometry;
  const shapes = new Map<string, readonly number[]>();
  const add = (name: string, shape: readonly number[]): void => {
    const [weight, bias] = weightAndBias(name);
    shapes.set(weight, shape).set(bias, shape.slice(0, 1));
  };
  shapes.set("embeddings.word_embeddings.weight", [geometry.vocabularySize, hidden]);
  shapes.set("embeddings.position_embeddings.weight", [geometry.maxPositions, hidden]);
  shapes.set("embeddings.token_type_embeddings.weight", [geometry.tokenTypes, hidden]);
  add("embeddings.LayerNorm", [hidden]);
  for (let layer = 0; layer < geometry.layers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ["query", "key", "value"]) add(`${at}.attention.self.${part}`, [hidden, hidden]);
    add(`${at}.attention.output.dense`, [hidden, hidden]);
    add(`${at}.attention.output.LayerNorm`, [hidden]);
    add(`${at}.intermediate.dense`, [wide, hidden]);
    add(`${at}.output.dense`, [hidden, wide]);
    add(`${at}.output.LayerNorm`, [hidden]);
  }
  return shapes;
}

/**
 * The geometry that weight shapes tell: everything but the number of heads and LayerNorm's epsilon.
 * AllenNLP archives hold no configuration of the encoder.
 * @param heads how many, when known from a `bert_config.json`; BERT's heads are 64 wide otherwise
 * @throws ScidocsError when the weights do not give whole sizes
 */
export function geometryFromWeights(file: string, all: StoredTensors, heads: number | null): BertGeometry {
  const { tensors } = encoderTensors(file, all);
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
