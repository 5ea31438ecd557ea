import { join } from "node:path";
import type { RunControl } from "../progress.ts";
import type { DataFolder } from "./dataset.ts";
import { readPaperTexts } from "./papers.ts";

/**
 * Titles of papers from whichever metadata files the dataset has; a paper without a title has no entry. The files are
 * looked through in the dataset's order and left as soon as nothing is wanted any more.
 * @throws ScidocsError `BAD_INPUT` for a broken metadata file, `INTERRUPTED`
 */
export async function readTitles(
  dataset: DataFolder,
  ids: ReadonlySet<string>,
  control: RunControl = {},
): Promise<Map<string, string>> {
  const titles = new Map<string, string>();
  for (const name of dataset.metadataFiles) {
    if (!dataset.files.has(name)) continue;
    const wanted = new Set([...ids].filter((id) => !titles.has(id)));
    if (wanted.size === 0) break;
    const { papers } = await readPaperTexts(join(dataset.folder, name), wanted, control);
    for (const [id, paper] of papers) if (paper.title !== null && paper.title !== "") titles.set(id, paper.title);
  }
  return titles;
}
