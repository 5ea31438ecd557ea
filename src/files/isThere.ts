import { statSync } from "node:fs";
import { isNotFound, pathError } from "./pathError.ts";

/**
 * Whether there is something at a path, where links lead to something. Node's `existsSync` says no as well where the disk fails or
 * nobody may look, and a file that is optional would be left out without a word.
 * @throws ScidocsError `BAD_INPUT` where it cannot be told
 */
export function isThere(path: string): boolean {
  // No file has such a name.
  if (path.includes("\0")) return false;
  try {
    statSync(path);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    if (error instanceof Error && "code" in error && error.code === "ENAMETOOLONG") return false;
    throw pathError(path, error);
  }
}
