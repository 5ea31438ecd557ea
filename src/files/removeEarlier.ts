import { lstatSync } from "node:fs";
import { rm } from "node:fs/promises";

/**
 * Removes a file that an earlier run wrote and that says of others beside it that they belong together, before they are written anew. A link
 * or a device is somebody's own, and stays.
 */
export async function removeEarlier(file: string): Promise<void> {
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === true) await rm(file);
}
