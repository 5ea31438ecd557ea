import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { firstFew, ScidocsError } from "../../errors.ts";
import { requireUnchanged, stampFiles } from "../../files/fileStamps.ts";
import { isThere, statsIfThere } from "../../files/isThere.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { refuseOverlap } from "../../files/overlap.ts";
import { readRegularSync } from "../../files/regularFile.ts";
import { beginUnfinished, endUnfinished } from "../../files/unfinished.ts";
import { placeWhole, temporaryName, writeWhole } from "../../files/writeWhole.ts";
import { dataFileOf } from "../../onnx/writeModel.ts";
import { refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import { type Declaration, hasDeclaration, readDeclaration } from "../declared/declaration.ts";
import { optionsAsKnown } from "../known/applyKnown.ts";
import { poolingText } from "../pooling.ts";
import { findTokenizer, namedTokenizerFiles, vocabularyIn } from "../text/tokenizerFiles.ts";
import { adapterFiles } from "./adapter.ts";
import {
  type CheckpointPlace,
  casedTokenizer,
  identifyingFiles,
  locateCheckpoint,
  type OpenedCheckpoint,
  openCheckpoint,
} from "./checkpoint.ts";
import { type ConvertOptions, convertOptionNames } from "./convert.ts";
import { writeEncoder } from "./writeEncoder.ts";

/** Files of a tokenizer that go with an exported model. */
const tokenizerFiles = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.txt",
  "vocab.json",
  "merges.txt",
  "sentencepiece.bpe.model",
  "config.json",
] as const;

/** What `exportCheckpoint` did. */
export interface ExportedCheckpoint {
  readonly recipe: string;
  readonly unused: readonly string[];
  /** Paths written, the model first. */
  readonly files: readonly string[];
}

/**
 * Writes a checkpoint as an ONNX file of the user's own, with the tokenizer's files and what its folder declares beside it, and loads it
 * once to be sure; until then an older one of the name stays. Without a wish it puts out what the declared pooling needs.
 * @param output path of the `.onnx` file
 * @throws ScidocsError as {@link convertCheckpoint}; `USAGE` when a tokenizer file of another model lies beside the output, or the output is no
 *   regular file
 */
export async function exportCheckpoint(
  path: string,
  output: string,
  options: ConvertOptions = {},
  control: RunControl = {},
): Promise<ExportedCheckpoint> {
  refuseUnknownOptions("exportCheckpoint", options, convertOptionNames);
  if (!output.endsWith(".onnx")) throw new ScidocsError("USAGE", `${output}: the model's name should end in .onnx`);
  const there = await statsIfThere(output);
  if (there !== null && !there.isFile()) {
    throw new ScidocsError(
      "USAGE",
      `${output}: is ${there.isDirectory() ? "a folder" : "a pipe or a device"}; a model is opened again once it is written: name a file`,
    );
  }
  const declaration = hasDeclaration(path) ? readDeclaration(path) : null;
  const place = locateCheckpoint(declaration?.encoderFolder ?? path);
  const ownVocabulary = place.kind === "huggingface" ? vocabularyIn(place.folder) : null;
  if (options.vocabulary !== undefined && ownVocabulary !== null) {
    throw new ScidocsError(
      "USAGE",
      `${options.vocabulary}: ${path} has a tokenizer of its own, ${basename(ownVocabulary)}, which would be used in its place; --vocab is for archives, and folders that have none`,
    );
  }
  const adapters = [options.adapter ?? []].flat().flatMap((each) => Object.values(adapterFiles(each)));
  const stamps = stampFiles([...identifyingFiles(place), ...adapters]);
  // A folder that is known by its name is used so, and its export as well, which has the same config.json.
  const known = place.kind === "huggingface" ? optionsAsKnown(path, {}).options.pooling : undefined;
  const pooling = declaration === null ? (known ?? "cls") : poolingText(declaration.pooling.modes);
  const pools = pooling === "cls" ? "cls" : "tokens";
  const precision = options.precision ?? "fp32";
  const wish = { ...options, output: options.output ?? pools };
  const folder = dirname(output);
  makeFolder(folder);
  const scratch = temporaryName(resolve(output));
  beginUnfinished(scratch);
  try {
    const opened = await openCheckpoint(place, wish, scratch, control);
    const { copies, sources } = companions(place, opened, output, path, declaration, options.vocabulary);
    const outputs = [output, dataFileOf(output), ...copies.map(({ to }) => to)];
    await refuseOverlap(outputs, [...stamps.map((stamp) => stamp.path), ...sources]);
    const made = join(scratch, "made", basename(output));
    const written = await writeEncoder(made, opened, precision, options.portable ?? false, undefined, control).catch(
      (error: unknown) => {
        throw saidOf(error, made, output);
      },
    );
    requireUnchanged(stamps);
    await writeCompanions(copies);
    // The weights of a large model come before the model that names them.
    const files = written.map((from) => ({ from, to: join(folder, basename(from)) }));
    for (const { from, to } of files.toReversed()) await placeWhole(from, to);
    return { recipe: opened.recipe, unused: opened.unused, files: [...files, ...copies].map(({ to }) => to) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
    endUnfinished(scratch);
  }
}

/** What went wrong with a file, told of the place that it was made for. */
function saidOf(error: unknown, made: string, output: string): unknown {
  if (!(error instanceof ScidocsError)) return error;
  return new ScidocsError(error.code, error.message.replaceAll(made, output), { cause: error });
}

/** Writes the files that go beside a model, all of them or none. */
async function writeCompanions(copies: readonly { readonly bytes: Buffer; readonly to: string }[]): Promise<void> {
  const done: string[] = [];
  try {
    for (const { bytes, to } of copies) {
      makeFolder(dirname(to));
      await writeWhole(to, bytes);
      done.push(to);
    }
  } catch (error) {
    for (const file of done) await rm(file, { force: true });
    throw error;
  }
}

function companions(
  place: CheckpointPlace,
  opened: OpenedCheckpoint,
  output: string,
  root: string,
  declaration: Declaration | null,
  vocabulary: string | undefined,
): { readonly copies: readonly { bytes: Buffer; to: string }[]; readonly sources: readonly string[] } {
  const folder = dirname(output);
  const sources = new Map<string, string>((declaration?.files ?? []).map((file) => [relative(root, file), file]));
  if (place.kind === "huggingface") {
    for (const name of tokenizerFiles) {
      const from = join(place.folder, name);
      if (isThere(from)) sources.set(name, from);
    }
    // Of a vocabulary that the user named, or that lies one folder up, all that a run reads with it.
    const tokenizer = findTokenizer(place.folder, vocabulary);
    for (const [name, from] of tokenizer === null ? [] : namedTokenizerFiles(tokenizer)) sources.set(name, from);
  } else if (opened.vocabulary !== null) {
    sources.set(opened.vocabulary.endsWith(".json") ? "tokenizer.json" : "vocab.txt", opened.vocabulary);
  }
  // Read before anything is written: one that cannot be read leaves nothing behind.
  const copies = [...sources].map(([name, from]) => ({ bytes: readRegularSync(from), to: join(folder, name) }));
  if (opened.cased) copies.push({ bytes: Buffer.from(casedTokenizer.text), to: join(folder, casedTokenizer.name) });
  const needed = copies.filter(({ bytes, to }) => !isThere(to) || !readRegularSync(to).equals(bytes));
  const taken = needed.filter(({ to }) => isThere(to)).map(({ to }) => to);
  if (taken.length > 0) {
    throw new ScidocsError(
      "USAGE",
      `${taken.join(", ")}: belongs to another model and would be overwritten; write the model into a folder of its own`,
    );
  }
  refuseNeighbours(output, new Set(copies.map(({ to }) => relative(folder, to))), needed.length > 0);
  return { copies: needed, sources: [...sources.values()] };
}

/**
 * Models in one folder share what lies there: a file of another model would be read with this one where the checkpoint has none of its
 * name, and what is new would be read with the models that are there.
 * @param own names of the files that belong to the model
 * @throws ScidocsError `USAGE`
 */
function refuseNeighbours(output: string, own: ReadonlySet<string>, bringsNew: boolean): void {
  const folder = dirname(output);
  const advice = "write the model into a folder of its own";
  const foreign = [...tokenizerFiles, "modules.json"].filter((name) => !own.has(name) && isThere(join(folder, name)));
  if (foreign.length > 0) {
    const files = firstFew(foreign.map((name) => join(folder, name)));
    throw new ScidocsError("USAGE", `${files}: would be read with the model, and its checkpoint has none; ${advice}`);
  }
  const models = readdirSync(folder).filter(
    (name) => /\.onnx$/i.test(name) && !name.startsWith(".") && name !== basename(output),
  );
  if (bringsNew && models.length > 0) {
    const files = firstFew(models.map((name) => join(folder, name)));
    throw new ScidocsError("USAGE", `${files}: would be read with the files of ${basename(output)}; ${advice}`);
  }
}
