import { createHash, randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { copyFile, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { ScidocsError, throwIfAborted } from "../../errors.ts";
import { type FileStamp, requireUnchanged, stampFiles } from "../../files/fileStamps.ts";
import { isThere } from "../../files/isThere.ts";
import { readJsonFileSync } from "../../files/jsonFile.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { streamRegular } from "../../files/regularFile.ts";
import { beginUnfinished, endUnfinished } from "../../files/unfinished.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import type { Precision } from "../architectures/architecture.ts";
import { adapterFiles } from "./adapter.ts";
import { findVocabulary } from "./allenNlp.ts";
import {
  type CheckpointPlace,
  type CheckpointWish,
  casedTokenizer,
  checkVocabulary,
  defaultRecipe,
  identifyingFiles,
  locateCheckpoint,
  type OpenedCheckpoint,
  openCheckpoint,
} from "./checkpoint.ts";
import { huggingFaceFiles } from "./huggingFace.ts";
import { writeEncoder } from "./writeEncoder.ts";

/** Raised whenever the same checkpoint would become another graph, so that old cache entries are left alone. */
const converterVersion = 8;

/**
 * From this size on, weights lie in a file of their own, which ONNX Runtime maps into memory: a model of BERT-base size opens three times
 * as fast so, and in 250 MB less (measured).
 */
const mappedBytes = 2 ** 24;

export interface ConvertOptions extends CheckpointWish {
  readonly precision?: Precision | undefined;
  readonly portable?: boolean | undefined;
}

/** The options by name, for the calls that take them. */
export const convertOptionNames: OptionNames<ConvertOptions> = {
  recipe: true,
  output: true,
  adapter: true,
  vocabulary: true,
  precision: true,
  portable: true,
};

/** A checkpoint as an ONNX model in the cache. */
export interface ConvertedCheckpoint {
  readonly kind: CheckpointPlace["kind"];
  readonly modelFile: string;
  /** An archive's vocabulary; null for a Hugging Face folder, whose tokenizer files stay where they are. */
  readonly vocabulary: string | null;
  /** What goes over that vocabulary; null for nothing. */
  readonly tokenizerConfig: string | null;
  readonly recipe: string;
  readonly maxWords: number | null;
  readonly precision: Precision;
  /** Weights of the checkpoint that the encoder does not use. */
  readonly unused: readonly string[];
  /** Files of weights that lie there too and were not read. */
  readonly passedOver: readonly string[];
  /** False when it was in the cache already. */
  readonly converted: boolean;
}

const manifestSchema = z.object({
  maxWords: z.number().nullable(),
  configuredVocabulary: z.string().nullable(),
  unused: z.array(z.string()),
  vocabularySize: z.number(),
  /** The entry's other files, as they were made. */
  files: z.record(z.string(), z.object({ bytes: z.number(), crc32: z.number() })),
});

/**
 * Turns a checkpoint into an ONNX model in the cache, or finds it there. The entry's name holds the hash of the checkpoint's files and
 * of everything that decides about the graph; it appears when it is whole, so that two processes may convert at once.
 * @param path a Hugging Face folder, an AllenNLP `model.tar.gz` or the `archive.tar.gz` around one
 * @param cacheDir entries lie in its subfolder `checkpoints`
 * @throws ScidocsError naming what is unsupported, missing, misshapen or left over, before anything is converted
 */
export async function convertCheckpoint(
  path: string,
  options: ConvertOptions & { readonly cacheDir: string },
  control: RunControl = {},
): Promise<ConvertedCheckpoint> {
  refuseUnknownOptions("convertCheckpoint", options, { ...convertOptionNames, cacheDir: true });
  const place = locateCheckpoint(path);
  const precision = options.precision ?? "fp32";
  const adapters = [options.adapter ?? []].flat().flatMap((folder) => Object.values(adapterFiles(folder)));
  const files = [...identifyingFiles(place), ...adapters];
  const stamps = stampFiles(files);
  // A folder's headers and configuration take milliseconds, its hash seconds for each gigabyte: what cannot be opened is told first.
  const opened = place.kind === "huggingface" ? await openCheckpoint(place, options, "", control) : null;
  const key = await checkpointKey(place, files, options, control);
  const entry = join(
    options.cacheDir,
    "checkpoints",
    `${basename(resolve(path)).replace(/(\.tar)?\.gz$/, "")}-${key.slice(0, 20)}`,
  );
  const cached = await readManifest(entry, control);
  if (cached === null) await makeEntry(place, opened, entry, options, precision, stamps, control);
  const manifest = cached ?? (await readManifest(entry, control));
  if (manifest === null) {
    throw new ScidocsError("UNAVAILABLE", `${entry}: what was just written there reads otherwise; is the disk broken?`);
  }
  const vocabulary =
    place.kind === "allennlp"
      ? findVocabulary(place.archive, options.vocabulary, manifest.configuredVocabulary, [
          dirname(place.archive),
          entry,
        ])
      : null;
  if (vocabulary !== null) checkVocabulary(vocabulary, manifest.vocabularySize);
  return {
    kind: place.kind,
    modelFile: join(entry, "model.onnx"),
    vocabulary,
    tokenizerConfig: casedTokenizer.name in manifest.files ? join(entry, casedTokenizer.name) : null,
    recipe: options.recipe ?? defaultRecipe(place),
    maxWords: manifest.maxWords,
    precision,
    unused: manifest.unused,
    passedOver: place.kind === "huggingface" ? huggingFaceFiles(place.folder).passedOver : [],
    converted: cached === null,
  };
}

/** What an entry of the cache says of itself; null when there is none, or it is not what was once made. */
async function readManifest(entry: string, control: RunControl): Promise<z.infer<typeof manifestSchema> | null> {
  try {
    const manifest = manifestSchema.parse(readJsonFileSync(join(entry, "scidocs.json")));
    for (const [name, { bytes, crc32: expected }] of Object.entries(manifest.files)) {
      const found = await checksum(join(entry, name), control);
      if (found.bytes !== bytes || found.crc32 !== expected) return null;
    }
    return manifest;
  } catch (error) {
    if (error instanceof ScidocsError && error.code === "INTERRUPTED") throw error;
    return null;
  }
}

async function checksum(file: string, control: RunControl): Promise<{ bytes: number; crc32: number }> {
  let bytes = 0;
  let crc = 0;
  for await (const chunk of (await streamRegular(file, 1 << 22)) as AsyncIterable<Buffer>) {
    throwIfAborted(control.signal);
    crc = crc32(chunk, crc);
    bytes += chunk.length;
  }
  return { bytes, crc32: crc };
}

/** @param folder a Hugging Face folder, opened; null for an archive, which is unpacked first */
async function makeEntry(
  place: CheckpointPlace,
  folder: OpenedCheckpoint | null,
  entry: string,
  options: ConvertOptions,
  precision: Precision,
  stamps: readonly FileStamp[],
  control: RunControl,
): Promise<void> {
  await removeAbandoned(dirname(entry));
  const temporary = `${entry}.${randomBytes(4).toString("hex")}.tmp`;
  const scratch = join(temporary, "unpacked");
  beginUnfinished(temporary);
  try {
    makeFolder(temporary);
    const opened = folder ?? (await openCheckpoint(place, options, scratch, control));
    await writeEncoder(
      join(temporary, "model.onnx"),
      opened,
      precision,
      options.portable ?? false,
      mappedBytes,
      control,
    );
    // A later run may use the archive's own vocabulary where this one has another, beside the archive or named by the user.
    if (opened.packedVocabulary !== null) await copyFile(opened.packedVocabulary, join(temporary, "vocab.txt"));
    if (opened.cased) await writeWhole(join(temporary, casedTokenizer.name), casedTokenizer.text);
    const { maxWords, configuredVocabulary, unused, blueprint } = opened;
    const { vocabularySize } = blueprint;
    await rm(scratch, { recursive: true, force: true });
    const files: Record<string, { bytes: number; crc32: number }> = {};
    for (const name of (await readdir(temporary)).sort()) {
      files[name] = await checksum(join(temporary, name), control);
    }
    await writeWhole(
      join(temporary, "scidocs.json"),
      `${JSON.stringify({ maxWords, configuredVocabulary, unused, vocabularySize, files }, null, 2)}\n`,
    );
    // The entry's name says which files it was made of.
    requireUnchanged(stamps);
    if ((await readManifest(entry, control)) === null) await removeDamaged(entry);
    await rename(temporary, entry).catch(async (error: unknown) => {
      // Another process was faster: its entry has the same content.
      if ((await readManifest(entry, control)) === null) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
    endUnfinished(temporary);
  }
}

async function removeDamaged(entry: string): Promise<void> {
  const aside = `${entry}.${randomBytes(4).toString("hex")}.tmp`;
  if (!isThere(entry)) return;
  await rename(entry, aside);
  await rm(aside, { recursive: true, force: true });
}

/** Half-made entries of this age belong to a process that was killed. */
const abandonedMs = 24 * 3600 * 1000;

async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((found) => /\.[0-9a-f]{8}\.tmp$/.test(found))) {
    const path = join(folder, name);
    // Another process may clean up at the same time.
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > abandonedMs) await rm(path, { recursive: true, force: true });
  }
}

/** SHA-256 over the checkpoint's files and what decides about the graph. */
async function checkpointKey(
  place: CheckpointPlace,
  files: readonly string[],
  options: ConvertOptions,
  control: RunControl,
): Promise<string> {
  const total = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const hash = createHash("sha256");
  let done = 0;
  for (const file of files) {
    for await (const chunk of await streamRegular(file, 1 << 20)) {
      throwIfAborted(control.signal);
      hash.update(chunk);
      done += chunk.length;
      control.onProgress?.({ stage: "hashing the checkpoint", done, total, unit: "bytes" });
    }
    hash.update(`\0${basename(file)}\0`);
  }
  const { recipe = defaultRecipe(place), output = "cls", precision = "fp32", portable = false } = options;
  // Recipes that only change the text share a graph.
  const graph = recipe === "original" ? "words" : output;
  return hash.update(JSON.stringify({ converterVersion, graph, precision, portable })).digest("hex");
}
