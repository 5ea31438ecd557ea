import { join } from "node:path";
import { type FolderMix, mixFile } from "../../encoders/checkpoints/folderMix.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { streamRegular } from "../../files/regularFile.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { type TensorToWrite, writeSafetensors } from "../../tensorFiles/writeSafetensors.ts";
import type { StartingModel } from "../start/startingModel.ts";
import { type TrainingRecord, trainingRecordFile } from "./trainingRecord.ts";

/** The modules of a sentence-transformers folder: the encoder lies in the folder itself. */
const modules = [
  { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
  { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
];

/**
 * Writes a model as a Hugging Face folder: `config.json`, `model.safetensors`, the tokenizer's files, `training.json`, and `mix.json` for
 * the recipe `original`.
 * @param poolingModule what the folder declares of its pooling; null for a plain folder
 */
export async function writeModelFolder(
  folder: string,
  start: Pick<StartingModel, "config" | "tokenizerFiles">,
  weights: readonly TensorToWrite[],
  record: TrainingRecord,
  mix: FolderMix | null,
  poolingModule: Readonly<Record<string, unknown>> | null,
): Promise<void> {
  await writeWhole(join(folder, "config.json"), `${JSON.stringify(start.config, null, 2)}\n`);
  for (const { path, name } of start.tokenizerFiles) {
    await writeWhole(join(folder, name), await streamRegular(path, 2 ** 20));
  }
  // Only what Python's BertModel has: the mix has a file of its own.
  await writeSafetensors(
    join(folder, "model.safetensors"),
    weights.filter(({ name }) => !name.startsWith("scalar_mix.")),
  );
  if (mix !== null) await writeWhole(join(folder, mixFile), `${JSON.stringify(mix, null, 2)}\n`);
  if (poolingModule !== null) {
    makeFolder(join(folder, "1_Pooling"));
    await writeWhole(join(folder, "1_Pooling", "config.json"), `${JSON.stringify(poolingModule, null, 2)}\n`);
    await writeWhole(join(folder, "modules.json"), `${JSON.stringify(modules, null, 2)}\n`);
  }
  await writeWhole(join(folder, trainingRecordFile), `${JSON.stringify(record, null, 2)}\n`);
}
