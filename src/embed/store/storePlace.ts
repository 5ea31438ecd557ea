import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileError, ScidocsError } from "../../errors.ts";
import { freeBytes } from "../../files/freeSpace.ts";
import { isThere } from "../../files/isThere.ts";
import { isNotFound, pathError } from "../../files/pathError.ts";
import { segmentExtension } from "./segmentWriter.ts";

/** How the name of a store's folder ends. */
const storeExtension = ".store";

/** Where the vectors of one fingerprint are kept. */
export interface StorePlace {
  /** The folder of the segments; it need not be there. */
  readonly folder: string;
  /** A segment beside it that is read and never written: a store of earlier versions, or one that was merged. */
  readonly file: string;
  /** Whether the user named that file, so that it must be what she thinks. */
  readonly isFileNamed: boolean;
}

/**
 * Where a fingerprint's vectors lie.
 * @param place a folder, which holds a store a fingerprint; one such store; or a file with vectors
 */
export function storePlace(place: string, fingerprint: string): StorePlace {
  const stats = statSync(place, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isDirectory()) return besides(place, true);
  if (stats !== undefined && place.replace(/[/\\]+$/, "").endsWith(storeExtension)) {
    const folder = resolve(place);
    return { folder, file: folder.slice(0, -storeExtension.length) + segmentExtension, isFileNamed: false };
  }
  return besides(join(place, `${fingerprint.slice(0, 16)}${segmentExtension}`), false);
}

function besides(file: string, isFileNamed: boolean): StorePlace {
  const stem = file.endsWith(segmentExtension) ? file.slice(0, -segmentExtension.length) : file;
  return { folder: `${stem}${storeExtension}`, file, isFileNamed };
}

/** Whether anything is stored at a place. */
export function isStored({ folder, file }: StorePlace): boolean {
  return isThere(folder) || isThere(file);
}

/**
 * Paths of a store's segments, in no order that means anything.
 * @throws ScidocsError `BAD_INPUT` when the folder cannot be read, or is none
 */
export function segmentPaths({ folder, file }: StorePlace): string[] {
  const beside = isThere(file) ? [file] : [];
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(segmentExtension));
    return [...beside, ...names.sort().map((name) => join(folder, name))];
  } catch (error) {
    if (!isNotFound(error)) throw pathError(folder, error);
    if (isThere(folder)) throw fileError(folder, null, "is in the way of a store, which is a folder");
    return beside;
  }
}

/** Bytes that so many more vectors take in a store, about. */
export function storeBytesFor(count: number, dimensions: number): number {
  // A record's entry has 75 bytes beside its vector, with a 40-character paper id; a job names each key once.
  return count === 0 ? 0 : count * (4 * dimensions + 75 + 32) + 1024;
}

/**
 * Checks that the disk behind a path has room, where it tells; what the path names need not be there yet.
 * @throws ScidocsError `UNAVAILABLE` naming what is needed and what is there
 */
export async function requireSpace(path: string, bytes: number): Promise<void> {
  const folder = dirname(resolve(path));
  const free = await freeBytes(folder);
  if (free === null || free >= bytes) return;
  const mib = (value: number): string => `${(value / 2 ** 20).toFixed(1)} MiB`;
  throw new ScidocsError(
    "UNAVAILABLE",
    `${folder}: the vectors need ${mib(bytes)} and the disk has ${mib(free)}; free some, or keep them elsewhere with --store DIR`,
  );
}
