import { join } from "node:path";
import { type FolderMix, mixFile } from "../../encoders/checkpoints/folderMix.ts";
import { writeDeclaration } from "../../encoders/declared/writeDeclaration.ts";
import type { PoolingMode } from "../../encoders/pooling.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { type TensorToWrite, writeSafetensors } from "../../tensorFiles/writeSafetensors.ts";
import type { StartingModel } from "../start/startingModel.ts";
import { type TrainingRecord, trainingRecordFile } from "./trainingRecord.ts";

const weightsFile = "model.safetensors";

/**
 * Writes a model as a Hugging Face folder: `config.json`, `model.safetensors`, the tokenizer's files, `training.json`, and `mix.json` for
 * the recipe `original`.
 * @param declared the pooling that the folder declares; null for a plain folder
 * @returns the checksum of the weights' file, by its name
 */
export async function writeModelFolder(
  folder: string,
  start: Pick<StartingModel, "configText" | "tokenizerFiles">,
  weights: readonly TensorToWrite[],
  record: TrainingRecord,
  mix: FolderMix | null,
  declared: { readonly mode: PoolingMode; readonly dimensions: number } | null,
): Promise<Record<string, string>> {
  await writeWhole(join(folder, "config.json"), start.configText);
  for (const { name, bytes } of start.tokenizerFiles) await writeWhole(join(folder, name), bytes);
  // Only what Python's BertModel has: the mix has a file of its own.
  const sha256 = await writeSafetensors(
    join(folder, weightsFile),
    weights.filter(({ name }) => !name.startsWith("scalar_mix.")),
  );
  if (mix !== null) await writeWhole(join(folder, mixFile), `${JSON.stringify(mix, null, 2)}\n`);
  if (declared !== null) await writeDeclaration(folder, declared.mode, declared.dimensions);
  await writeWhole(join(folder, trainingRecordFile), `${JSON.stringify(record, null, 2)}\n`);
  return { [weightsFile]: sha256 };
}
