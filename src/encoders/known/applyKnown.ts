import { basename, dirname, join, resolve } from "node:path";
import { ScidocsError } from "../../errors.ts";
import { isThere } from "../../files/isThere.ts";
import { readJsonObject } from "../../files/jsonFile.ts";
import { hasDeclaration } from "../declared/declaration.ts";
import type { EncoderOptions } from "../encoder.ts";
import { trainingRecordFile } from "../trainedBy.ts";
import { type KnownModel, knownModels } from "./knownModels.ts";

/** Options with a known model's settings in the places that the user left open. */
export interface OptionsAsKnown {
  readonly options: EncoderOptions;
  /** The known model's longest input, which a model with fewer positions cuts down; null for none. */
  readonly maxLength: number | null;
  /** What a user should hear about it; null where no known model is meant. */
  readonly note: string | null;
}

/**
 * Takes the settings of the model that `--as` names; without it, of the one that a folder is recognised as where it declares nothing
 * itself. Every flag goes over them.
 * @param path the model's file or folder
 * @throws ScidocsError `USAGE` for a name that is not known
 */
export function optionsAsKnown(path: string, options: EncoderOptions): OptionsAsKnown {
  const { as: name, ...rest } = options;
  if (name !== undefined) {
    const known = knownModels.find((one) => one.name === name);
    if (known === undefined) {
      throw new ScidocsError(
        "USAGE",
        `--as ${name}: not known; known are ${knownModels.map((one) => one.name).join(", ")} (scidocs models)`,
      );
    }
    if (/\.(tar\.gz|tgz)$/i.test(path)) {
      throw new ScidocsError(
        "USAGE",
        `--as ${name}: an archive such as ${path} says itself how it is used; leave it out`,
      );
    }
    return {
      ...withSettings(known, rest),
      note: `used as ${known.name}: ${settingsText(known)} (${known.source})`,
    };
  }
  const known = recognised(path);
  if (known === null) return { options: rest, maxLength: null, note: null };
  return {
    ...withSettings(known, rest),
    note: `${path} is taken for ${known.name} by its name: ${settingsText(known)} (${known.source}); flags go over this`,
  };
}

function withSettings(known: KnownModel, options: EncoderOptions): Omit<OptionsAsKnown, "note"> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { recipe, maxLength = null, ...settings } = known.settings;
  // A template or prompt of the user's own takes the place of the recipe or prefix.
  const text = options.text === undefined && recipe !== undefined ? { recipe } : {};
  const whole = { ...settings, ...text, ...given };
  return { options: options.prompt === undefined ? whole : { ...whole, prefix: options.prefix }, maxLength };
}

/** A folder that declares nothing itself and is, or was saved from, a repository that we know. One that was trained here is used as it was trained. */
function recognised(path: string): KnownModel | null {
  const folders = [path, dirname(path)];
  if (folders.some(hasDeclaration)) return null;
  const config = folders.map((folder) => join(folder, "config.json")).find(isThere);
  if (config !== undefined && isThere(join(dirname(config), trainingRecordFile))) return null;
  const stated = config === undefined ? undefined : readJsonObject(config)._name_or_path;
  const names = [typeof stated === "string" ? stated : "", basename(resolve(path))];
  return (
    knownModels.find(({ repositories }) =>
      repositories.some((repository) => names[0] === repository || names[1] === basename(repository)),
    ) ?? null
  );
}

/** A known model's settings in words: `hf, pooling cls, at most 512 tokens`. */
export function settingsText({ settings }: KnownModel): string {
  return [
    settings.text ?? `recipe ${settings.recipe}`,
    `pooling ${settings.pooling}`,
    settings.normalize === true ? "normalized" : "",
    settings.prefix === undefined ? "" : `prefix "${settings.prefix}"`,
    settings.maxLength === undefined ? "" : `at most ${settings.maxLength} tokens`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}
