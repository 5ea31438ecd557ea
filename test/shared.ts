import { existsSync } from "node:fs";
import { join } from "node:path";

/** The optional folder of goldens beside the repository. Tests that need it skip, with a message, where it is absent. */
const folder = join(import.meta.dirname, "../../shared");

/** True where the golden files are there. */
export const hasShared = existsSync(join(folder, "goldens"));
if (!hasShared) console.warn("../shared is not there: tests against its goldens are skipped");

/** Path of a file below `../shared`. */
export function sharedPath(relative: string): string {
  return join(folder, relative);
}
