import { basename } from "node:path";
import type { ReadVectorsResult } from "./vectorFile.ts";

/** What a reader of vector files should be told of how they were read: one sentence each. */
export function readingNotes({ notes = [], replacedEntries }: ReadVectorsResult, paths: readonly string[]): string[] {
  if (replacedEntries === 0) return [...notes];
  const names = paths.map((path) => basename(path)).join(", ");
  return [...notes, `${replacedEntries} vectors in ${names} were replaced by a later one of the same paper.`];
}
