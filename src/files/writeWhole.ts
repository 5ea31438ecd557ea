import { randomBytes } from "node:crypto";
import { createReadStream, statSync, write } from "node:fs";
import { chmod, copyFile, type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { ScidocsError } from "../errors.ts";
import { makeFolder } from "./makeFolder.ts";
import { openFileOf, type Target, targetOf } from "./outputTarget.ts";
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

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

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

/**
 * Gives a file that was made and looked at elsewhere its place, as {@link openWhole} would have.
 * @param made a file on the same disk, where that can be; it is gone afterwards, or is removed with its folder
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written
 */
export async function placeWhole(made: string, path: string): Promise<void> {
  try {
    const { file, mode } = await targetOf(path);
    makeFolder(dirname(file));
    if (mode !== null) await chmod(made, mode).catch(() => {});
    await rename(made, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    if (!isCode(cause, "EBUSY", "EXDEV")) throw cannotWrite(path, cause);
    // A link leads to another disk, or the file is mounted by itself.
    await writeWhole(path, createReadStream(made));
  }
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
    if (!isCode(error, "EBUSY")) throw error;
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
