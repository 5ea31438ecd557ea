import { createRequire } from "node:module";
import { fileError } from "../errors.ts";

/** One row of a CSV file. */
export interface CsvRow {
  readonly fields: readonly string[];
  /** Line on which it starts, from 1. */
  readonly line: number;
}

/**
 * Splits CSV text into rows; quoted fields may hold commas and line ends. A line end after the last row is optional.
 * @throws ScidocsError `BAD_INPUT` with file:line for broken quotes
 */
export function csvRows(text: string, file: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  let read = 0;
  // Loaded with the first file to be read: most commands that show records read none.
  const Papa = createRequire(import.meta.url)("papaparse") as typeof import("papaparse");
  Papa.parse<string[]>(text, {
    delimiter: ",",
    skipEmptyLines: false,
    step: ({ data, errors, meta }) => {
      const [error] = errors;
      if (error !== undefined) throw fileError(file, line, `broken CSV: ${error.message}`);
      // The empty text after the last line end is no row.
      if (!(read === text.length || (data.length === 1 && data[0] === "" && meta.cursor >= text.length))) {
        rows.push({ fields: data, line });
      }
      line += lineEnds(text, read, meta.cursor);
      read = meta.cursor;
    },
  });
  return rows;
}

/**
 * Refuses a header that has the known names at other places: columns go by position, and ids and labels may both be whole numbers.
 * @throws ScidocsError `BAD_INPUT`
 */
export function requireColumns(header: readonly string[], names: readonly string[], file: string): void {
  const moved = names.find((name, place) => header[place] !== name && header.includes(name));
  if (moved === undefined) return;
  throw fileError(
    file,
    1,
    `the column ${moved} is not column ${names.indexOf(moved) + 1}: expected ${names.join(",")} in this order, with nothing before them`,
  );
}

function lineEnds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at !== -1 && at < to; at = text.indexOf("\n", at + 1)) count += 1;
  // Old Macintosh files end their lines in a carriage return alone.
  if (count === 0)
    for (let at = text.indexOf("\r", from); at !== -1 && at < to; at = text.indexOf("\r", at + 1)) count += 1;
  return count;
}
