import { basename } from "node:path";
import { fileError } from "../errors.ts";
import { isOptionalThere } from "../files/isThere.ts";
import { parseJson } from "../files/jsonFile.ts";
import { repeatedKey } from "../files/repeatedKey.ts";
import { readTextFile } from "../files/textFile.ts";
import { fields, list, mayBeMissing, text, unlike } from "../forms.ts";
import { printable } from "../printable.ts";

/** Whose vectors the rows of a binary file are. */
export interface PaperIds {
  /** Where they stand, for messages. */
  readonly where: string;
  /** Paper of each row. */
  readonly ids: readonly string[];
  /** Papers with an empty vector; they have no row. */
  readonly emptyIds: readonly string[];
}

/** A form and no schema, which would tell of each of millions that are wrong. */
const idsForm = fields({ paper_ids: list(text), empty_paper_ids: mayBeMissing(list(text)) });

interface IdsFile {
  readonly paper_ids: readonly string[];
  readonly empty_paper_ids?: readonly string[];
}

/** The file beside `name.npy` or `name.safetensors` that says whose rows they are: `name.ids.json`. */
export function idsFileOf(path: string): string {
  return `${path.replace(/\.[^./\\]+$/, "")}.ids.json`;
}

/** The files that may say it, one of which is read. */
export function idsFilesOf(path: string): string[] {
  const file = idsFileOf(path);
  return [file, file.replace(/json$/, "txt")];
}

/** Text of an ids file. */
export function idsText({ ids, emptyIds }: Pick<PaperIds, "ids" | "emptyIds">): string {
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
  const hasText = isOptionalThere(textFile);
  if (!isOptionalThere(jsonFile)) {
    return hasText ? { where: basename(textFile), ids: await readLines(textFile), emptyIds: [] } : null;
  }
  if (hasText)
    throw fileError(jsonFile, null, `${textFile} is there too: remove the one that does not belong to ${path}`);
  const json = await readTextFile(jsonFile);
  const value = parseJson(json, jsonFile);
  const twice = repeatedKey(json);
  if (twice !== null)
    throw fileError(jsonFile, null, `has ${printable(twice)} twice: which one is meant cannot be told`);
  const taken = idsForm(value);
  if (taken === unlike) throw fileError(jsonFile, null, 'expected {"paper_ids": [id, …]} with every id a text');
  const { paper_ids: ids, empty_paper_ids: emptyIds = [] } = taken as IdsFile;
  return { where: basename(jsonFile), ids, emptyIds };
}

async function readLines(file: string): Promise<string[]> {
  const lines = (await readTextFile(file)).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const blank = lines.indexOf("");
  if (blank >= 0) throw fileError(file, blank + 1, "blank line where a paper id should be");
  return lines;
}

/**
 * Requires an id for every row, and a row for every id.
 * @throws ScidocsError `BAD_INPUT` with both counts
 */
export function requireIdOfEachRow(path: string, rows: number, papers: PaperIds | null): asserts papers is PaperIds {
  const jsonFile = idsFileOf(path);
  if (papers === null) {
    const textFile = jsonFile.replace(/json$/, "txt");
    const what = `has ${rows} rows and no paper ids: whose rows are these?`;
    throw fileError(
      path,
      null,
      `${what} Put ${jsonFile} ({"paper_ids": [id, …]}) or ${textFile} (one id a line) beside it`,
    );
  }
  const { where, ids } = papers;
  if (ids.length === rows) return;
  const heading =
    ids.length === rows + 1 && /^(paper_?)?ids?$/i.test(ids[0] ?? "")
      ? `; its first, "${ids[0]}", looks like a heading`
      : "";
  throw fileError(
    path,
    null,
    `has ${rows} rows, but ${where} has ${ids.length} paper ids${heading}; they must come from the same run`,
  );
}
