import { lstatSync, type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { fileError } from "../errors.ts";
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
 * Whether an optional file is there by which something else is to be read or done. A link to nothing says that it should be, as in a folder
 * of links of which a download was stopped: to go on without it would be to do something else.
 * @throws ScidocsError `BAD_INPUT` for such a link, and as {@link isThere}
 */
export function isOptionalThere(path: string): boolean {
  if (isThere(path)) return true;
  if (!isLink(path)) return false;
  throw fileError(path, null, "is a link to something that is not there; complete it, or remove the link");
}

function isLink(path: string): boolean {
  if (path.includes("\0")) return false;
  try {
    return lstatSync(path).isSymbolicLink();
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
