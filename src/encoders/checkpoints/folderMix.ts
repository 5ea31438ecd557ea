import { join } from "node:path";
import { z } from "zod";
import { fileError } from "../../errors.ts";
import { isOptionalThere } from "../../files/isThere.ts";
import { readJsonObject } from "../../files/jsonFile.ts";

/** A file beside a Hugging Face model that was trained in the original SPECTER's way; `--mix-weights` takes its like for ONNX files. */
export const mixFile = "mix.json";

/**
 * How the recipe `original` mixes a model's layers: one parameter a layer (before the softmax) and gamma, as AllenNLP's ScalarMix has
 * them; whether the mean over words is taken, else their sum; most words of a text, without an entry no limit.
 */
export const mixSchema = z.object({
  scalar_parameters: z.array(z.number()).min(1),
  gamma: z.number(),
  averaged: z.boolean().default(true),
  max_words: z.number().int().positive().optional(),
});
export type FolderMix = z.infer<typeof mixSchema>;

/**
 * Reads a mix.
 * @throws ScidocsError `BAD_INPUT`
 */
export function readMixFile(file: string): FolderMix {
  const parsed = mixSchema.safeParse(readJsonObject(file));
  if (!parsed.success) throw fileError(file, null, `is no mix of layers: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Path of the mix in a model's folder; null where it has none. */
export function mixFileOf(folder: string): string | null {
  const file = join(folder, mixFile);
  return isOptionalThere(file) ? file : null;
}
