import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { defaultBatchTokens } from "../embed/plan.ts";
import {
  hasVectorStore,
  openVectorStore,
  type StoreIdentity,
  segmentPaths,
  storePlace,
  type VectorStore,
} from "../embed/store/store.ts";
import type { Encoder, EncoderOptions } from "../encoders/encoder.ts";
import { parsePooling, poolings } from "../encoders/pooling.ts";
import { ScidocsError } from "../errors.ts";
import { cacheFolder } from "../files/cacheFolder.ts";
import { type Provider, providers } from "../onnx/session.ts";
import type { CliContext } from "./context.ts";
import { wholeNumber } from "./flagParsers.ts";
import { addNetworkFlags, type NetworkFlags } from "./networkFlags.ts";

/** The flags that say how a model is used; `run`, `embed` and `worker` share them. */
export interface ModelFlags {
  readonly as?: string;
  readonly recipe?: string;
  readonly text?: string;
  readonly prefix?: string;
  readonly pooling?: string;
  readonly prompt?: string;
  readonly normalize?: boolean;
  readonly dimensions?: number;
  readonly maxLength?: number;
  /** The model's output, not a file. */
  readonly output?: string;
  readonly precision?: string;
  readonly adapter?: string | readonly string[];
  readonly vocab?: string;
  readonly mixWeights?: string;
  readonly provider?: string;
  readonly device?: DeviceChoice;
}

/** The same, and how the vectors are kept; `run` and `embed` share them. */
export interface EncoderFlags extends ModelFlags, NetworkFlags {
  readonly batchTokens?: number;
  readonly batchSize?: number;
  /** A folder, or false for `--no-store`. */
  readonly store: string | boolean;
  /** Address of the API, for models that are asked over the network. */
  readonly apiUrl?: string;
  /** Whether its key may travel over plain http. */
  readonly insecure?: boolean;
}

/** What `--device` names: a provider as other programs spell it, a graphics card, or both. */
export interface DeviceChoice {
  readonly provider: Provider | null;
  readonly id: number | null;
}

/** `cpu`, `cuda`, `cuda:1`, `gpu`, `1`. */
function deviceFlag(text: string): DeviceChoice {
  const match = /^(?:(cpu|webgpu|cuda|gpu)(?::(\d+))?|(\d+))$/.exec(text.toLowerCase());
  if (match === null || (match[1] === "cpu" && match[2] !== undefined)) {
    throw new InvalidArgumentError("Expected cpu, cuda, cuda:1, webgpu, or the number of a graphics card.");
  }
  const name = match[1] === "gpu" ? "cuda" : match[1];
  const id = match[2] ?? match[3];
  return { provider: providers.find((known) => known === name) ?? null, id: id === undefined ? null : Number(id) };
}

/** Adds the flags of {@link EncoderFlags}. */
export function addEncoderFlags(command: Command): Command {
  const withFlags = addModelFlags(command)
    .option(
      "--batch-tokens <tokens>",
      `most tokens of a batch, padding included (default: ${defaultBatchTokens.cpu} on a CPU, ${defaultBatchTokens.cuda} with cuda; more needs more memory)`,
      wholeNumber(1),
    )
    .option("--batch-size <papers>", "at most so many papers of full length a batch", wholeNumber(1))
    .option("--store <folder>", "where vectors are kept for the next run (default: scidocs/ in the cache folder)")
    .option("--no-store", "keep no vectors: a stopped run begins anew")
    .option("--api-url <url>", "for --model api:… and s2:…: an address in place of the public one")
    .option(
      "--insecure",
      "let S2_API_KEY, and a name and password in --api-url, travel over plain http, where everybody on the way can read them",
    );
  return addNetworkFlags(withFlags);
}

/** Adds the flags of {@link ModelFlags}. */
export function addModelFlags(command: Command): Command {
  return command
    .option(
      "--as <name>",
      "use the model as a published one is meant to be used, such as specter2 (scidocs models lists them)",
    )
    .addOption(
      new Option(
        "--recipe <recipe>",
        "how title and abstract become a text (default: hf; an AllenNLP archive: original)",
      ).choices(["hf", "hf-space", "original"]),
    )
    .option("--text <template>", 'a template in place of a recipe, such as "{title}{sep}{abstract}"')
    .option("--prefix <text>", 'put before every text, such as "passage: "')
    .option("--prompt <name>", "one of the prompts that the model's folder declares (default: its own default)")
    .option(
      "--pooling <pooling>",
      `how token outputs become a vector: ${poolings.join(", ")}, or several as cls+mean (default: as the folder declares, else cls, or the model's own sentence_embedding)`,
      poolingFlag,
    )
    .option("--normalize", "scale every vector to length 1 (default: as the folder declares)")
    .option("--no-normalize", "leave the vectors' lengths as they are")
    .option(
      "--dimensions <count>",
      "keep the first numbers of each vector, for models trained so (Matryoshka)",
      wholeNumber(1),
    )
    .option("--max-length <tokens>", "longest input (default: the tokenizer's, at most the model's)", wholeNumber(3))
    .option(
      "--output <name>",
      "the model's output to take (default: sentence_embedding, last_hidden_state or token_embeddings)",
    )
    .addOption(
      new Option(
        "--precision <precision>",
        "of a checkpoint's weights, or which of a folder's exports (model.onnx, model_quantized.onnx, model_fp16.onnx) is taken (default: fp32)",
      ).choices(["fp32", "int8", "fp16"]),
    )
    .option(
      "--adapter <folder...>",
      "an adapter to build into a checkpoint, such as one of SPECTER2's; of several, run makes a row each",
    )
    .option(
      "--vocab <file>",
      "tokenizer.json, vocab.txt or sentencepiece.bpe.model, or a folder with one (default: beside the model)",
    )
    .option(
      "--mix-weights <file>",
      "for an ONNX file that puts out all layers: how the recipe original mixes them (JSON; see docs/models.md)",
    )
    .addOption(new Option("--provider <provider>", "where the model runs (default: cpu)").choices(providers))
    .option("--device <device>", "the same in other words: cpu, cuda, cuda:1; or the number of a card", deviceFlag);
}

function poolingFlag(text: string): string {
  if (parsePooling(text) !== null) return text;
  throw new InvalidArgumentError(`Allowed are ${poolings.join(", ")}, or several as cls+mean.`);
}

/** @throws ScidocsError `USAGE` when `--provider` and `--device` name different ones */
function providerOf({ provider, device }: ModelFlags): Pick<EncoderOptions, "provider" | "deviceId"> {
  const named = device?.provider ?? undefined;
  if (provider !== undefined && named !== undefined && provider !== named) {
    throw new ScidocsError("USAGE", `--provider ${provider} and --device ${named} name two places; give one of them`);
  }
  return { provider: provider ?? named, deviceId: device?.id ?? undefined };
}

/** Most tokens of a batch by the flags; undefined leaves it to the plan. */
export function batchTokensOf(
  flags: EncoderFlags,
  encoder: Pick<Encoder, "maxLength" | "provider">,
): number | undefined {
  if (flags.batchSize === undefined) return flags.batchTokens;
  return Math.min(flags.batchTokens ?? defaultBatchTokens[encoder.provider], flags.batchSize * encoder.maxLength);
}

function oneAdapter(adapters: string | readonly string[] | undefined): string | undefined {
  if (adapters === undefined || typeof adapters === "string") return adapters;
  if (adapters.length === 1) return adapters[0];
  throw new ScidocsError(
    "USAGE",
    `--adapter ${adapters.join(" ")}: one at a time here; scidocs run makes a row of each`,
  );
}

/** What the flags mean for the encoder. */
export function encoderOptions(flags: ModelFlags, context: CliContext): EncoderOptions {
  return {
    as: flags.as,
    recipe: flags.recipe,
    text: flags.text,
    prefix: flags.prefix,
    prompt: flags.prompt,
    pooling: flags.pooling,
    normalize: flags.normalize,
    dimensions: flags.dimensions,
    maxLength: flags.maxLength,
    output: flags.output,
    precision: flags.precision,
    adapter: oneAdapter(flags.adapter),
    vocab: flags.vocab,
    mixWeights: flags.mixWeights,
    ...providerOf(flags),
    cacheDir: cacheFolder(context.env),
  };
}

const placeOf = (flags: EncoderFlags, context: CliContext): string =>
  typeof flags.store === "string" ? flags.store : cacheFolder(context.env);

/** The folder of the store that the flags name for a model, whether it is there yet or not; null for `--no-store`. */
export function plannedStore(
  flags: EncoderFlags,
  model: Pick<StoreIdentity, "fingerprint">,
  context: CliContext,
): string | null {
  return flags.store === false ? null : storePlace(placeOf(flags, context), model.fingerprint).folder;
}

/** A file that is written into that store, under a name that none of its files has. */
export function fileForStore(
  flags: EncoderFlags,
  model: Pick<StoreIdentity, "fingerprint">,
  context: CliContext,
): string[] {
  const folder = plannedStore(flags, model, context);
  return folder === null ? [] : [join(folder, "new")];
}

/** The files of that store that are there, which are read and which no output may replace. */
export function filesOfStore(
  flags: EncoderFlags,
  model: Pick<StoreIdentity, "fingerprint">,
  context: CliContext,
): string[] {
  return flags.store === false ? [] : segmentPaths(storePlace(placeOf(flags, context), model.fingerprint));
}

/**
 * Opens the store that the flags name for a model; null for `--no-store`. What is damaged or contradictory in it is said on stderr.
 * @param options `mustExist`: null also where there is no store yet
 * @throws ScidocsError as {@link openVectorStore}
 */
export async function openStore(
  flags: EncoderFlags,
  model: StoreIdentity,
  context: CliContext,
  options: { readonly mustExist: boolean } = { mustExist: false },
): Promise<VectorStore | null> {
  const place = placeOf(flags, context);
  if (flags.store === false || (options.mustExist && !hasVectorStore(place, model.fingerprint))) return null;
  const store = await openVectorStore(place, model, { signal: context.signal });
  context.whenStopped("what has been embedded is kept, and the same command goes on where it stopped");
  if (store.damagedBytes > 0) {
    context.stderr(`${store.folder}: ${store.damagedBytes} bytes cannot be read; what they held is embedded again\n`);
  }
  if (store.conflicts > 0) {
    context.stderr(
      `${store.folder}: ${store.conflicts} texts have vectors that differ, from other batches or machines; the same one of them is always taken\n`,
    );
  }
  return store;
}
