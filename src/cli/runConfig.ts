import { join } from "node:path";
import { z } from "zod";
import { fileError, firstFew } from "../errors.ts";
import { parseExactJson } from "../files/exactJson.ts";
import { configName, readConfigFile } from "./configFile.ts";
import type { ModelToRun } from "./runModel.ts";

const modelSchema = z.strictObject({
  /** What `--model` takes. */
  model: z.string().min(1),
  name: z.string().min(1).optional(),
  as: z.string().optional(),
  adapter: z.string().min(1).optional(),
  recipe: z.string().optional(),
  text: z.string().optional(),
  prefix: z.string().optional(),
  prompt: z.string().optional(),
  pooling: z.string().optional(),
  normalize: z.boolean().optional(),
  dimensions: z.int().positive().optional(),
  maxLength: z.int().positive().optional(),
  output: z.string().optional(),
  precision: z.string().optional(),
  vocab: z.string().optional(),
});

/** The `run` part of a configuration file; other parts belong to other commands. */
const configSchema = z.looseObject({
  run: z
    .strictObject({
      /** Models to run one after the other: paths or names, or objects with the flags that are theirs alone. */
      models: z.array(z.union([z.string().min(1), modelSchema])).min(1),
      /** The dataset, where `--data` does not name one. */
      data: z.string().min(1).optional(),
    })
    .optional(),
});

/**
 * The models and data that `scidocs.config.json` names for `scidocs run`; null where there is no such file or it has no such part.
 * @throws ScidocsError `BAD_INPUT` for broken JSON, or an unknown or wrong key
 */
export async function configuredRun(
  cwd: string,
): Promise<{ readonly models: readonly ModelToRun[]; readonly data: string | undefined } | null> {
  const path = join(cwd, configName);
  const text = await readConfigFile(path);
  if (text === null) return null;
  const parsed = configSchema.safeParse(parseExactJson(text, path));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`);
    throw fileError(path, null, firstFew(problems));
  }
  const { run } = parsed.data;
  if (run === undefined) return null;
  const models = run.models.map((entry): ModelToRun => {
    if (typeof entry === "string") return { argument: entry, flags: {} };
    const { model, ...flags } = entry;
    return { argument: model, flags };
  });
  return { models, data: run.data };
}
