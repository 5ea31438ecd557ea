import { z } from "zod";
import { fileError, ScidocsError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { Declaration } from "../declared/declaration.ts";
import type { EncoderOptions } from "../encoder.ts";
import type { ModelSignature } from "../modelSignature.ts";
import { inputRoles } from "../modelTensors.ts";
import type { WordRules } from "../text/originalRecipe.ts";
import { checkTemplate, type Recipe, type RecipeSettings, recipes } from "../text/recipes.ts";

/**
 * What text a paper becomes: the recipe or template, and the prompt before it.
 * @throws ScidocsError `USAGE` for a recipe, template or prompt that this model cannot be used with
 */
export function chooseText(
  modelFile: string,
  signature: ModelSignature,
  declaration: Declaration | null,
  options: EncoderOptions,
): RecipeSettings {
  const prefix = choosePrompt(declaration, options);
  const rules =
    declaration === null || declaration.textAsItIs
      ? {}
      : { trim: true, ...(declaration.lowerCase ? { lowerCase: true } : {}) };
  // A graph of the original SPECTER averages over words, so it is fed with which tokens end one.
  const overWords = signature.inputs.some(({ name }) => inputRoles[name] === "words");
  if (overWords && (options.text !== undefined || (options.recipe ?? "original") !== "original" || prefix !== "")) {
    throw new ScidocsError(
      "USAGE",
      `--recipe, --text or --prefix: ${modelFile} was made for the recipe original; export the checkpoint again with --recipe hf`,
    );
  }
  if (options.text !== undefined) {
    if (options.recipe !== undefined && options.recipe !== "text") {
      throw new ScidocsError("USAGE", `--recipe ${options.recipe} and --text exclude each other`);
    }
    checkTemplate(options.text);
    return { recipe: "text", text: options.text, prefix, ...rules };
  }
  const asked = options.recipe ?? (overWords ? "original" : (signature.metadata.get("scidocs.recipe") ?? "hf"));
  const recipe: Recipe | undefined = recipes.find((known) => known === asked && known !== "text");
  if (recipe === undefined) {
    const known = "not known; use hf, hf-space or original, or --text with a template";
    if (options.recipe !== undefined) throw new ScidocsError("USAGE", `--recipe ${asked}: ${known}`);
    throw fileError(modelFile, null, `its metadata asks for the recipe ${printable(asked)}: ${known}`);
  }
  if (recipe !== "original") return { recipe, text: null, prefix, ...rules };
  if (!overWords) {
    throw new ScidocsError("USAGE", "--recipe original needs an AllenNLP archive; this model takes hf or hf-space");
  }
  const maxWords = Number(signature.metadata.get("scidocs.max_words"));
  const words = signature.metadata.get("scidocs.words");
  return {
    recipe,
    text: null,
    prefix,
    maxWords: Number.isInteger(maxWords) && maxWords > 0 ? maxWords : null,
    ...(words === undefined ? {} : { words: wordRules(modelFile, words) }),
  };
}

const wordSchema = z.object({ lowerCaseWords: z.boolean(), lowerCasePieces: z.boolean(), firstPieces: z.boolean() });

function wordRules(modelFile: string, text: string): WordRules {
  try {
    return wordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw fileError(modelFile, null, "its metadata scidocs.words cannot be read; export the archive again", cause);
  }
}

/** The text before every paper's: as asked for, else the folder's own default. */
function choosePrompt(declaration: Declaration | null, options: EncoderOptions): string {
  if (options.prompt === undefined) {
    if (options.prefix !== undefined || declaration === null) return options.prefix ?? "";
    const { defaultPrompt, prompts } = declaration;
    return defaultPrompt === null ? "" : (prompts[defaultPrompt] ?? "");
  }
  if (options.prefix !== undefined) {
    throw new ScidocsError("USAGE", "--prompt and --prefix exclude each other: both are put before the text");
  }
  const prompt = declaration?.prompts[options.prompt];
  if (prompt === undefined) {
    const known = Object.keys(declaration?.prompts ?? {});
    throw new ScidocsError(
      "USAGE",
      `--prompt ${options.prompt}: ${
        known.length === 0
          ? "the model's folder declares no prompts; give the text itself with --prefix"
          : `the model's folder declares only ${known.join(", ")}`
      }`,
    );
  }
  return prompt;
}
