import { join } from "node:path";
import { makeFolder } from "../../files/makeFolder.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import type { PoolingMode } from "../pooling.ts";
import { poolingModule } from "./poolingModule.ts";

/** Makes a Hugging Face folder one of sentence-transformers: it declares that its vectors are made by this pooling, and no more. */
export async function writeDeclaration(folder: string, mode: PoolingMode, dimensions: number): Promise<void> {
  const modules = ["Transformer", "Pooling"].map((kind, idx) => ({
    idx,
    name: String(idx),
    // The encoder lies in the folder itself.
    path: kind === "Transformer" ? "" : `${idx}_${kind}`,
    type: `sentence_transformers.models.${kind}`,
  }));
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  makeFolder(join(folder, "1_Pooling"));
  await writeWhole(join(folder, "1_Pooling", "config.json"), json(poolingModule(mode, dimensions)));
  await writeWhole(join(folder, "modules.json"), json(modules));
}
