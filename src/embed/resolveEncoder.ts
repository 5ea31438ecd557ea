import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileError, ScidocsError } from "../errors.ts";
import { combinedSha256, hashFiles } from "../files/hashFiles.ts";
import { type Provider, providers } from "../onnx/session.ts";
import type { RunControl } from "../progress.ts";
import type { Encoder, EncoderOptions, FedInput } from "./encoder.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { mixedModel } from "./mixedModel.ts";
import { locateModel } from "./modelFiles.ts";
import { type ModelSignature, type ModelValue, readModelSignature } from "./modelSignature.ts";
import { type Pooling, poolings } from "./pooling.ts";
import { checkTemplate, type Recipe, type RecipeSettings, recipes } from "./recipes.ts";
import { resolveCheckpoint } from "./resolveCheckpoint.ts";
import { findTokenizer, firstExisting, openTokenizer, readJsonObject, type TokenizerFiles } from "./tokenizer.ts";

/**
 * Finds a model and settles how it is used: its tensors are read from the file, its tokenizer is found beside it or one folder up,
 * its length limit comes from the tokenizer or the config. Nothing is loaded yet; a checkpoint is converted into the cache first.
 * @param argument what `--model` takes: a path or a shipped name
 * @throws ScidocsError `NOT_FOUND`, `USAGE` or `BAD_INPUT`, listing what the model has where it does not fit
 */
export async function resolveEncoder(
  argument: string,
  options: EncoderOptions = {},
  control: RunControl = {},
): Promise<Encoder> {
  const place = locateModel(argument);
  if (place.kind === "checkpoint") {
    if (options.mixWeights !== undefined) {
      throw new ScidocsError(
        "USAGE",
        `--mix-weights: ${argument} is a checkpoint; an AllenNLP archive has its own mix`,
      );
    }
    return describeEncoder(await resolveCheckpoint(place.path, place.name, options.vocab, options, control));
  }
  if (options.precision !== undefined) {
    throw new ScidocsError(
      "USAGE",
      `--precision ${options.precision}: ${place.file} is an ONNX file, which is used as it is; precision is chosen for checkpoints`,
    );
  }
  const folder = dirname(place.file);
  const tokenizer = findTokenizer(folder, vocabularyFile(options.vocab));
  if (tokenizer === null) {
    throw new ScidocsError(
      "NOT_FOUND",
      `${place.file}: no tokenizer.json or vocab.txt beside it or one folder up; put the model's own there, or name it with --vocab`,
    );
  }
  return describeEncoder({
    name: options.name ?? place.name,
    source: "onnx",
    modelFile:
      options.mixWeights === undefined ? place.file : await mixedModel(place.file, options.mixWeights, options),
    tokenizer,
    config: firstExisting([folder, dirname(folder)], "config.json"),
    precision: "model",
    options,
  });
}

/**
 * The file that `--vocab` means: itself, or the `tokenizer.json` or `vocab.txt` in it when it is a folder.
 * @throws ScidocsError `NOT_FOUND`
 */
export function vocabularyFile(vocab: string | undefined): string | undefined {
  if (vocab === undefined) return undefined;
  if (!existsSync(vocab)) throw new ScidocsError("NOT_FOUND", `--vocab ${vocab}: there is no such file or folder`);
  if (!statSync(vocab).isDirectory()) return vocab;
  const file = firstExisting([vocab], "tokenizer.json") ?? firstExisting([vocab], "vocab.txt");
  if (file === null) throw new ScidocsError("NOT_FOUND", `--vocab ${vocab}: no tokenizer.json or vocab.txt in it`);
  return file;
}

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

const roles: Readonly<Record<string, FedInput["role"]>> = {
  input_ids: "ids",
  attention_mask: "mask",
  token_type_ids: "types",
  word_mask: "words",
};

const elementTypeNames: Readonly<Record<number, string>> = { 1: "float32", 6: "int32", 7: "int64", 10: "float16" };

/** `name type[shape]` of every value, for messages. */
function listValues(values: readonly ModelValue[]): string {
  return values
    .map(({ name, elementType, shape }) => {
      const type = elementTypeNames[elementType] ?? `type ${elementType}`;
      return `${name} ${type}[${shape.map((size) => size ?? "?").join(", ")}]`;
    })
    .join("; ");
}

function fedInputs(modelFile: string, signature: ModelSignature): FedInput[] {
  const has = `the model's inputs are: ${listValues(signature.inputs)}`;
  const names = new Set(signature.inputs.map(({ name }) => name));
  const missing = ["input_ids", "attention_mask"].filter((name) => !names.has(name));
  if (missing.length > 0) {
    throw fileError(modelFile, null, `a text encoder needs the input ${missing.join(" and ")}; ${has}`);
  }
  return signature.inputs.map(({ name, elementType }) => {
    const role = roles[name];
    if (role === undefined) {
      throw fileError(
        modelFile,
        null,
        `cannot feed the input ${name} (known: ${Object.keys(roles).join(", ")}); ${has}`,
      );
    }
    if (elementType !== 7 && elementType !== 6) {
      throw fileError(modelFile, null, `the input ${name} should hold integers (int64 or int32); ${has}`);
    }
    return { role, name, type: elementType === 7 ? "int64" : "int32" };
  });
}

/** Outputs at every token, by the names that exporters give them. */
const tokenOutputs = ["last_hidden_state", "token_embeddings"];

function chooseOutput(
  modelFile: string,
  signature: ModelSignature,
  options: EncoderOptions,
): { output: ModelValue; pooling: Pooling } {
  const has = `the model's outputs are: ${listValues(signature.outputs)}`;
  const asked = options.pooling;
  const pooling = poolings.find((known) => known === asked);
  if (asked !== undefined && pooling === undefined) {
    throw new ScidocsError("USAGE", `--pooling ${asked}: not known; use ${poolings.join(", ")}`);
  }
  const named = (name: string): ModelValue | undefined => signature.outputs.find((output) => output.name === name);
  const tokens = tokenOutputs.map(named).find((output) => output !== undefined);
  const sentence = named("sentence_embedding");
  let output: ModelValue | undefined;
  if (options.output !== undefined) {
    output = named(options.output);
    if (output === undefined)
      throw fileError(modelFile, null, `--output ${options.output}: there is no such output; ${has}`);
  } else {
    // A model that makes sentence vectors itself knows best how, unless the user asks for a pooling.
    output = pooling === undefined ? (sentence ?? tokens) : (tokens ?? sentence);
    if (output === undefined) {
      throw fileError(
        modelFile,
        null,
        `none of the outputs last_hidden_state, token_embeddings and sentence_embedding; name one with --output; ${has}`,
      );
    }
  }
  if (output.elementType !== 1) throw fileError(modelFile, null, `the output ${output.name} should be float32; ${has}`);
  const rank = output.shape.length;
  if (rank !== 2 && rank !== 3) {
    throw fileError(
      modelFile,
      null,
      `the output ${output.name} should be [batch, tokens, width] or [batch, width]; ${has}`,
    );
  }
  if (rank === 2 && pooling !== undefined) {
    throw new ScidocsError(
      "USAGE",
      `--pooling ${pooling}: the output ${output.name} is already one vector a text; leave --pooling out; ${has}`,
    );
  }
  return { output, pooling: rank === 2 ? "model" : (pooling ?? "cls") };
}

function chooseRecipe(modelFile: string, signature: ModelSignature, options: EncoderOptions): RecipeSettings {
  const prefix = options.prefix ?? "";
  // A graph of the original SPECTER averages over words, so it is fed with which tokens end one.
  const overWords = signature.inputs.some(({ name }) => roles[name] === "words");
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
