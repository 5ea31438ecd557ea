import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileError, ScidocsError } from "../errors.ts";
import { combinedSha256, hashFiles } from "../files/hashFiles.ts";
import { type Provider, providers } from "../onnx/session.ts";
import type { Encoder, EncoderOptions } from "./encoder.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type ModelSignature, readModelSignature } from "./modelSignature.ts";
import { chooseOutput, fedInputs, inputRoles } from "./modelTensors.ts";
import { checkTemplate, type Recipe, type RecipeSettings, recipes } from "./text/recipes.ts";
import { openTokenizer, readJsonObject, type TokenizerFiles } from "./text/tokenizer.ts";

/** An ONNX file with what belongs to it, ready to be described. */
export interface EncoderFiles {
  readonly name: string;
  readonly source: Encoder["source"];
  readonly modelFile: string;
  readonly tokenizer: TokenizerFiles;
  /** The model's `config.json`, where there is one. */
  readonly config: string | null;
  readonly precision: string;
  readonly options: EncoderOptions;
  readonly notes?: readonly string[];
}

/**
 * Describes an encoder from its files and the user's options.
 * @throws ScidocsError as {@link resolveEncoder}
 */
export async function describeEncoder(parts: EncoderFiles): Promise<Encoder> {
  const { modelFile, tokenizer, options } = parts;
  const signature = readModelSignature(modelFile);
  const inputs = fedInputs(modelFile, signature);
  const { output, pooling } = chooseOutput(modelFile, signature, options);
  const recipe = chooseRecipe(modelFile, signature, options);
  const provider = chooseProvider(options.provider);
  const externalFiles = signature.externalFiles.map((name) => externalFile(modelFile, name));
  const modelFiles = await hashFiles([modelFile, ...externalFiles]);
  const tokenizerFiles = await hashFiles([
    tokenizer.vocabulary,
    ...(tokenizer.config === null ? [] : [tokenizer.config]),
  ]);
  // Opened once here, so that a broken tokenizer is reported before any slow work; workers open their own.
  openTokenizer(tokenizer);
  const maxLength = chooseMaxLength(parts, signature);
  const files = [...modelFiles, ...tokenizerFiles];
  const settings = {
    model: combinedSha256(modelFiles),
    tokenizer: combinedSha256(tokenizerFiles),
    recipe: recipe.recipe,
    text: recipe.text,
    prefix: recipe.prefix,
    pooling,
    normalize: options.normalize ?? false,
    maxLength,
    output: output.name,
    precision: parts.precision,
    provider,
    extra: recipe.maxWords == null ? null : `at most ${recipe.maxWords} words`,
  };
  return {
    name: parts.name,
    source: parts.source,
    modelFile,
    files,
    sha256: combinedSha256(files),
    tokenizer,
    recipe,
    pooling,
    normalize: settings.normalize,
    maxLength,
    inputs,
    output: output.name,
    dimensions: output.shape.at(-1) ?? null,
    provider,
    deviceId: options.deviceId ?? 0,
    precision: parts.precision,
    settings,
    fingerprint: fingerprintOf(settings),
    notes: parts.notes ?? [],
  };
}

function chooseRecipe(modelFile: string, signature: ModelSignature, options: EncoderOptions): RecipeSettings {
  const prefix = options.prefix ?? "";
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
    return { recipe: "text", text: options.text, prefix };
  }
  const asked = options.recipe ?? (overWords ? "original" : (signature.metadata.get("scidocs.recipe") ?? "hf"));
  const recipe: Recipe | undefined = recipes.find((known) => known === asked && known !== "text");
  if (recipe === undefined) {
    throw new ScidocsError(
      "USAGE",
      `--recipe ${asked}: not known; use hf, hf-space or original, or --text with a template`,
    );
  }
  if (recipe === "original") {
    if (overWords) {
      const maxWords = Number(signature.metadata.get("scidocs.max_words"));
      return { recipe, text: null, prefix, maxWords: Number.isInteger(maxWords) && maxWords > 0 ? maxWords : null };
    }
    throw new ScidocsError("USAGE", "--recipe original needs an AllenNLP archive; this model takes hf or hf-space");
  }
  return { recipe, text: null, prefix };
}

function chooseProvider(asked: string | undefined): Provider {
  if (asked === undefined) return "cpu";
  const provider = providers.find((known) => known === asked);
  if (provider === undefined) {
    throw new ScidocsError("USAGE", `--provider ${asked}: not known; use ${providers.join(", ")}`);
  }
  return provider;
}

function externalFile(modelFile: string, name: string): string {
  // A model from elsewhere must not name files outside its own folder.
  if (name.startsWith("/") || name.split(/[\\/]/).includes("..")) {
    throw fileError(modelFile, null, `its weights are said to lie outside its folder (${name}); this is refused`);
  }
  const path = join(dirname(modelFile), name);
  if (!existsSync(path)) {
    throw fileError(modelFile, null, `its weights lie in ${name}, which is not beside it; copy it there`);
  }
  return path;
}

/** Models of RoBERTa's kind count positions from padding + 1, so that much of their table is never used. */
const offsetPositions = new Set(["roberta", "xlm-roberta", "camembert", "mpnet", "longformer"]);

function chooseMaxLength(parts: EncoderFiles, signature: ModelSignature): number {
  const config = parts.config === null ? {} : readJsonObject(parts.config);
  const tokenizerConfig = parts.tokenizer.config === null ? {} : readJsonObject(parts.tokenizer.config);
  const whole = (value: unknown): number | null =>
    // Tokenizers without a limit say 1e30.
    typeof value === "number" && Number.isInteger(value) && value > 0 && value < 1e6 ? value : null;
  const rows = signature.positionRows ?? whole(config.max_position_embeddings);
  const offset = offsetPositions.has(String(config.model_type)) ? (whole(config.pad_token_id) ?? 1) + 1 : 0;
  const positions = rows === null ? null : rows - offset;
  const asked = parts.options.maxLength;
  if (asked !== undefined) {
    if (!Number.isInteger(asked) || asked < 3) {
      throw new ScidocsError("USAGE", `--max-length ${asked}: should be a whole number of at least 3`);
    }
    if (positions !== null && asked > positions) {
      throw new ScidocsError("USAGE", `--max-length ${asked}: the model has only ${positions} positions`);
    }
    return asked;
  }
  return Math.min(whole(tokenizerConfig.model_max_length) ?? positions ?? 512, positions ?? Number.POSITIVE_INFINITY);
}
