import { lstatSync, statSync } from "node:fs";
import { readlink, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isNotFound } from "./pathError.ts";

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
