import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ScidocsError } from "../errors.ts";
import { makeFolder } from "./makeFolder.ts";

/** A file under way: `write` as often as needed, then `commit`; `discard` leaves nothing behind. */
export interface PendingFile {
  readonly write: (chunk: string | Uint8Array) => Promise<void>;
  /** Flushes to disk and gives the file its name, replacing what bore it. */
  readonly commit: () => Promise<void>;
  readonly discard: () => Promise<void>;
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
 * Missing folders are made.
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written
 */
export async function openWhole(path: string): Promise<PendingFile> {
  const target = resolve(path);
  const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`;
  let handle: FileHandle;
  try {
    makeFolder(dirname(target));
    handle = await open(temporary, "wx");
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  const discard = async (): Promise<void> => {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
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
        await rename(temporary, target);
        await syncFolder(dirname(target));
      }),
    discard,
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
