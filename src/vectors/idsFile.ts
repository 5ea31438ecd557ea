import { z } from "zod";
import { fileError } from "../errors.ts";
import { isThere } from "../files/isThere.ts";
import { readJsonFile } from "../files/jsonFile.ts";
import { readTextFile } from "../files/textFile.ts";

/** Whose vectors the rows of a binary file are. */
export interface PaperIds {
  /** Paper of each row. */
  readonly ids: readonly string[];
  /** Papers with an empty vector; they have no row. */
  readonly emptyIds: readonly string[];
}

const idsSchema = z.object({ paper_ids: z.array(z.string()), empty_paper_ids: z.array(z.string()).default([]) });

/** The file beside `name.npy` or `name.safetensors` that says whose rows they are: `name.ids.json`. */
export function idsFileOf(path: string): string {
  return `${path.replace(/\.[^./\\]+$/, "")}.ids.json`;
}

/** Text of an ids file. */
export function idsText({ ids, emptyIds }: PaperIds): string {
  return `${JSON.stringify({ paper_ids: ids, empty_paper_ids: emptyIds })}\n`;
}

/**
 * Reads the ids of a vector file's rows: `name.ids.json` as {@link idsText} writes it, or a plain `name.ids.txt` with
 * one id a line.
 * @returns null when there is neither
 * @throws ScidocsError `BAD_INPUT` for a malformed file, and when both are there (one of them may be of an older run)
 */
export async function readIdsFile(path: string): Promise<PaperIds | null> {
  const jsonFile = idsFileOf(path);
  const textFile = jsonFile.replace(/json$/, "txt");
  const hasText = isThere(textFile);
  if (!isThere(jsonFile)) return hasText ? { ids: await readLines(textFile), emptyIds: [] } : null;
  if (hasText)
    throw fileError(jsonFile, null, `${textFile} is there too: remove the one that does not belong to ${path}`);
  const parsed = idsSchema.safeParse(await readJsonFile(jsonFile));
  if (!parsed.success)
    throw fileError(jsonFile, null, `expected {"paper_ids": [id, …]}: ${z.prettifyError(parsed.error)}`);
  return { ids: parsed.data.paper_ids, emptyIds: parsed.data.empty_paper_ids };
}

async function readLines(file: string): Promise<string[]> {
  const lines = (await readTextFile(file)).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const blank = lines.indexOf("");
  if (blank >= 0) throw fileError(file, blank + 1, "blank line where a paper id should be");
  return lines;
}

/** The complaint about rows that nobody can be found for. */
export function noIdsError(path: string) {
  const jsonFile = idsFileOf(path);
  return fileError(
    path,
    null,
    `whose rows are these? Put ${jsonFile} ({"paper_ids": [id, …]}) or ${jsonFile.replace(/json$/, "txt")} (one id a line) beside it`,
  );
}

/** The complaint about another number of ids than of rows. */
export function idCountError(path: string, rows: number, ids: number) {
  return fileError(path, null, `has ${rows} rows but ${ids} paper ids; they must come from the same run`);
}
