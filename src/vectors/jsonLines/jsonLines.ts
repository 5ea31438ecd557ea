import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { fileError, type ScidocsError, throwIfAborted } from "../../errors.ts";
import { pathError } from "../../files/pathError.ts";
import { isPacked } from "../../files/unpacking.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import type { RunControl } from "../../progress.ts";
import { linesOf } from "../byteSource.ts";
import { tableOfEntries } from "../entries.ts";
import type { ReadVectorsOptions, ReadVectorsResult, WriteVectorsOptions } from "../vectorFile.ts";
import { type VectorTable, vectorAt } from "../vectorTable.ts";
import { readInOrder } from "./jsonLinesInOrder.ts";
import { readWithThreads } from "./jsonLinesThreads.ts";
import { maxLineBytes } from "./loadChunk.ts";
import { parseVectorLine } from "./vectorLine.ts";

/** Starting threads costs more than they save on a smaller file. */
const minThreadedBytes = 2 ** 23;

/** The first vector of a file: it tells the length that all others must have, and mostly whether float32 will do. */
interface FirstVector {
  /** Line, from 1. */
  readonly line: number;
  readonly dimensions: number;
  readonly wide: boolean;
}

async function firstVector(path: string): Promise<FirstVector | null> {
  let line = 0;
  for await (const text of linesOf(path, maxLineBytes)) {
    const { vector } = parseVectorLine(text, path, ++line);
    if (vector.length === 0) continue;
    return { line, dimensions: vector.length, wide: vector.some((value) => Math.fround(value) !== value) };
  }
  if (line === 0) throw fileError(path, null, "is empty: expected one JSON object a line");
  return null;
}

/** The complaint about a line that the readers could not use. */
function lineError(path: string, line: number, text: string, first: FirstVector | null): ScidocsError {
  const { paperId, vector } = parseVectorLine(text, path, line);
  const { length } = vector;
  if (length === 0 || length === first?.dimensions) return fileError(path, line, "is not UTF-8 text");
  return fileError(
    path,
    line,
    `the vector of paper ${paperId} has ${length} numbers where that of line ${first?.line} has ${first?.dimensions}`,
  );
}

/**
 * Reads JSON lines `{"paper_id": id, "embedding": [numbers]}`, plain or packed with gzip. Every number is what
 * JavaScript's `Number` makes of its text; they are kept as float32 where every one survives it, else as float64. Lines
 * of papers that are not needed are passed over once their id is known.
 * @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` with file:line for the first line of the file that cannot be used
 */
export async function readJsonLines(
  path: string,
  options: ReadVectorsOptions = {},
  control: RunControl = {},
): Promise<ReadVectorsResult> {
  const first = await firstVector(path);
  const { size } = await stat(path).catch((error: unknown) => {
    throw pathError(path, error);
  });
  const dimensions = first?.dimensions ?? 0;
  const needed = options.needed ?? null;
  const threads = Math.max(1, options.threads ?? availableParallelism());
  const inOrder = isPacked(path) || size < minThreadedBytes || first === null;
  const read = (wide: boolean) =>
    inOrder
      ? readInOrder(path, size, { dimensions, wide, needed }, control)
      : readWithThreads({ path, size, dimensions, wide, needed, threads }, control);
  let reading = await read(first?.wide ?? false);
  if (reading.kind === "wide") reading = await read(true);
  if (reading.kind === "problem") throw lineError(path, reading.line + 1, reading.text, first);
  if (reading.kind === "wide") throw new Error("float64 rows were too narrow");
  return tableOfEntries(reading.entries);
}

/** Lines of text written at a time. */
const linesAtATime = 32;

/**
 * A vector's numbers, each with the shortest text that reads back as the same double; the minus of a zero is kept, as
 * Python keeps it.
 */
function numbersText(vector: Float32Array | Float64Array): string {
  if (!vector.includes(0)) return vector.join(", ");
  return Array.from(vector, (value) => (Object.is(value, -0) ? "-0.0" : String(value))).join(", ");
}

/** Text of one entry, spaced as Python's json writes it. */
function entryLine(id: string, title: string | undefined, vector: Float32Array | Float64Array): string {
  const titleText = title === undefined ? "" : `"title": ${JSON.stringify(title)}, `;
  return `{"paper_id": ${JSON.stringify(id)}, ${titleText}"embedding": [${numbersText(vector)}]}\n`;
}

async function* textOf(table: VectorTable, options: WriteVectorsOptions, control: RunControl): AsyncGenerator<string> {
  const total = table.ids.length;
  let lines: string[] = [];
  for (const [row, id] of table.ids.entries()) {
    lines.push(entryLine(id, options.titles?.get(id), vectorAt(table, row)));
    if (lines.length < linesAtATime) continue;
    throwIfAborted(control.signal);
    yield lines.join("");
    lines = [];
    control.onProgress?.({ stage: "writing vectors", done: row + 1, total, unit: "papers" });
  }
  const none = new Float32Array(0);
  for (const id of table.emptyIds) lines.push(entryLine(id, options.titles?.get(id), none));
  yield lines.join("");
}

/**
 * Writes JSON lines as the reference's embedding command does, packed if the name ends in `.gz`; papers with an empty
 * vector come last.
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written, `INTERRUPTED` when stopped; nothing is left then
 */
export async function writeJsonLines(
  path: string,
  table: VectorTable,
  options: WriteVectorsOptions = {},
  control: RunControl = {},
): Promise<void> {
  const text = textOf(table, options, control);
  await writeWhole(path, isPacked(path) ? pipeline(Readable.from(text), createGzip(), () => {}) : text);
}
