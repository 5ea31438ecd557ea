import { join } from "node:path";
import { firstFew, ScidocsError } from "../errors.ts";
import { cacheFolder } from "../files/cacheFolder.ts";
import type { RunControl } from "../progress.ts";
import { precisions } from "./architectures/architecture.ts";
import { unusualLeftovers } from "./architectures/checkWeights.ts";
import { adapterName } from "./checkpoints/adapter.ts";
import { type ConvertOptions, convertCheckpoint } from "./checkpoints/convert.ts";
import { type Declaration, hasDeclaration, readDeclaration } from "./declared/declaration.ts";
import type { EncoderFiles } from "./describeEncoder.ts";
import type { EncoderOptions } from "./encoder.ts";
import { poolingText } from "./pooling.ts";
import { anyVocabulary, findTokenizer, type TokenizerFiles, tokenizerNotes } from "./text/tokenizerFiles.ts";

/**
 * Turns a checkpoint into an ONNX model in the cache (or finds it there) and says what belongs to it.
 * @param path a Hugging Face folder or an AllenNLP archive
 * @param vocabulary the user's own tokenizer file
 * @throws ScidocsError `USAGE`, `NOT_FOUND` or `BAD_INPUT`, before any conversion where that can be
 */
export async function resolveCheckpoint(
  path: string,
  name: string,
  vocabulary: string | undefined,
  options: EncoderOptions,
  control: RunControl = {},
): Promise<EncoderFiles> {
  const { declaration, folder, first, wish } = conversionOf(path, vocabulary, options);
  const converted = await convertCheckpoint(folder, wish, control);
  const tokenizer: TokenizerFiles | null =
    converted.vocabulary === null
      ? findTokenizer(folder, vocabulary)
      : { vocabulary: converted.vocabulary, config: converted.tokenizerConfig };
  if (tokenizer === null) {
    throw new ScidocsError(
      "NOT_FOUND",
      `${path}: ${anyVocabulary} beside it; put the model's own there, or name it with --vocab`,
    );
  }
  const leftOut = unusualLeftovers(converted.unused);
  return {
    name:
      options.adapter === undefined || options.name !== undefined ? name : `${name}+${adapterName(options.adapter)}`,
    given: path,
    notes: [
      `${path}: ${converted.converted ? "converted into" : "taken from"} ${converted.modelFile}`,
      ...(options.adapter === undefined ? [] : [`${path}: with the adapter ${options.adapter} in every layer`]),
      ...(converted.vocabulary === null ? tokenizerNotes(folder, tokenizer, vocabulary) : []),
      ...converted.passedOver.map((file) => `${file}: not read, as transformers takes other weights beside it first`),
      ...(leftOut.length === 0 ? [] : [`${path}: weights that its encoder does not use: ${firstFew(leftOut)}`]),
    ],
    source: converted.kind,
    modelFile: converted.modelFile,
    tokenizer,
    config: converted.kind === "allennlp" ? null : join(folder, "config.json"),
    declaration,
    precision: converted.precision,
    poolingSaid: options.pooling !== undefined,
    // A graph that pools by itself takes no pooling, and the recipe has been settled.
    options: {
      ...options,
      recipe: options.text === undefined ? converted.recipe : undefined,
      pooling: first ? undefined : options.pooling,
    },
  };
}

/** What of a checkpoint is converted, and into what graph. */
export interface Conversion {
  readonly declaration: Declaration | null;
  readonly folder: string;
  /** Whether the graph takes the first token's vector itself. */
  readonly first: boolean;
  readonly wish: ConvertOptions & { readonly cacheDir: string };
}

/**
 * The conversion that a checkpoint's folder and the user's options call for.
 * @throws ScidocsError `USAGE`
 */
export function conversionOf(path: string, vocabulary: string | undefined, options: EncoderOptions): Conversion {
  const precision = precisions.find((known) => known === (options.precision ?? "fp32"));
  if (precision === undefined) {
    throw new ScidocsError("USAGE", `--precision ${options.precision}: not known; use ${precisions.join(" or ")}`);
  }
  const declaration = hasDeclaration(path) ? readDeclaration(path) : null;
  const first = poolsFirstToken(options, declaration);
  return {
    declaration,
    folder: declaration?.encoderFolder ?? path,
    first,
    wish: {
      ...graphWish(options, first),
      precision,
      portable: needsPortable(options),
      vocabulary,
      adapter: options.adapter,
      cacheDir: options.cacheDir ?? cacheFolder({}),
    },
  };
}

/** Poolings over all tokens need them put out; the first token alone is taken inside the graph, where that saves work. */
function poolsFirstToken({ pooling, output }: EncoderOptions, declaration: Declaration | null): boolean {
  const text = pooling ?? (declaration === null ? "cls" : poolingText(declaration.pooling.modes));
  return text === "cls" && output !== "last_hidden_state";
}

/** ONNX Runtime's own attention takes a padding mask on the CPU only; WebGPU's refuses it, so other providers get standard operators. */
function needsPortable({ provider }: EncoderOptions): boolean {
  return provider !== undefined && provider !== "cpu";
}

function graphWish(options: EncoderOptions, first: boolean): { recipe: string | undefined; output: "cls" | "tokens" } {
  // A template of one's own is a Hugging Face text, also for the encoder of an archive.
  const recipe = options.text === undefined ? options.recipe : "hf";
  if (!first && recipe === "original") {
    throw new ScidocsError("USAGE", `--pooling ${options.pooling}: the recipe original pools by itself; leave it out`);
  }
  return { recipe, output: first ? "cls" : "tokens" };
}
