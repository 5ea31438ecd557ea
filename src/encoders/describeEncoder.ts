import { dirname, join, win32 } from "node:path";
import { fileError, ScidocsError } from "../errors.ts";
import { stampFiles } from "../files/fileStamps.ts";
import { combinedSha256, hashFiles } from "../files/hashFiles.ts";
import { isThere } from "../files/isThere.ts";
import { readJsonObject } from "../files/jsonFile.ts";
import { type Provider, providers } from "../onnx/session.ts";
import { printable } from "../printable.ts";
import { chooseMaxLength, firstPlaceOf, requireTableFor } from "./choices/length.ts";
import { chooseText } from "./choices/text.ts";
import { chooseSteps } from "./choices/vector.ts";
import { type Declaration, declarationText } from "./declared/declaration.ts";
import type { Encoder, EncoderOptions, Feeding } from "./encoder.ts";
import { fingerprintOf, type VectorSettings } from "./fingerprint.ts";
import { readModelSignature } from "./modelSignature.ts";
import { chooseOutput, fedInputs, feedingOf } from "./modelTensors.ts";
import { poolingText } from "./pooling.ts";
import { type RecipeSettings, textBeforeTokens } from "./text/recipes.ts";
import { boundedTokenizer } from "./text/tokenizer.ts";
import type { TokenizerFiles } from "./text/tokenizerFiles.ts";
import { trainedBy } from "./trainedBy.ts";
import { openSteps, stepsText, type VectorStep, widthAfter } from "./vectorSteps.ts";
import { mustBeWidened, widenedModel, widenedOutput } from "./widenedModel.ts";

/** An ONNX file with what belongs to it, ready to be described. */
export interface EncoderFiles {
  readonly name: string;
  /** What the user named, for messages. */
  readonly given: string;
  readonly source: Encoder["source"];
  readonly modelFile: string;
  readonly tokenizer: TokenizerFiles;
  /** The model's `config.json`, where there is one. */
  readonly config: string | null;
  /** What its folder declares about its use, where it does. */
  readonly declaration: Declaration | null;
  readonly precision: string;
  readonly options: EncoderOptions;
  /** The longest input of the published model that it is used as, where it is; null or absent for none. */
  readonly knownLength?: number | null;
  /** True where the user said how token outputs become a vector. */
  readonly poolingSaid: boolean;
  readonly notes?: readonly string[];
}

/**
 * Describes an encoder from its files and the user's options.
 * @throws ScidocsError as {@link resolveEncoder}
 */
export async function describeEncoder(parts: EncoderFiles): Promise<Encoder> {
  const { modelFile, declaration, options } = parts;
  const signature = readModelSignature(modelFile);
  const inputs = fedInputs(modelFile, signature);
  const { output, pooling } = chooseOutput(modelFile, signature, declaration?.pooling.modes ?? null, options);
  const widens = mustBeWidened(signature.outputs);
  const recipe = chooseText(modelFile, signature, declaration, options);
  const provider = chooseProvider(options.provider);
  const pooled = pooling === "model" ? (signature.metadata.get("scidocs.pooling") ?? "model") : poolingText(pooling);
  const steps = chooseSteps(declaration, pooled, options);
  const width = output.shape.at(-1) ?? null;
  const modes = typeof pooling === "string" ? 1 : pooling.length;
  const dimensions = widthAfter(steps, width === null ? null : width * modes);
  // Opened once here, so that broken weights or a broken tokenizer are reported before any slow work; workers open their own.
  openSteps(steps);
  const tokenizer =
    declaration?.textAsItIs && declaration.lowerCase ? { ...parts.tokenizer, lowerCase: true } : parts.tokenizer;
  const opened = boundedTokenizer(tokenizer);
  requireSeparator(parts.given, recipe, opened.separator);
  requireTableFor(modelFile, opened, tokenizer.vocabulary, signature);
  const firstPlace = firstPlaceOf(parts, opened);
  const feeding = feedingOf(modelFile, signature, firstPlace);
  const declared = parts.knownLength ?? declaration?.maxLength ?? null;
  const maxLength = chooseMaxLength(modelFile, parts, signature, firstPlace, feeding.fixedTokens, declared, options);
  requireFirstToken(parts, pooled, recipe);
  const skippedTokens =
    pooling === "model" || declaration === null || declaration.pooling.includePrompt || recipe.prefix === ""
      ? 0
      : opened.encode(textBeforeTokens(recipe, recipe.prefix), maxLength).ids.length - opened.closingTokens;

  const externalFiles = signature.externalFiles.map((name) => externalFile(modelFile, name));
  const stepFiles = steps.flatMap((step) => ("file" in step ? [step.file] : []));
  const modelPaths = [modelFile, ...externalFiles, ...stepFiles];
  const tokenizerPaths = [
    tokenizer.vocabulary,
    ...(tokenizer.config === null ? [] : [tokenizer.config]),
    ...(tokenizer.others ?? []),
  ];
  const stamps = stampFiles([...modelPaths, ...tokenizerPaths]);
  const modelFiles = await hashFiles(modelPaths);
  const tokenizerFiles = await hashFiles(tokenizerPaths);
  const files = [...modelFiles, ...tokenizerFiles];
  const settings: VectorSettings = {
    model: combinedSha256(modelFiles),
    tokenizer: combinedSha256(tokenizerFiles),
    recipe: recipe.recipe,
    text: recipe.text,
    prefix: recipe.prefix,
    pooling: pooled,
    normalize: steps.at(-1)?.kind === "normalize",
    maxLength,
    output: output.name,
    precision: parts.precision,
    provider,
    extra: recipe.maxWords == null ? null : `at most ${recipe.maxWords} words`,
    ...(recipe.words === undefined ? {} : { words: JSON.stringify(recipe.words) }),
    // Settings that most models do not have appear only where they count.
    ...(steps.some(({ kind }) => kind !== "normalize") || steps.length > 1 ? { steps: stepsText(steps) } : {}),
    ...(skippedTokens === 0 ? {} : { skippedTokens }),
    ...(firstPlace !== 0 && inputs.some(({ role }) => role === "places") ? { firstPlace } : {}),
    ...(tokenizer.modelType == null || namesClass(tokenizer) ? {} : { modelType: tokenizer.modelType }),
    ...rulesOf(recipe.trim, recipe.lowerCase, tokenizer.lowerCase),
  };
  const trained = await trainedBy(parts.config);
  return {
    name: parts.name,
    source: parts.source,
    modelFile: widens
      ? await widenedModel(modelFile, settings.model, signature.externalFiles, output, options.cacheDir)
      : modelFile,
    files,
    stamps,
    sha256: combinedSha256(files),
    tokenizer,
    recipe,
    separator: usesSeparator(recipe) ? opened.separator : "",
    pooling,
    skippedTokens,
    steps,
    maxLength,
    inputs,
    feeding,
    output: widens ? widenedOutput : output.name,
    otherOutputs: [],
    training: trained?.training ?? null,
    declared: declaration === null ? null : declarationText(declaration),
    dimensions,
    provider,
    deviceId: options.deviceId ?? 0,
    precision: parts.precision,
    settings,
    fingerprint: fingerprintOf(settings),
    notes: [
      ...(parts.notes ?? []),
      ...usageNotes(parts, settings, steps, signature.metadata, trained !== null),
      ...lengthNotes(parts.given, options.maxLength === undefined ? maxLength : null, trained?.maxLength ?? null),
      ...fixedNotes(parts.given, feeding),
    ],
  };
}

function rulesOf(trim = false, lowerCase = false, tokenizerLowers = false): { rules?: string } {
  const rules = [
    trim ? "trim" : "",
    lowerCase ? "lower case" : "",
    tokenizerLowers ? "lower case but special tokens" : "",
  ];
  const text = rules.filter((rule) => rule !== "").join(", ");
  return text === "" ? {} : { rules: text };
}

/** What a user should hear about how the model is used: what was declared and what is done, or that nothing was declared. */
function usageNotes(
  { given, declaration, poolingSaid, source }: EncoderFiles,
  settings: VectorSettings,
  steps: readonly VectorStep[],
  metadata: ReadonlyMap<string, string>,
  trainedHere: boolean,
): string[] {
  const used = [
    settings.pooling === "model" ? "the model's own vectors" : `pooling ${settings.pooling}`,
    stepsText(steps),
  ]
    .filter((part) => part !== "")
    .join(", ");
  if (declaration !== null) {
    const prompt = settings.prefix === "" ? "" : `, before every text "${printable(settings.prefix, 2000)}"`;
    return [
      `${declaration.file} declares ${declarationText(declaration)}; used: ${used}, at most ${settings.maxLength} tokens${prompt}`,
    ];
  }
  const said = poolingSaid || (source === "onnx" && metadata.has("scidocs.pooling"));
  // A mix of layers, and the record of a training by this program, say how vectors are made.
  if (said || source === "allennlp" || settings.pooling === "model" || settings.recipe === "original" || trainedHere)
    return [];
  return [
    `${given}: nothing beside it declares how its vectors are made; taken as SPECTER's: the first token (pooling ${settings.pooling}), ` +
      "title and abstract with the separator between. If it was trained otherwise, say so with --pooling and --recipe or --text",
  ];
}

/** A model may be used on longer texts than it was trained on: it is told, for nobody said so. */
function lengthNotes(given: string, unasked: number | null, trained: number | null): string[] {
  if (unasked === null || trained === null || trained >= unasked) return [];
  return [
    `${given}: trained on at most ${trained} tokens of a text, and used with ${unasked}; --max-length ${trained} takes what it was trained on`,
  ];
}

/** An export with fixed sizes is obeyed, which costs time or text. */
function fixedNotes(given: string, { fixedBatch, fixedTokens, padded }: Feeding): string[] {
  return [
    fixedTokens === null
      ? ""
      : `${given}: exported for exactly ${fixedTokens} tokens: longer texts are cut, shorter ones padded; export it with dynamic axes for speed`,
    fixedBatch === null
      ? ""
      : `${given}: exported for batches of exactly ${fixedBatch} texts; so many are run at a time`,
    padded ? "" : `${given}: has no attention_mask, so that only texts of equal length are run together`,
  ].filter((note) => note !== "");
}

/** Whether the tokenizer's own files say which Python class opens it; where not, the model's type decides. */
function namesClass({ config }: TokenizerFiles): boolean {
  return config !== null && typeof readJsonObject(config).tokenizer_class === "string";
}

function usesSeparator({ recipe, text }: RecipeSettings): boolean {
  return recipe === "hf" || text?.includes("{sep}") === true;
}

/** A separator that is not known would glue the title's last word to the abstract's first. */
function requireSeparator(given: string, recipe: RecipeSettings, separator: string): void {
  if (!usesSeparator(recipe) || separator !== "") return;
  throw new ScidocsError(
    "USAGE",
    `${given}: its tokenizer names no separator to put between title and abstract (no sep_token, no closing token); ` +
      "use --recipe hf-space for a blank, or --text with a template without {sep}",
  );
}

/** The library took a text's own first token to version 5.3, and takes that behind the prompt in version 6. */
function requireFirstToken(
  { declaration, poolingSaid }: EncoderFiles,
  pooled: string,
  { prefix }: RecipeSettings,
): void {
  if (declaration === null || poolingSaid || prefix === "" || declaration.pooling.includePrompt) return;
  if (!declaration.textAsItIs || !pooled.split("+").includes("cls")) return;
  throw fileError(
    declaration.file,
    null,
    "declares the first token as pooling, and that a prompt's tokens do not count: which token is the first then depends on the version of " +
      `sentence-transformers. --pooling ${pooled} takes the text's own, --prefix "" no prompt`,
  );
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
  if (win32.isAbsolute(name) || name.split(/[\\/]/).includes("..")) {
    throw fileError(modelFile, null, `its weights are said to lie outside its folder (${name}); this is refused`);
  }
  if (name.split(/[\\/]/).every((part) => part === "" || part === ".")) {
    throw fileError(modelFile, null, "does not say which file beside it holds its weights; export it again");
  }
  const path = join(dirname(modelFile), name);
  if (!isThere(path)) {
    throw fileError(modelFile, null, `its weights lie in ${name}, which is not beside it; copy it there`);
  }
  return path;
}
