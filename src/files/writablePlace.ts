import { constants, lstatSync, type Stats } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ScidocsError } from "../errors.ts";
import { statsIfThere } from "./isThere.ts";
import { openFileOf, type Target, targetOf } from "./outputTarget.ts";

/**
 * Refuses a path where no file can be written, before the work whose result is to go there. Nothing is made or changed; what happens
 * in between is for the writing to find.
 * @param path with folders that need not be there yet
 * @throws ScidocsError `BAD_INPUT`, saying what is in the way
 */
export async function requireWritable(path: string): Promise<void> {
  const place = resolve(path);
  let target: Target;
  try {
    target = await targetOf(place);
  } catch (cause) {
    // Its name is too long, or its links go in a circle.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ScidocsError("BAD_INPUT", `${path}: cannot be written: ${reason}`, { cause });
  }
  if (target.isFolder) {
    throw new ScidocsError("BAD_INPUT", `${path}: is a folder; name a file, such as ${path.replace(/\/+$/, "")}/NAME`);
  }
  if (openFileOf(place) !== null) return;
  // Devices and pipes are written into, not replaced.
  if (target.isStream) return requireAccess(path, place, constants.W_OK, "takes no bytes");
  for (let folder = dirname(target.file); ; folder = dirname(folder)) {
    const info = await statsIfThere(folder);
    if (info === null && lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      // A disk that is not mounted; no folder can be made under the link's name.
      throw new ScidocsError("BAD_INPUT", `${path}: cannot be written, for ${folder} is a link that leads to nothing`);
    }
    if (info === null && folder !== dirname(folder)) continue;
    if (info === null || !info.isDirectory()) {
      throw new ScidocsError("BAD_INPUT", `${path}: cannot be written, for ${folder} is no folder`);
    }
    await requireAccess(path, folder, constants.W_OK | constants.X_OK, "takes no new files");
    return refuseOthersFile(path, target.file, info);
  }
}

/** In a folder as /tmp is, everybody may make files, and nobody replace those of others. */
async function refuseOthersFile(path: string, file: string, folder: Stats): Promise<void> {
  const user = process.geteuid?.() ?? 0;
  if ((folder.mode & sticky) === 0 || user === 0 || folder.uid === user) return;
  const there = await statsIfThere(file);
  if (there === null || there.uid === user) return;
  throw new ScidocsError("BAD_INPUT", `${path}: cannot be replaced, for it is another user's; name another file`);
}

/** The bit of a folder's mode that says so. */
const sticky = 0o1000;

async function requireAccess(path: string, place: string, mode: number, problem: string): Promise<void> {
  try {
    await access(place, mode);
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? ` (${cause.code})` : "";
    throw new ScidocsError("BAD_INPUT", `${path}: cannot be written, for ${place} ${problem}${reason}`, { cause });
  }
}
