import { rmSync } from "node:fs";

/** Files and folders of this thread that are not whole yet, under their temporary names. */
const unfinished = new Set<string>();

/** Tells of a temporary file or folder that is about to be made. */
export function beginUnfinished(path: string): void {
  unfinished.add(path);
}

/** Tells that it has got its name or been removed, or that it is to stay. */
export function endUnfinished(path: string): void {
  unfinished.delete(path);
}

/** Removes what is not finished, where the process leaves at once: nobody else would. What cannot be removed stays. */
export function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Writes under way may have put something there meanwhile.
    }
  }
  unfinished.clear();
}
