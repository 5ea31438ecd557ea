import { lstatSync } from "node:fs";
import { join } from "node:path";
import { fileError } from "../../errors.ts";
import { parseJson } from "../../files/jsonFile.ts";
import { readRegularFile } from "../../files/regularFile.ts";
import { writeWhole } from "../../files/writeWhole.ts";

/** The file in the target folder that remembers which object each file was pulled from. */
function journalPath(target: string): string {
  return join(target, ".scidocs-pull.json");
}

/** What is remembered of one file. */
interface Pulled {
  readonly etag: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** What was pulled: path in the dataset to the object's ETag, and size and time of the file as it was left. */
export type PullJournal = ReadonlyMap<string, Pulled>;

/** Bytes of the longest journal that is read: a listing has no more keys than would fill it. */
const longest = 4 * 2 ** 20;

function isPulled(value: unknown): value is Pulled {
  if (typeof value !== "object" || value === null) return false;
  const { etag, size, mtimeMs } = { etag: null, size: null, mtimeMs: null, ...value };
  return typeof etag === "string" && typeof size === "number" && typeof mtimeMs === "number";
}

/** Reads the journal; one that is absent or not ours counts as empty, and the files are then proven by their MD5. */
export async function readJournal(target: string): Promise<PullJournal> {
  const path = journalPath(target);
  try {
    const value = parseJson(await readRegularFile(path, longest), path);
    if (typeof value !== "object" || value === null) return new Map();
    const entries = Object.entries(value);
    return entries.every((entry): entry is [string, Pulled] => isPulled(entry[1])) ? new Map(entries) : new Map();
  } catch {
    return new Map();
  }
}

/** The journal as it grows: which object each file is, so that the next pull need not read it. */
export interface OpenJournal {
  readonly has: (path: string) => boolean;
  readonly remember: (path: string, etag: string, file: { readonly size: number; readonly mtimeMs: number }) => void;
  /** Resolves when all that was remembered is on the disk. */
  readonly written: () => Promise<void>;
}

/**
 * Opens the journal of a target folder to write on in it.
 * @throws ScidocsError `BAD_INPUT` where a link stands in its place: it would be written wherever that leads
 */
export async function openJournal(target: string): Promise<OpenJournal> {
  if (lstatSync(journalPath(target), { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw fileError(journalPath(target), null, "is a link, where a pull keeps its notes; delete it");
  }
  const entries = new Map(await readJournal(target));
  const write = async (): Promise<void> => {
    const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
    await writeWhole(journalPath(target), `${JSON.stringify(Object.fromEntries(sorted), null, 1)}\n`);
  };
  // One write at a time, each with all that came while the last one ran.
  let writing: Promise<void> | null = null;
  let isBehind = false;
  const writeAll = async (): Promise<void> => {
    while (isBehind) {
      isBehind = false;
      await write();
    }
    writing = null;
  };
  return {
    has: (path) => entries.has(path),
    remember: (path, etag, { size, mtimeMs }) => {
      entries.set(path, { etag, size, mtimeMs });
      isBehind = true;
      writing ??= writeAll();
      // Whoever waits for `written` is told; until then a failure is nobody's.
      writing.catch(() => {});
    },
    written: async () => {
      await writing;
    },
  };
}
