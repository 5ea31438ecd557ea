import { dirname, join } from "node:path";
import { z } from "zod";
import { fileError } from "../errors.ts";
import { hashFile } from "../files/hashFiles.ts";
import { isOptionalThere } from "../files/isThere.ts";
import { readJsonObject } from "../files/jsonFile.ts";

/** Name of the record that `scidocs train` leaves beside a model. */
export const trainingRecordFile = "training.json";

/** Where a model's training is told of: the record itself, by its hash, and what to call it. */
export interface TrainedBy {
  readonly sha256: string;
  readonly preset: string;
  /** Updates behind the model. */
  readonly update: number;
}

const recordSchema = z.looseObject({
  settings: z.looseObject({ preset: z.string(), maxLength: z.int().positive().optional() }),
  update: z.int().nonnegative(),
});

/**
 * What is said of a model's training beside its `config.json`.
 * @returns the training, and the most tokens of a text that it took; null where nothing is said
 * @throws ScidocsError `BAD_INPUT` for a record that cannot be read
 */
export async function trainedBy(
  config: string | null,
): Promise<{ readonly training: TrainedBy; readonly maxLength: number | null } | null> {
  const file = config === null ? null : join(dirname(config), trainingRecordFile);
  if (file === null || !isOptionalThere(file)) return null;
  const parsed = recordSchema.safeParse(readJsonObject(file));
  if (!parsed.success) throw fileError(file, null, `is no record of a training: ${z.prettifyError(parsed.error)}`);
  const { settings, update } = parsed.data;
  const training = { sha256: (await hashFile(file)).sha256, preset: settings.preset, update };
  return { training, maxLength: settings.maxLength ?? null };
}
