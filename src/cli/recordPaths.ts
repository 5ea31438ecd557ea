import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ScidocsError } from "../errors.ts";
import { statsIfThere } from "../files/isThere.ts";
import { readRegularFile } from "../files/regularFile.ts";
import { printable } from "../printable.ts";
import { readRecord } from "../results/record.ts";
import type { RunRecord } from "../results/schema.ts";
import type { CliContext } from "./context.ts";

/** Files that are no records of which each is told with its reason. */
const mostTold = 10;

/**
 * The records that paths name: files, and folders for the records in them. The file of published rows that lies among records is passed
 * over, and so is what else a folder holds; both are said on stderr.
 * @throws ScidocsError as {@link readRecord} for a named file that is no record, `NOT_FOUND` when there is no record at all
 */
export async function readRecords(paths: readonly string[], context: CliContext): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  const passedOver: string[] = [];
  for (const path of paths) {
    const isFolder = (await statsIfThere(path))?.isDirectory() ?? false;
    for (const file of isFolder ? await jsonFilesOf(path) : [path]) {
      const record = await readRecord(file).catch(async (error: unknown) => {
        if (!(error instanceof ScidocsError) || error.code === "INTERRUPTED") throw error;
        if (!isFolder && !(await holdsPublishedRows(file))) throw error;
        passedOver.push(printable(error.message, 200));
        return null;
      });
      if (record !== null) records.push(record);
    }
  }
  for (const problem of passedOver.slice(0, mostTold)) context.stderr(`passed over: ${problem}\n`);
  const more = passedOver.length - mostTold;
  if (more > 0) context.stderr(`passed over: ${more} more files that are no run records\n`);
  if (records.length === 0) {
    throw new ScidocsError("NOT_FOUND", `no run record in ${paths.join(", ")}; scidocs run -o writes them`);
  }
  return records;
}

async function jsonFilesOf(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /\.json$/i.test(name));
  return names.sort().map((name) => join(folder, name));
}

/** Bytes of a list of published rows, at most. */
const longestPublished = 2 ** 24;

/** Whether a file is a list of published rows, as `results/published.json` is. */
async function holdsPublishedRows(file: string): Promise<boolean> {
  try {
    const value: unknown = JSON.parse(await readRegularFile(file, longestPublished));
    return typeof value === "object" && value !== null && "rows" in value && Array.isArray(value.rows);
  } catch {
    return false;
  }
}
