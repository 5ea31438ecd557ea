import { ScidocsError } from "../errors.ts";
import { parseExactJson } from "../files/exactJson.ts";
import { requireUnchanged, stampFiles } from "../files/fileStamps.ts";
import { readRegularFile } from "../files/regularFile.ts";
import { writeWhole } from "../files/writeWhole.ts";
import { unlike } from "../forms.ts";
import { requireOneMeaning } from "./contradictions.ts";
import { type AnyRecord, migrate } from "./migrations.ts";
import { recordForm } from "./recordForm.ts";
import type { RunRecord } from "./schema.ts";
import { schemaVersion } from "./schemaVersion.ts";

/** The largest record of a whole run has some 60 MB. */
const longestRecord = 256 * 2 ** 20;

/** Values in the lists of a record, at most, and texts among them; one of full size has some millions. In memory each takes more than in the file. */
const mostValues = 2 ** 24;
const mostTexts = 2 ** 22;

/** @throws ScidocsError `BAD_INPUT` for lists that would be many times as large in memory as in the file */
function requireFewValues(text: string, path: string): void {
  if (text.length <= 2 * mostTexts) return;
  const values = countOf(",", text);
  if (values > mostValues) {
    throw new ScidocsError("BAD_INPUT", `${path}: its lists hold ${values} values, more than a run record`);
  }
  const texts = countOf('"', text) / 2;
  if (texts > mostTexts)
    throw new ScidocsError("BAD_INPUT", `${path}: it holds ${texts} texts, more than a run record`);
}

function countOf(sign: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) count++;
  return count;
}

/**
 * Reads and checks a run record.
 * @throws ScidocsError `NOT_FOUND` when the file is missing, `BAD_INPUT` when it is no record, of a newer version, or contradicts itself
 */
export async function readRecord(path: string): Promise<RunRecord> {
  let text: string;
  try {
    const stamps = stampFiles([path]);
    text = await readRegularFile(path, longestRecord);
    requireUnchanged(stamps);
  } catch (cause) {
    if (cause instanceof ScidocsError && cause.code !== "NOT_FOUND") throw cause;
    throw new ScidocsError("NOT_FOUND", `${path}: cannot be read; a run record is what scidocs run -o writes`, {
      cause,
    });
  }
  return recordFrom(text, path);
}

/** The record that a text is. See {@link readRecord} for its errors; `path` is for messages only. */
function recordFrom(text: string, path: string): Promise<RunRecord> {
  requireFewValues(text, path);
  return parseRecord(parseExactJson(text, path), path);
}

/** Checks a parsed record; `path` is for messages only. See {@link readRecord} for its errors. */
export async function parseRecord(value: unknown, path: string): Promise<RunRecord> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ScidocsError("BAD_INPUT", `${path}: is not a run record (it is no JSON object)`);
  }
  const record = await takeRecord(migrate(value as AnyRecord, path, schemaVersion), path);
  requireOneMeaning(path, record);
  return record;
}

/** Values of a list or an object that are looked at to say what is wrong. */
const mostShown = 2000;

/** The same value with the beginning of its long lists and objects. */
function shortened(whole: unknown): { readonly value: unknown; readonly isCut: boolean } {
  let isCut = false;
  const few = <T>(values: readonly T[]): readonly T[] => {
    isCut ||= values.length > mostShown;
    return values.slice(0, mostShown);
  };
  const short = (value: unknown): unknown => {
    if (Array.isArray(value)) return few(value).map(short);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(few(Object.entries(value)).map(([key, inner]) => [key, short(inner)]));
  };
  return { value: short(whole), isCut };
}

async function takeRecord(current: AnyRecord, path: string): Promise<RunRecord> {
  const taken = recordForm(current);
  if (taken !== unlike) return taken as RunRecord;
  // The schema knows what is wrong. Making it takes longer than all else that a small command does.
  const { runRecordSchema } = await import("./schema.ts");
  // It tells of everything that is wrong, in a kilobyte each: the first of a list's values say enough.
  const short = shortened(current);
  const parsed = runRecordSchema.safeParse(short.value);
  if (parsed.success && !short.isCut) return parsed.data;
  if (parsed.success) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${path}: is not a valid run record: a value far down in one of its lists is wrong`,
    );
  }
  const problems = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "record"}: ${issue.message}`);
  throw new ScidocsError("BAD_INPUT", `${path}: is not a valid run record: ${problems.join("; ")}`);
}

/**
 * Writes a record whole or not at all. Lists of numbers stay on one line, so that a full-size record can still be read by eye.
 * @throws ScidocsError `BAD_INPUT` for a record that {@link readRecord} would refuse: numbers that are none become null in a file, and
 *   scores that were changed by hand no longer follow from their rows
 */
export async function writeRecord(path: string, record: RunRecord): Promise<void> {
  const text = recordText(record);
  if (Buffer.byteLength(text) > longestRecord) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${path}: the record is larger than the ${longestRecord} bytes that are read again`,
    );
  }
  await recordFrom(text, path);
  await writeWhole(path, text);
}

/** The record as JSON text: two levels indented, everything deeper on one line. */
export function recordText(record: RunRecord): string {
  const text = (value: unknown, depth: number): string => {
    if (depth === 0 || value === null || typeof value !== "object" || Array.isArray(value))
      return JSON.stringify(value);
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    if (entries.length === 0) return "{}";
    const pad = "  ".repeat(5 - depth);
    const lines = entries.map(([key, inner]) => `${pad}${JSON.stringify(key)}: ${text(inner, depth - 1)}`);
    return `{\n${lines.join(",\n")}\n${"  ".repeat(4 - depth)}}`;
  };
  return `${text(record, 4)}\n`;
}
