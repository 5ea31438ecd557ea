import { fileError } from "../errors.ts";
import { refuseLfsPointer } from "./lfsPointer.ts";
import { readRegularSync } from "./regularFile.ts";
import { readTextFile } from "./textFile.ts";
import { decodeText, packedWithGzip } from "./utf8.ts";

/** Lists, objects and keys that a text may hold whatever its length. */
const freeParts = 2 ** 21;
/** Characters that a long text has for each of them, at least; a tokenizer's merges have 10 to 20. */
const charactersAPart = 24;

/**
 * Refuses a text that would be a hundred times as large in memory: an empty object is two characters there and 64 bytes here. Only what makes
 * memory is counted, and what stands in strings with it, which no honest file has so much of.
 * @throws ScidocsError `BAD_INPUT`
 */
export function requireFewParts(text: string, file: string, line: number | null = null): void {
  if (text.length <= freeParts) return;
  const most = freeParts + text.length / charactersAPart;
  let parts = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b || code === 0x3a) parts++;
  }
  if (parts <= most) return;
  throw fileError(
    file,
    line,
    `its ${text.length} characters of JSON hold ${parts} lists, objects and keys, more than a file of its kind`,
  );
}

/**
 * The value that JSON text holds; a byte order mark before it is passed over.
 * @param line of the file, from 1, where the text is one line of several
 * @throws ScidocsError `BAD_INPUT`
 */
export function parseJson(text: string, file: string, line: number | null = null): unknown {
  requireFewParts(text, file, line);
  try {
    return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch (error) {
    if (text.startsWith("\x1f")) throw fileError(file, null, packedWithGzip, error);
    throw fileError(file, line, `is not JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

/** The value that a small JSON file holds. @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` as {@link parseJson} and for what is not UTF-8 */
export async function readJsonFile(file: string): Promise<unknown> {
  return parseJson(await readTextFile(file), file);
}

/** The same at once, for the files of a model. */
export function readJsonFileSync(file: string): unknown {
  refuseLfsPointer(file);
  return parseJson(decodeText(readRegularSync(file), file), file);
}

/** An object that a file of a model must hold. @throws ScidocsError as {@link readJsonFileSync}, and `BAD_INPUT` for another value */
export function readJsonObject(file: string): Record<string, unknown> {
  const value = readJsonFileSync(file);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fileError(file, null, "should hold a JSON object");
  }
  return { ...value };
}
