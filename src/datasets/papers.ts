import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { fileError, throwIfAborted } from "../errors.ts";
import { requireUnchanged, stampFiles } from "../files/fileStamps.ts";
import { requireFewParts } from "../files/jsonFile.ts";
import { pathError } from "../files/pathError.ts";
import { streamRegular } from "../files/regularFile.ts";
import { printable } from "../printable.ts";
import type { RunControl } from "../progress.ts";
import { type JsonEntry, jsonEntrySplitter, valueText } from "./jsonEntries.ts";
import { isJsonLines, jsonLineSplitter } from "./jsonLineEntries.ts";
import type { Paper, PaperText } from "./types.ts";

/** Bytes read at once: large enough to be fast, small enough that one chunk is parsed in a few milliseconds. */
const chunkBytes = 2 ** 20;

/** What was read of a metadata file. */
export interface PapersRead<P> {
  /** The needed papers that the file has, by id, in file order. */
  readonly papers: ReadonlyMap<string, P>;
  /** Entries of the file, needed or not. */
  readonly entries: number;
  /** Needed entries that replaced an earlier one of the same id: the last wins, as in the reference. */
  readonly repeated: number;
}

/**
 * Papers of a metadata file, read as a stream: entries that are not needed are stepped over without being parsed.
 * @param needed ids to keep; null keeps all
 * @throws ScidocsError `BAD_INPUT` with file, line and byte for broken JSON or a field of another type, `NOT_FOUND`, `INTERRUPTED`
 */
export async function readPapers(
  file: string,
  needed: ReadonlySet<string> | null,
  control: RunControl = {},
): Promise<PapersRead<Paper>> {
  return collect(file, needed, paperOf, control);
}

/** What a reader should be told of papers that a file has more than once; nothing where there are none. */
export function repeatedNotes(file: string, repeated: number): string[] {
  return repeated === 0 ? [] : [`${file} has ${repeated} papers more than once; the last one is used.`];
}

/**
 * The same without authors and citations, which hold most of a file's bytes and which no encoder reads: memory stays
 * near the text kept.
 * @throws as {@link readPapers}
 */
export async function readPaperTexts(
  file: string,
  needed: ReadonlySet<string> | null,
  control: RunControl = {},
): Promise<PapersRead<PaperText>> {
  return collect(file, needed, (path, entry) => paperTextOf(path, entry), control);
}

/**
 * Calls back for the entries of some papers in file order, and hashes the file on the way.
 * @throws as {@link readPapers}
 */
export async function readNeededEntries(
  file: string,
  needed: ReadonlySet<string>,
  take: (file: string, entry: JsonEntry) => void,
  control: RunControl = {},
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  await forEachPaperEntry(
    file,
    (entry) => {
      if (needed.has(entry.key)) take(file, entry);
    },
    control,
    {
      beforeChunk: (chunk) => {
        hash.update(chunk);
        bytes += chunk.length;
      },
    },
  );
  return { bytes, sha256: hash.digest("hex") };
}

/** Called between the stretches of a file, by one who does more with it than look at its entries. */
export interface ChunkCalls {
  readonly beforeChunk?: (bytes: Uint8Array) => void;
  /** Awaited, by one who writes while reading. */
  readonly afterChunk?: () => Promise<void>;
}

/**
 * Calls back for every entry of a metadata file in file order; the entry's bytes are not yet parsed.
 * @throws as {@link readPapers}
 */
export async function forEachPaperEntry(
  file: string,
  onEntry: (entry: JsonEntry) => void,
  control: RunControl = {},
  { beforeChunk, afterChunk }: ChunkCalls = {},
): Promise<void> {
  const splitter = isJsonLines(file) ? jsonLineSplitter(file, onEntry) : jsonEntrySplitter(file, onEntry);
  const stamps = stampFiles([file]);
  try {
    for await (const chunk of await streamRegular(file, chunkBytes)) {
      throwIfAborted(control.signal);
      beforeChunk?.(chunk as Buffer);
      splitter.push(chunk as Buffer);
      await afterChunk?.();
    }
    splitter.end();
  } catch (error) {
    throwIfAborted(control.signal);
    // What a writer has half written is no fault of the file.
    requireUnchanged(stamps);
    throw pathError(file, error);
  }
  // Lines that are written meanwhile would be among the papers or not, as it happens.
  requireUnchanged(stamps);
}

async function collect<P>(
  file: string,
  needed: ReadonlySet<string> | null,
  parse: (file: string, entry: JsonEntry) => P,
  control: RunControl,
): Promise<PapersRead<P>> {
  // A Map, so that a paper called __proto__ is a paper like any other.
  const papers = new Map<string, P>();
  let entries = 0;
  let repeated = 0;
  await forEachPaperEntry(
    file,
    (entry) => {
      entries += 1;
      if (needed !== null && !needed.has(entry.key)) return;
      if (papers.has(entry.key)) repeated += 1;
      papers.set(entry.key, parse(file, entry));
    },
    control,
  );
  return { papers, entries, repeated };
}

/**
 * Title, abstract and year of an entry.
 * @param fields the entry's fields where they have been parsed already
 * @throws ScidocsError `BAD_INPUT`
 */
export function paperTextOf(file: string, entry: JsonEntry, fields: Fields = fieldsOf(file, entry)): PaperText {
  return textOf(file, entry, fields);
}

/** All of an entry. @throws ScidocsError `BAD_INPUT` */
export function paperOf(file: string, entry: JsonEntry): Paper {
  const fields = fieldsOf(file, entry);
  return {
    ...textOf(file, entry, fields),
    authors: idsOf(file, entry, fields, "authors"),
    citedBy: idsOf(file, entry, fields, "cited_by"),
    references: idsOf(file, entry, fields, "references"),
  };
}

/** What stands in an entry, as it stands there. */
export type Fields = Readonly<Record<string, unknown>>;

function entryError(file: string, entry: JsonEntry, problem: string, cause?: unknown): Error {
  return fileError(file, entry.line, `paper ${printable(entry.key)} (at byte ${entry.offset}): ${problem}`, cause);
}

/** The fields of an entry, not yet checked. @throws ScidocsError `BAD_INPUT` when it is no object */
export function fieldsOf(file: string, entry: JsonEntry): Fields {
  if (!isUtf8(entry.value)) throw entryError(file, entry, "not UTF-8 text");
  const text = valueText(entry.value);
  requireFewParts(text, file, entry.line);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw entryError(file, entry, `broken JSON (${error instanceof Error ? error.message : String(error)})`, error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const hint =
      entry.line === 1 && !isJsonLines(file) ? "; a file of one paper a line is told by its ending, .jsonl" : "";
    throw entryError(file, entry, `expected an object {"title": …, "abstract": …}${hint}`);
  }
  return value as Fields;
}

function textOf(file: string, entry: JsonEntry, fields: Fields): PaperText {
  return {
    id: entry.key,
    title: stringOf(file, entry, fields, "title"),
    abstract: stringOf(file, entry, fields, "abstract"),
    year: yearOf(fields.year),
  };
}

function stringOf(file: string, entry: JsonEntry, fields: Fields, name: string): string | null {
  const value = fields[name] ?? null;
  if (value === null || typeof value === "string") return value;
  throw entryError(
    file,
    entry,
    `"${name}" is of type ${Array.isArray(value) ? "list" : typeof value}, expected text or null`,
  );
}

function idsOf(file: string, entry: JsonEntry, fields: Fields, name: string): readonly string[] {
  const value = fields[name] ?? [];
  if (Array.isArray(value) && value.every((id) => typeof id === "string" || Number.isSafeInteger(id))) {
    return value.map(String);
  }
  throw entryError(file, entry, `"${name}" is not a list of ids, texts or whole numbers that a double holds`);
}

/** The reference parses years given as text; what is no integer ("n.d.") counts as missing, as it does there. */
function yearOf(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return typeof value === "string" && /^\s*[+-]?\d{1,9}\s*$/.test(value) ? Number(value) : null;
}
