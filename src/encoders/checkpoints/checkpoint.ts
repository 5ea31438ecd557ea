import { statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileError, ScidocsError } from "../../errors.ts";
import { isOptionalThere } from "../../files/isThere.ts";
import { refuseLfsPointer } from "../../files/lfsPointer.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { readLinesSync } from "../../files/textFile.ts";
import type { RunControl } from "../../progress.ts";
import { unpackTarGz } from "../../tensorFiles/tar.ts";
import type { AdapterShape, EncoderOutput } from "../architectures/architecture.ts";
import type { BertGeometry } from "../architectures/bert/bertConfig.ts";
import { openArchitecture } from "../architectures/registry.ts";
import type { WordRules } from "../text/originalRecipe.ts";
import { readAdapter } from "./adapter.ts";
import { findVocabulary, mixWeights, readAllenNlp, readArchiveConfig, vocabularyBelow } from "./allenNlp.ts";
import { mixFile, mixFileOf, readMixFile } from "./folderMix.ts";
import { type CheckedEncoder, huggingFaceFiles, readHuggingFace } from "./huggingFace.ts";
import { refusePeft } from "./peft.ts";

/** Where a checkpoint lies and of which kind it is. */
export type CheckpointPlace =
  | { readonly kind: "huggingface"; readonly folder: string }
  | { readonly kind: "allennlp"; readonly archive: string };

/**
 * Tells a checkpoint's kind: a folder with `config.json`, or an AllenNLP archive (or a folder that holds `model.tar.gz`).
 * @throws ScidocsError `NOT_FOUND` when it is neither
 */
export function locateCheckpoint(path: string): CheckpointPlace {
  if (!isOptionalThere(path)) throw new ScidocsError("NOT_FOUND", `${path}: there is no such checkpoint`);
  if (!statSync(path).isDirectory()) return { kind: "allennlp", archive: path };
  refusePeft(path);
  if (isOptionalThere(join(path, "config.json"))) return { kind: "huggingface", folder: path };
  const archive = join(path, "model.tar.gz");
  if (isOptionalThere(archive)) return { kind: "allennlp", archive };
  throw new ScidocsError("NOT_FOUND", `${path}: holds neither config.json (Hugging Face) nor model.tar.gz (AllenNLP)`);
}

/** The recipe that a checkpoint was made for. */
export function defaultRecipe(place: CheckpointPlace): string {
  return place.kind === "allennlp" || mixFileOf(place.folder) !== null ? "original" : "hf";
}

/** What goes beside the vocabulary of a model whose words keep their case: without it, a bare vocabulary's words are lowered. */
export const casedTokenizer = {
  name: "tokenizer_config.json",
  text: `${JSON.stringify({ do_lower_case: false, tokenizer_class: "BertTokenizer" })}\n`,
} as const;

/** The files that decide about a checkpoint's graph. An archive's vocabulary decides about its tokens only. */
export function identifyingFiles(place: CheckpointPlace): string[] {
  if (place.kind === "allennlp") {
    const config = join(dirname(place.archive), "bert_config.json");
    return [place.archive, ...(isOptionalThere(config) ? [config] : [])];
  }
  // Refuses an unknown architecture before gigabytes are hashed.
  openArchitecture(join(place.folder, "config.json"));
  const { config, weights } = huggingFaceFiles(place.folder);
  const mix = mixFileOf(place.folder);
  return [config, ...weights, ...(mix === null ? [] : [mix])];
}

/** What is asked of a checkpoint. */
export interface CheckpointWish {
  /** `original` for an archive, `hf` else; an archive's encoder can be used with Hugging Face's recipes too. */
  readonly recipe?: string | undefined;
  /** What a model that is not for `original` puts out; default `cls`. `tokens` serves other poolings, `layers` a mix outside. */
  readonly output?: "cls" | "tokens" | "layers" | undefined;
  /** A folder with an adapter to build into the encoder; of several, each gives outputs of its own. */
  readonly adapter?: string | readonly string[] | undefined;
  /** An archive's vocabulary, when it is not where archives have it. */
  readonly vocabulary?: string | undefined;
}

/** A checkpoint that has been read and checked; its numbers still lie in their files. */
export interface OpenedCheckpoint extends CheckedEncoder {
  /** The adapters whose weights are among the tensors. */
  readonly adapters: readonly AdapterShape[];
  readonly kind: CheckpointPlace["kind"];
  /** The sizes of an archive's BERT, of which it has no configuration; null for a folder. */
  readonly geometry: BertGeometry | null;
  readonly output: EncoderOutput;
  readonly recipe: string;
  /** Limit of the `original` recipe; null for none and for the others. */
  readonly maxWords: number | null;
  /** How the `original` recipe makes words, and its most pieces; null for the others. */
  readonly words: { readonly rules: WordRules; readonly maxPieces: number } | null;
  /** Whether an archive says that its words keep their case, for recipes with a tokenizer of Hugging Face's kind, which lowers else. */
  readonly cased: boolean;
  /** The vocabulary's path in the configuration of an archive. */
  readonly configuredVocabulary: string | null;
  /** The vocabulary of an archive, or of a folder that has a `vocab.txt`. */
  readonly vocabulary: string | null;
  /** The vocabulary that is in the archive itself, unpacked, whether it is the one that is used or not. */
  readonly packedVocabulary: string | null;
}

/**
 * Opens a checkpoint.
 * @param scratch a folder into which an archive is unpacked; the caller removes it
 * @throws ScidocsError naming what is unsupported, missing, misshapen or left over
 */
export async function openCheckpoint(
  place: CheckpointPlace,
  wish: CheckpointWish,
  scratch: string,
  control: RunControl = {},
): Promise<OpenedCheckpoint> {
  const bare =
    place.kind === "huggingface"
      ? openFolder(place.folder, wish)
      : await openArchive(place.archive, wish, scratch, control);
  const opened = withAdapters(bare, [wish.adapter ?? []].flat());
  if (opened.vocabulary !== null) checkVocabulary(opened.vocabulary, opened.blueprint.vocabularySize);
  return opened;
}

function withAdapters(bare: BareCheckpoint, folders: readonly string[]): OpenedCheckpoint {
  const adapters = folders.map((folder, index) =>
    readAdapter(folder, bare.blueprint, index === 0 ? "adapter" : `adapter${index + 1}`),
  );
  return {
    ...bare,
    adapters,
    tensors: new Map([...bare.tensors, ...adapters.flatMap(({ tensors }) => [...tensors])]),
  };
}

/** A checkpoint before adapters are built in. */
type BareCheckpoint = Omit<OpenedCheckpoint, "adapters">;

function openFolder(folder: string, wish: CheckpointWish): BareCheckpoint {
  const recipe = wish.recipe ?? defaultRecipe({ kind: "huggingface", folder });
  const file = mixFileOf(folder);
  if (recipe === "original" && file === null) {
    throw new ScidocsError(
      "USAGE",
      `--recipe original: ${folder} is a Hugging Face folder without ${mixFile}, so it has no weights for mixing its layers; give the AllenNLP archive`,
    );
  }
  const encoder = readHuggingFace(folder);
  const mix = recipe === "original" && file !== null ? readMixFile(file) : null;
  if (file !== null && mix !== null && mix.scalar_parameters.length !== encoder.blueprint.layers) {
    throw fileError(
      file,
      null,
      `mixes ${mix.scalar_parameters.length} layers, and the model has ${encoder.blueprint.layers}`,
    );
  }
  const vocabulary = join(folder, "vocab.txt");
  return {
    kind: "huggingface",
    geometry: null,
    ...encoder,
    output:
      mix === null
        ? { kind: wish.output ?? "cls" }
        : { kind: "words", layerWeights: mixWeights(mix.scalar_parameters, mix.gamma), averaged: mix.averaged },
    recipe,
    maxWords: mix?.max_words ?? null,
    words: null,
    cased: false,
    configuredVocabulary: null,
    vocabulary: wish.vocabulary ?? (isOptionalThere(vocabulary) ? vocabulary : null),
    packedVocabulary: null,
  };
}

async function openArchive(
  archive: string,
  wish: CheckpointWish,
  scratch: string,
  control: RunControl,
): Promise<BareCheckpoint> {
  const { folder, within, bertConfig } = await unpackArchive(archive, scratch, control);
  const config = readArchiveConfig(join(folder, "config.json"));
  const recipe = wish.recipe ?? defaultRecipe({ kind: "allennlp", archive });
  if (recipe === "original" && config.unsupported.length > 0) {
    throw fileError(
      archive,
      null,
      `its configuration asks for what the recipe original does not do here: ${config.unsupported.join(", ")}. ` +
        "--recipe hf uses its encoder the Hugging Face way, which is another vector",
    );
  }
  const vocabulary = findVocabulary(archive, wish.vocabulary, config.vocabulary, [dirname(archive), ...within]);
  const encoder = readAllenNlp(folder, bertConfig);
  const words = { kind: "words", layerWeights: encoder.layerWeights, averaged: encoder.averaged } as const;
  return {
    kind: "allennlp",
    geometry: encoder.geometry,
    blueprint: encoder.blueprint,
    tensors: encoder.tensors,
    unused: encoder.unused,
    output: recipe === "original" ? words : { kind: wish.output ?? "cls" },
    recipe,
    maxWords: recipe === "original" ? encoder.maxWords : null,
    words: recipe === "original" ? { rules: encoder.words, maxPieces: encoder.maxPieces } : null,
    cased: recipe !== "original" && !encoder.words.lowerCaseWords && !encoder.words.lowerCasePieces,
    configuredVocabulary: config.vocabulary,
    vocabulary,
    packedVocabulary: vocabularyBelow(within, config.vocabulary),
  };
}

/**
 * Unpacks what is needed of an archive: `config.json` and `weights.th`; of one that wraps `model.tar.gz`, the vocabulary as well.
 * @returns the unpacked folder, the unpacked folders where a vocabulary is looked for, and a `bert_config.json` from beside or inside
 */
async function unpackArchive(
  archive: string,
  scratch: string,
  control: RunControl,
): Promise<{ folder: string; within: string[]; bertConfig: string | null }> {
  refuseLfsPointer(archive);
  makeFolder(scratch);
  const parts = new Set(["config.json", "weights.th", "model.tar.gz", "vocab.txt", "bert_config.json"]);
  const unpacked = await unpackTarGz(archive, scratch, (path) => parts.has(basename(path)), control);
  const weights = unpacked.find((path) => basename(path) === "weights.th");
  const inner = unpacked.find((path) => basename(path) === "model.tar.gz");
  const beside = join(dirname(archive), "bert_config.json");
  const inside = unpacked.find((path) => basename(path) === "bert_config.json");
  const bertConfig = isOptionalThere(beside) ? beside : inside === undefined ? null : join(scratch, inside);
  if (weights !== undefined) {
    return { folder: requireConfig(archive, join(scratch, dirname(weights))), within: [scratch], bertConfig };
  }
  if (inner === undefined) {
    throw fileError(archive, null, "is no AllenNLP archive: neither weights.th nor model.tar.gz is in it");
  }
  const innerArchive = join(scratch, inner);
  const folder = join(scratch, "model");
  await unpackTarGz(innerArchive, folder, (path) => path === "config.json" || path === "weights.th", control);
  await rm(innerArchive);
  if (!isOptionalThere(join(folder, "weights.th"))) {
    throw fileError(archive, null, "its model.tar.gz is no AllenNLP archive: weights.th is not in it");
  }
  return { folder: requireConfig(archive, folder), within: [scratch, dirname(innerArchive)], bertConfig };
}

function requireConfig(archive: string, folder: string): string {
  if (isOptionalThere(join(folder, "config.json"))) return folder;
  throw fileError(archive, null, "is no AllenNLP archive: config.json is not beside its weights.th");
}

/**
 * Checks that a vocabulary does not name more ids than there are word vectors: such an id would stop the model in the middle of a run.
 * @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` for a vocabulary of another model
 */
export function checkVocabulary(file: string, rows: number): void {
  if (!isOptionalThere(file)) throw new ScidocsError("NOT_FOUND", `${file}: there is no such vocabulary`);
  if (!file.endsWith(".txt")) return;
  const entries = readLinesSync(file)
    .replace(/\r?\n$/, "")
    .split("\n").length;
  if (entries > rows) {
    throw fileError(
      file,
      null,
      `has ${entries} entries, but the model only ${rows} word vectors: it belongs to another model`,
    );
  }
}
