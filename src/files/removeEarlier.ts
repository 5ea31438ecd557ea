import { lstatSync } from "node:fs";
import { rm } from "node:fs/promises";
import { ScidocsError } from "../errors.ts";

/**
 * Removes a file that an earlier run wrote and that says of others beside it that they belong together, before they are written anew. A link
 * or a device is somebody's own, and stays.
 * @throws ScidocsError `BAD_INPUT` where it cannot be removed
 */
export async function removeEarlier(file: string): Promise<void> {
  try {
    if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === true) await rm(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ScidocsError("BAD_INPUT", `${file}: cannot be removed to be written anew (${reason})`, { cause });
  }
}
