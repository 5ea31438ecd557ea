import { join } from "node:path";
import { z } from "zod";
import { fileError, ScidocsError } from "../../errors.ts";
import { isThere } from "../../files/isThere.ts";
import { readJsonFileSync } from "../../files/jsonFile.ts";
import { readFloat32, type StoredTensors } from "../../tensorFiles/storedTensor.ts";
import { readTorch } from "../../tensorFiles/torch.ts";
import { bertBlueprint } from "../architectures/bert/bert.ts";
import { type BertGeometry, readBertConfig } from "../architectures/bert/bertConfig.ts";
import { geometryFromWeights } from "../architectures/bert/bertWeights.ts";
import { checkWeights } from "../architectures/checkWeights.ts";
import type { WordRules } from "../text/originalRecipe.ts";
import type { CheckedEncoder } from "./huggingFace.ts";

/** The encoder of an AllenNLP archive and what its `original` recipe needs to know. */
export interface AllenNlpEncoder extends CheckedEncoder {
  readonly geometry: BertGeometry;
  /** Share of each layer's output in a word's vector: softmax of the mix's parameters, times gamma. */
  readonly layerWeights: readonly number[];
  /** Whether a paper's vector is the mean of its words' vectors; else it is their sum. */
  readonly averaged: boolean;
  /** Most words of a paper, the middle `[SEP]` included; null for no limit. */
  readonly maxWords: number | null;
  readonly words: WordRules;
  readonly maxPieces: number;
}

/** What an archive's `config.json` says. */
export interface ArchiveConfig {
  readonly averaged: boolean;
  readonly maxWords: number | null;
  readonly topLayerOnly: boolean;
  /** How its words are made, where that is not as in the published SPECTER. */
  readonly words: WordRules;
  /** Most word pieces of a paper, `[CLS]` and `[SEP]` included. */
  readonly maxPieces: number;
  /** Options that change a text or a vector in a way that is not built: they matter to the recipe original alone. */
  readonly unsupported: readonly string[];
  /** The vocabulary's path, as the archive was trained with it; relative paths start at the archive's folder. */
  readonly vocabulary: string | null;
}

const wordEncoder = z.object({ type: z.string(), averaged: z.boolean().optional() });
const configSchema = z.object({
  dataset_reader: z.object({
    concat_title_abstract: z.boolean().optional(),
    max_sequence_length: z.number().int().positive().optional(),
    token_indexers: z
      .record(
        z.string(),
        z.object({
          type: z.string().optional(),
          pretrained_model: z.string().optional(),
          do_lowercase: z.boolean().optional(),
          use_starting_offsets: z.boolean().optional(),
          max_pieces: z.number().int().positive().optional(),
          truncate_long_sequences: z.boolean().optional(),
        }),
      )
      .optional(),
    word_splitter: z
      .union([z.string(), z.object({ type: z.string(), do_lower_case: z.boolean().optional() })])
      .optional(),
    included_text_fields: z.string().optional(),
  }),
  model: z.object({
    include_venue: z.boolean().optional(),
    title_encoder: wordEncoder,
    text_field_embedder: z
      .object({
        token_embedders: z.object({ bert: z.object({ top_layer_only: z.boolean().optional() }).optional() }).optional(),
      })
      .optional(),
  }),
});

/**
 * Reads the configuration of an AllenNLP archive.
 * @throws ScidocsError when it is not of SPECTER's kind: title and abstract as one text, averaged or summed words
 */
export function readArchiveConfig(file: string): ArchiveConfig {
  const parsed = configSchema.safeParse(readJsonFileSync(file));
  if (!parsed.success) {
    throw fileError(file, null, `is not the configuration of a SPECTER archive: ${z.prettifyError(parsed.error)}`);
  }
  const { dataset_reader: reader, model } = parsed.data;
  if (reader.concat_title_abstract !== true) {
    throw fileError(file, null, "concat_title_abstract is not true: title and abstract apart cannot be converted");
  }
  if (model.title_encoder.type !== "boe") {
    throw fileError(
      file,
      null,
      `title_encoder is "${model.title_encoder.type}": only "boe" (bag of embeddings) is known`,
    );
  }
  const indexers = Object.values(reader.token_indexers ?? {});
  const bert = indexers.find(({ type }) => type?.startsWith("bert") === true);
  return {
    averaged: model.title_encoder.averaged ?? false,
    maxWords: reader.max_sequence_length ?? null,
    topLayerOnly: model.text_field_embedder?.token_embedders?.bert?.top_layer_only ?? false,
    vocabulary: bert?.pretrained_model ?? null,
    words: {
      lowerCaseWords: typeof reader.word_splitter === "object" ? (reader.word_splitter.do_lower_case ?? true) : true,
      lowerCasePieces: bert?.do_lowercase ?? true,
      firstPieces: bert?.use_starting_offsets ?? false,
    },
    maxPieces: bert?.max_pieces ?? 512,
    unsupported: unsupportedOptions(parsed.data, bert?.truncate_long_sequences ?? true),
  };
}

/** Options that AllenNLP would heed and that are not built, each with its value. */
function unsupportedOptions(
  { dataset_reader: reader, model }: z.infer<typeof configSchema>,
  truncates: boolean,
): string[] {
  const splitter = typeof reader.word_splitter === "object" ? reader.word_splitter.type : reader.word_splitter;
  const fields = (reader.included_text_fields ?? "title abstract").split(/\s+/).filter((field) => field !== "");
  return [
    splitter === undefined || splitter === "bert-basic" ? "" : `word_splitter is "${splitter}"`,
    fields.sort().join(" ") === "abstract title" ? "" : `included_text_fields is "${reader.included_text_fields}"`,
    model.include_venue === true ? "include_venue is true" : "",
    truncates ? "" : "truncate_long_sequences is false",
  ].filter((option) => option !== "");
}

/**
 * Reads an unpacked archive: a folder with `config.json` and `weights.th`.
 * @param bertConfig a `bert_config.json` of the encoder, when there is one; it knows the number of heads
 * @throws ScidocsError naming what is unsupported, missing, misshapen or left over
 */
export function readAllenNlp(folder: string, bertConfig: string | null): AllenNlpEncoder {
  const config = readArchiveConfig(join(folder, "config.json"));
  const known = bertConfig === null ? null : readBertConfig(bertConfig);
  const file = join(folder, "weights.th");
  const stored = readTorch(file);
  const geometry = known ?? geometryFromWeights(file, stored, null);
  const blueprint = bertBlueprint(geometry);
  const checked = checkWeights(file, stored, blueprint);
  const layerWeights = config.topLayerOnly
    ? Array.from({ length: geometry.layers }, (_, layer) => (layer === geometry.layers - 1 ? 1 : 0))
    : readMix(file, stored, geometry.layers);
  return {
    blueprint,
    geometry,
    tensors: checked.tensors,
    unused: checked.unused.filter((name) => !name.includes(mixName)),
    layerWeights,
    averaged: config.averaged,
    maxWords: config.maxWords,
    words: config.words,
    maxPieces: config.maxPieces,
  };
}

const mixName = "token_embedder_bert._scalar_mix.";

/** AllenNLP's ScalarMix: softmax over one parameter a layer, times gamma. */
function readMix(file: string, stored: StoredTensors, layers: number): number[] {
  const scalar = (name: string): number => {
    const tensor = stored.get(`text_field_embedder.${mixName}${name}`);
    if (tensor === undefined) {
      throw fileError(file, null, `its weights do not fit. missing: text_field_embedder.${mixName}${name}`);
    }
    return readFloat32(tensor)[0] ?? 0;
  };
  const parameters = Array.from({ length: layers }, (_, layer) => scalar(`scalar_parameters.${layer}`));
  return mixWeights(parameters, scalar("gamma"));
}

/** Softmax of the layers' parameters times gamma. */
export function mixWeights(parameters: readonly number[], gamma: number): number[] {
  const largest = Math.max(...parameters);
  const powers = parameters.map((parameter) => Math.exp(parameter - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => (power / sum) * gamma);
}

/**
 * Finds the vocabulary of an archive: the file that the user names, a `vocab.txt` beside the archive, or the path that its
 * configuration names, below the archive's folder.
 * @param named the user's choice, taken without question
 * @param folders where the archive lies, and where its wrapping archive was unpacked
 * @throws ScidocsError `NOT_FOUND` when there is none
 */
export function findVocabulary(
  archive: string,
  named: string | undefined,
  configured: string | null,
  folders: readonly string[],
): string {
  const found = named ?? vocabularyBelow(folders, configured);
  if (found !== null) return found;
  const asConfigured = configured === null ? "" : ` (or as ${configured} below its folder)`;
  throw new ScidocsError(
    "NOT_FOUND",
    `${archive}: its vocabulary is missing: put vocab.txt beside it${asConfigured} or name it with --vocab`,
  );
}

/** The first vocabulary in some folders, by the usual name or as an archive's configuration names it; null for none. */
export function vocabularyBelow(folders: readonly string[], configured: string | null): string | null {
  for (const folder of folders) {
    const beside = join(folder, "vocab.txt");
    if (isThere(beside)) return beside;
    // An archive's own path must not lead out of its folder.
    if (configured === null || configured.startsWith("/") || configured.split(/[\\/]/).includes("..")) continue;
    const below = join(folder, configured);
    if (isThere(below)) return below;
  }
  return null;
}
