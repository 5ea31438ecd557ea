import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ScidocsError } from "../errors.ts";
import { statsIfThere } from "./isThere.ts";
import { isNotFound, pathError } from "./pathError.ts";
import { openFileOf } from "./writeWhole.ts";

/**
 * Refuses a path where no file can be written, before the work whose result is to go there. Nothing is made or changed; what happens
 * in between is for the writing to find.
 * @param path with folders that need not be there yet
 * @throws ScidocsError `BAD_INPUT`, saying what is in the way
 */
export async function requireWritable(path: string): Promise<void> {
  const target = resolve(path);
  const there = await statsIfThere(target);
  if (there?.isDirectory()) {
    throw new ScidocsError("BAD_INPUT", `${path}: is a folder; name a file, such as ${path.replace(/\/+$/, "")}/NAME`);
  }
  if (openFileOf(target) !== null) return;
  // Devices and pipes are written into, not replaced.
  if (there !== null && !there.isFile()) return requireAccess(path, target, constants.W_OK, "takes no bytes");
  for (let folder = dirname(target); ; folder = dirname(folder)) {
    const info = await statsIfThere(folder);
    if (info === null && folder !== dirname(folder)) continue;
    if (info === null || !info.isDirectory()) {
      throw new ScidocsError("BAD_INPUT", `${path}: cannot be written, for ${folder} is no folder`);
    }
    return requireAccess(path, folder, constants.W_OK | constants.X_OK, "takes no new files");
  }
}

async function requireAccess(path: string, place: string, mode: number, problem: string): Promise<void> {
  try {
    await access(place, mode);
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? ` (${cause.code})` : "";
    throw new ScidocsError("BAD_INPUT", `${path}: cannot be written, for ${place} ${problem}${reason}`, { cause });
  }
}

/**
 * Refuses an output that is one of the inputs, under whatever name.
 * @throws ScidocsError `USAGE`
 */
export async function refuseOverwriting(output: string, inputs: readonly string[]): Promise<void> {
  const real = (path: string): Promise<string> =>
    realpath(path).catch((error: unknown) => {
      if (isNotFound(error)) return resolve(path);
      throw pathError(path, error);
    });
  const target = await real(output);
  for (const input of inputs) {
    if ((await real(input)) !== target) continue;
    throw new ScidocsError("USAGE", `${output}: is one of the files to be read; name another for the output`);
  }
}
