import { basename } from "node:path";
import { ScidocsError } from "../../errors.ts";
import { requireUnchanged, stampFiles } from "../../files/fileStamps.ts";
import { combinedSha256, type FileHash, hashFiles } from "../../files/hashFiles.ts";
import { requireRegular } from "../../files/regularFile.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import { identifyingFilesOf } from "../../vectors/formats.ts";
import { readingNotes } from "../../vectors/readingNotes.ts";
import { type ReadVectorsResult, readVectors } from "../../vectors/readVectors.ts";
import { dimensionsOf, type SourceNeed, type SourceVectors, unknownModel, type VectorSource } from "../vectorSource.ts";

/** Vector files by group, every group of the suite being named; a group may have several files, read as one. */
export type VectorFiles = Readonly<Record<string, readonly string[] | undefined>>;

/** How the files are read. */
export interface FilesSourceOptions {
  /** The model's name in table and record; default the first file's, or its folder's where files go by the names of the groups. */
  readonly name?: string | undefined;
  /** Threads of the reading; default the machine's. */
  readonly threads?: number | undefined;
}

const optionNames: OptionNames<FilesSourceOptions> = { name: true, threads: true };

/** Vectors as files hold them. */
export interface FileVectors extends SourceVectors {
  readonly paths: readonly string[];
  /** The same files, hashed. */
  readonly files: readonly FileHash[];
  /** What the reading passed over. */
  readonly notes: readonly string[];
}

/** Files to read together, for the groups that name them. */
export interface FilesReading {
  readonly paths: readonly string[];
  readonly groups: readonly string[];
  readonly needed: ReadonlySet<string>;
  readonly purpose: string;
}

/**
 * Vectors from files. A group without files leaves its tasks out; of the files, the papers that the tasks need are read.
 * @throws ScidocsError `USAGE` when there is no file at all, or for an option that there is not
 */
export function filesSource(
  files: VectorFiles,
  options: FilesSourceOptions = {},
): VectorSource<readonly FilesReading[], FileVectors> {
  refuseUnknownOptions("filesSource", options, optionNames);
  const groups = new Set(Object.keys(files).filter((group) => (files[group]?.length ?? 0) > 0));
  if (groups.size === 0) {
    throw new ScidocsError("USAGE", `no vectors to score: give ${oneOf(Object.keys(files))} with a vector file`);
  }
  const given = [...groups].flatMap((group) => files[group] ?? []);
  return {
    needs: "ids",
    groups,
    stage: "read vectors",
    plan: async (need) => readingsOf(files, need),
    vectors: async (readings, control) => {
      const paths = [...new Set(readings.flatMap((reading) => reading.paths))];
      const stamps = stampFiles(paths);
      const inputs = await identifyingFiles(paths);
      stamps.push(...stampFiles(inputs.filter((input) => !paths.includes(input))));
      // Hashed while they are parsed: the bytes come from the disk once, and the parsing is done by other threads.
      const stop = new AbortController();
      const signal = control.signal === undefined ? stop.signal : AbortSignal.any([control.signal, stop.signal]);
      const both = { ...control, signal };
      const [read, hashed] = await Promise.all([
        readGroups(readings, options.threads, both),
        hashFiles(inputs, both),
      ]).catch((error: unknown) => {
        // A bad line is known long before the end of a large file: nothing is read on after that.
        stop.abort();
        throw error;
      });
      // A file may be replaced between the two: the record would name bytes that were not scored.
      requireUnchanged(stamps);
      return { ...read, texts: null, paths, files: hashed };
    },
    facts: (made) => ({
      ...unknownModel(
        options.name ?? defaultName(made?.paths ?? given, Object.keys(files)),
        "vectors",
        made === null ? null : dimensionsOf(made.vectors),
      ),
      files: made === null ? [] : [...made.files],
      sha256: made === null ? null : combinedSha256(made.files),
    }),
    settings: () => ({}),
    notes: (_readings, made) => made.notes,
  };
}

/** `--a, --b or --c`. */
function oneOf(groups: readonly string[]): string {
  const flags = groups.map((group) => `--${group}`);
  return flags.length < 2 ? (flags[0] ?? "a group") : `${flags.slice(0, -1).join(", ")} or ${flags.at(-1)}`;
}

/** The identity of vector files' bytes, as the record's `sha256` has it. */
export async function filesIdentity(paths: readonly string[], control: RunControl = {}): Promise<string> {
  return combinedSha256(await hashFiles(await identifyingFiles(paths), control));
}

/** Each file once, with what lies beside it and says whose vectors they are. */
async function identifyingFiles(paths: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const path of paths) {
    requireRegular(path);
    for (const file of await identifyingFilesOf(path)) files.add(file);
  }
  return [...files];
}

/** Groups that name the same files share one reading of them. */
function readingsOf(files: VectorFiles, need: SourceNeed): FilesReading[] {
  const readings = new Map<string, FilesReading>();
  for (const [group, { ids, purpose }] of need.groups) {
    const paths = files[group] ?? [];
    const key = JSON.stringify(paths);
    const known = readings.get(key);
    readings.set(key, {
      paths,
      groups: [...(known?.groups ?? []), group],
      needed: known === undefined ? ids : new Set([...known.needed, ...ids]),
      purpose: known === undefined ? purpose : `${known.purpose}, ${purpose}`,
    });
  }
  return [...readings.values()];
}

async function readGroups(
  readings: readonly FilesReading[],
  threads: number | undefined,
  control: RunControl,
): Promise<Pick<FileVectors, "vectors" | "notes">> {
  const vectors: Record<string, ReadVectorsResult> = {};
  const notes: string[] = [];
  for (const { paths, groups, needed, purpose } of readings) {
    const table = await readVectors(paths, { needed, threads }, control);
    notes.push(...readingNotes(table, paths));
    if (table.ids.length === 0) {
      const empty = table.emptyIds.size === 0 ? "" : ` (${table.emptyIds.size} are empty)`;
      throw new ScidocsError(
        "BAD_INPUT",
        `${paths.join(", ")}: no vector of the ${needed.size} papers that ${purpose} need${empty}, and ${table.unneededEntries} of others: are these the vectors of this dataset?`,
      );
    }
    for (const group of groups) vectors[group] = table;
  }
  return { vectors, notes };
}

/** A model's name from its vector files: the file's own, or the folder's where the files go by the names of the groups. */
function defaultName(files: readonly string[], groups: readonly string[]): string {
  const [first] = files;
  if (first === undefined) return "vectors";
  const stem = basename(first).replace(/(\.(jsonl|gz|npy|safetensors|parquet))+$/i, "");
  if (!groups.includes(stem)) return stem;
  return first.split(/[\\/]/).at(-2) ?? stem;
}
