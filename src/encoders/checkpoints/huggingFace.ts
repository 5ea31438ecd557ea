import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { ScidocsError } from "../../errors.ts";
import { readSafetensors, readShardedSafetensors } from "../../tensorFiles/safetensors.ts";
import type { StoredTensors } from "../../tensorFiles/storedTensor.ts";
import { readTorch } from "../../tensorFiles/torch.ts";
import type { EncoderBlueprint } from "../architectures/architecture.ts";
import { type BertGeometry, readBertConfig } from "../architectures/bert/bertConfig.ts";
import { checkWeights } from "../architectures/checkWeights.ts";
import { openArchitecture } from "../architectures/registry.ts";

/** An encoder found in a checkpoint and checked: ready to become a graph. */
export interface CheckedEncoder {
  readonly blueprint: EncoderBlueprint;
  /** The sizes of a BERT; null for another architecture. */
  readonly geometry: BertGeometry | null;
  /** Weights by the blueprint's names, without prefix. */
  readonly tensors: StoredTensors;
  /** Weights that the encoder does not use. */
  readonly unused: readonly string[];
}

const shardIndex = "model.safetensors.index.json";

/** The files of a Hugging Face folder that decide about its vectors, the tokenizer's aside, as paths. */
export function huggingFaceFiles(folder: string): { readonly config: string; readonly weights: readonly string[] } {
  const config = join(folder, "config.json");
  const single = ["model.safetensors", "pytorch_model.bin"].map((name) => join(folder, name)).find(existsSync);
  if (single !== undefined) return { config, weights: [single] };
  const index = join(folder, shardIndex);
  if (existsSync(index)) {
    const shards = new Set([...readShardedSafetensors(index).values()].map(({ file }) => file));
    return { config, weights: [index, ...[...shards].sort()] };
  }
  throw new ScidocsError(
    "NOT_FOUND",
    `${folder}: no model.safetensors, ${shardIndex} or pytorch_model.bin in it; download the weights beside config.json`,
  );
}

/**
 * Reads a Hugging Face folder: the configuration first, so that an architecture we do not know is refused before any work.
 * @throws ScidocsError naming what is unsupported, missing, misshapen or left over
 */
export function readHuggingFace(folder: string): CheckedEncoder {
  const config = join(folder, "config.json");
  const blueprint = openArchitecture(config);
  const geometry = blueprint.architecture === "bert" ? readBertConfig(config) : null;
  const [file = ""] = huggingFaceFiles(folder).weights;
  const stored = basename(file) === shardIndex ? readShardedSafetensors(file) : readWeights(file);
  return { blueprint, geometry, ...checkWeights(file, stored, blueprint) };
}

function readWeights(file: string): StoredTensors {
  return file.endsWith(".safetensors") ? readSafetensors(file) : readTorch(file);
}
