import { join } from "node:path";
import { ScidocsError } from "../../errors.ts";
import { isThere } from "../../files/isThere.ts";
import { readSafetensors } from "../../tensorFiles/safetensors.ts";
import { readShards } from "../../tensorFiles/shards.ts";
import type { StoredTensors } from "../../tensorFiles/storedTensor.ts";
import { readTorch } from "../../tensorFiles/torch.ts";
import type { EncoderBlueprint } from "../architectures/architecture.ts";
import { checkWeights } from "../architectures/checkWeights.ts";
import { openArchitecture } from "../architectures/registry.ts";

/** An encoder found in a checkpoint and checked: ready to become a graph. */
export interface CheckedEncoder {
  readonly blueprint: EncoderBlueprint;
  /** Weights by the blueprint's names, without prefix. */
  readonly tensors: StoredTensors;
  /** Weights that the encoder does not use. */
  readonly unused: readonly string[];
}

/** Files that hold a folder's weights, in the order in which transformers looks for them; an index names its shards. */
const weightFiles = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
] as const;

const isIndex = (file: string): boolean => file.endsWith(".index.json");

/** The files of a Hugging Face folder that decide about its vectors, the tokenizer's aside, as paths. */
export function huggingFaceFiles(folder: string): {
  readonly config: string;
  /** The file of weights, or an index and its shards. */
  readonly weights: readonly string[];
  /** Further files of weights, which are not read. */
  readonly passedOver: readonly string[];
} {
  const config = join(folder, "config.json");
  const [first, ...passedOver] = weightFiles.map((name) => join(folder, name)).filter(isThere);
  if (first === undefined) {
    throw new ScidocsError(
      "NOT_FOUND",
      `${folder}: no ${weightFiles.slice(0, -1).join(", ")} or ${weightFiles.at(-1)} in it; download the weights beside config.json`,
    );
  }
  if (!isIndex(first)) return { config, weights: [first], passedOver };
  const shards = new Set([...readWeights(first).values()].map(({ file }) => file));
  return { config, weights: [first, ...[...shards].sort()], passedOver };
}

/**
 * Reads a Hugging Face folder: the configuration first, so that an architecture we do not know is refused before any work.
 * @throws ScidocsError naming what is unsupported, missing, misshapen or left over
 */
export function readHuggingFace(folder: string): CheckedEncoder {
  const config = join(folder, "config.json");
  const blueprint = openArchitecture(config);
  const [file = ""] = huggingFaceFiles(folder).weights;
  return { blueprint, ...checkWeights(file, readWeights(file), blueprint) };
}

function readWeights(file: string): StoredTensors {
  if (isIndex(file)) return readShards(file, file.endsWith(".bin.index.json") ? readTorch : readSafetensors);
  return file.endsWith(".safetensors") ? readSafetensors(file) : readTorch(file);
}
