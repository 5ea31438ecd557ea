import { join } from "node:path";
import { z } from "zod";
import { readRegularFile } from "../../files/regularFile.ts";
import { writeWhole } from "../../files/writeWhole.ts";

/** The file in the target folder that remembers which object each file was pulled from. */
function journalPath(target: string): string {
  return join(target, ".scidocs-pull.json");
}

const journalSchema = z.record(z.string(), z.object({ etag: z.string(), size: z.number(), mtimeMs: z.number() }));
/** What was pulled: path in the dataset to the object's ETag, and size and time of the file as it was left. */
export type PullJournal = ReadonlyMap<string, z.infer<typeof journalSchema>[string]>;

/** Reads the journal; one that is absent or not ours counts as empty, and the files are then proven by their MD5. */
export async function readJournal(target: string): Promise<PullJournal> {
  try {
    const parsed = journalSchema.parse(JSON.parse(await readRegularFile(journalPath(target))));
    return new Map(Object.entries(parsed));
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

/** Opens the journal of a target folder to write on in it. */
export async function openJournal(target: string): Promise<OpenJournal> {
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
