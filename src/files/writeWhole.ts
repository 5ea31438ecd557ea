import { randomBytes } from "node:crypto";
import { lstatSync, statSync, write } from "node:fs";
import { copyFile, type FileHandle, open, readlink, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { ScidocsError } from "../errors.ts";
import { makeFolder } from "./makeFolder.ts";
import { isNotFound } from "./pathError.ts";
import { beginUnfinished, endUnfinished } from "./unfinished.ts";

/** A file under way: `write` as often as needed, then `commit`; `discard` leaves nothing behind. */
export interface PendingFile {
  readonly write: (chunk: string | Uint8Array) => Promise<void>;
  /** Flushes to disk and gives the file its name, replacing what bore it. */
  readonly commit: () => Promise<void>;
  readonly discard: () => Promise<void>;
  /** Removes the file that bears the name now; a link, a pipe and a device stay. */
  readonly removeOld: () => Promise<void>;
}

/** Flushes a folder's entries, so that a rename survives a power cut; some file systems cannot, and do without. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch {
    // Windows and some network file systems refuse to open or sync a folder; the file itself has been synced.
  } finally {
    await handle?.close();
  }
}

function cannotWrite(path: string, cause: unknown): ScidocsError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ScidocsError("BAD_INPUT", `${path}: cannot be written: ${reason}`, { cause });
}

/**
 * Opens a file that appears under its name only when it is whole: written beside its target, synced, then renamed.
 * Missing folders are made. A link stays a link: what it points to is replaced, in its own folder. What is no regular file, as a pipe or
 * `/dev/stdout`, is written to as it is.
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written
 */
export async function openWhole(path: string): Promise<PendingFile> {
  let target: Target;
  try {
    target = await targetOf(path);
    if (target.isFolder) throw new Error("it is a folder");
    if (target.isStream) return await openStream(path);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  const { file, mode } = target;
  const temporary = temporaryName(file);
  let handle: FileHandle;
  try {
    makeFolder(dirname(file));
    beginUnfinished(temporary);
    handle = await open(temporary, "wx");
    // Who may read the old file may read the new one, and nobody else.
    if (mode !== null) await handle.chmod(mode).catch(() => {});
  } catch (cause) {
    endUnfinished(temporary);
    throw cannotWrite(path, cause);
  }
  let isNeeded = false;
  const discard = async (): Promise<void> => {
    await handle.close().catch(() => {});
    if (!isNeeded) await rm(temporary, { force: true });
    endUnfinished(temporary);
  };
  const orDiscard = async (step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (cause) {
      await discard();
      throw cannotWrite(path, cause);
    }
  };
  return {
    write: (chunk) => orDiscard(() => handle.writeFile(chunk)),
    commit: () =>
      orDiscard(async () => {
        await handle.sync();
        await handle.close();
        await replaceFile(temporary, file, () => {
          isNeeded = true;
          endUnfinished(temporary);
        });
        endUnfinished(temporary);
        await syncFolder(dirname(file));
      }),
    discard,
    removeOld: () => rm(file, { force: true }),
  };
}

/** Bytes of a file's name that its temporary name begins with: no name may have more than 255, and on some disks 143. */
const longestStem = 100;

/** A new name beside a file, which says whose it is. */
export function temporaryName(file: string): string {
  const stem = Buffer.from(basename(file)).subarray(0, longestStem).toString().replaceAll("\ufffd", "");
  return join(dirname(file), `${stem}.${randomBytes(6).toString("hex")}.tmp`);
}

/**
 * Gives a temporary file its name. A file that is mounted by itself, as containers have it, keeps its place and takes the bytes.
 * @param onHalf called when it holds neither the old bytes nor the new ones: the temporary file is then all that there is
 */
async function replaceFile(temporary: string, file: string, onHalf: () => void): Promise<void> {
  try {
    await rename(temporary, file);
    return;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EBUSY")) throw error;
  }
  try {
    await copyFile(temporary, file);
    const handle = await open(file, "r+");
    await handle.sync().finally(() => handle.close());
  } catch (cause) {
    onHalf();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${reason}; what was to be written is in ${temporary}`, { cause });
  }
  await rm(temporary, { force: true });
}

/** Where a file's content goes. */
export interface Target {
  /** The place itself, or what a link there points to. */
  readonly file: string;
  /** Whether something is there that is written to and not replaced. */
  readonly isStream: boolean;
  readonly isFolder: boolean;
  /** Permissions of the file that is there; null where there is none. */
  readonly mode: number | null;
}

/** Where what is written to a path goes, links followed. @throws the file system's error, as for links in a circle */
export async function targetOf(path: string): Promise<Target> {
  const place = resolve(path);
  const found = orAbsent(() => statSync(place));
  if (found !== undefined) {
    const isFolder = found.isDirectory();
    if ((!found.isFile() && !isFolder) || openFileOf(place) !== null)
      return { ...nothing, file: place, isStream: true };
    return { file: await realpath(place), isStream: false, isFolder, mode: found.mode & 0o777 };
  }
  // A link to nowhere, whose file is made; a circle of links ends in an error of the system.
  let file = place;
  for (let links = 0; orAbsent(() => lstatSync(file))?.isSymbolicLink() === true; links++) {
    if (links === mostLinks) throw new Error("its links go in a circle");
    file = resolve(dirname(file), await readlink(file));
  }
  return { ...nothing, file };
}

/** What a look says, and undefined where nothing is there, or a file where a folder should be. */
function orAbsent<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

const nothing = { isStream: false, isFolder: false, mode: null };

/** As many as Linux follows. */
const mostLinks = 40;

/** The number of the open file that `/dev/stdout` and its like stand for; null for every other path. */
export function openFileOf(path: string): number | null {
  const place = resolve(path);
  const named = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].indexOf(place);
  if (named !== -1) return named;
  const [, digits] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(place) ?? [];
  return digits === undefined ? null : Number(digits);
}

const writeSome = promisify(write);

/** A file that is open already, as stdout is in `>> FILE`: what stands in it stays, and what is written goes where its next bytes go. */
function openAgain(path: string, descriptor: number): PendingFile {
  return {
    write: async (chunk) => {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      try {
        for (let at = 0; at < bytes.length; ) at += (await writeSome(descriptor, bytes, at)).bytesWritten;
      } catch (cause) {
        throw cannotWrite(path, cause);
      }
    },
    commit: async () => {},
    discard: async () => {},
    removeOld: async () => {},
  };
}

/** A pipe or a device: what is written is gone, so that nothing can be taken back. */
async function openStream(path: string): Promise<PendingFile> {
  const descriptor = openFileOf(path);
  if (descriptor !== null && statSync(path).isFile()) return openAgain(path, descriptor);
  const handle = await open(path, "w");
  const orClose = async (step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (cause) {
      await handle.close().catch(() => {});
      throw cannotWrite(path, cause);
    }
  };
  return {
    write: (chunk) => orClose(() => handle.writeFile(chunk)),
    commit: () => orClose(() => handle.close()),
    discard: () => handle.close().catch(() => {}),
    removeOld: async () => {},
  };
}

/**
 * Writes a file whole or not at all.
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written; an error of the chunks' source passes through, and nothing is left
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const file = await openWhole(path);
  try {
    if (typeof content === "string" || content instanceof Uint8Array) await file.write(content);
    else for await (const chunk of content) await file.write(chunk);
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.commit();
}
