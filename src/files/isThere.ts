import { type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { isNotFound, pathError } from "./pathError.ts";

// No file has a name that is too long, or one with a zero byte in it.
const isAbsence = (error: unknown): boolean =>
  isNotFound(error) || (error instanceof Error && "code" in error && error.code === "ENAMETOOLONG");

/**
 * Whether there is something at a path, where links lead to something. Node's `existsSync` says no as well where the disk fails or
 * nobody may look, and a file that is optional would be left out without a word.
 * @throws ScidocsError `BAD_INPUT` where it cannot be told
 */
export function isThere(path: string): boolean {
  if (path.includes("\0")) return false;
  try {
    statSync(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw pathError(path, error);
  }
}

/**
 * What is at a path, where links lead to something; null where nothing is.
 * @throws ScidocsError as {@link isThere}
 */
export async function statsIfThere(path: string): Promise<Stats | null> {
  if (path.includes("\0")) return null;
  try {
    return await stat(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw pathError(path, error);
  }
}
