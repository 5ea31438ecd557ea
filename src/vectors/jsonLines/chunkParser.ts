import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { builtFile } from "../../threads/builtFile.ts";
import { decimalTables, decimalTablesAt } from "./decimalTables.ts";
import { parseVectorLine } from "./vectorLine.ts";

/** An exported variable of the scanner. */
interface Variable {
  readonly value: number;
}

/** The scanner's exports; see `assembly/jsonVectors.ts`. Addresses are bytes of its memory. */
interface Scanner {
  readonly heapBase: () => number;
  readonly setTables: (powers: number, digits: number, shuffles: number) => void;
  readonly openLine: (start: number) => number;
  readonly closeLine: (start: number) => number;
  readonly nextLine: (start: number) => number;
  readonly readVector: (start: number, out: number, capacity: number, wide: boolean) => number;
  readonly idStart: Variable;
  readonly idEnd: Variable;
  readonly arrayStart: Variable;
  readonly cursor: Variable;
  readonly survives: Variable;
}

const atVector = 1;
const lineRead = 2;

/** Bytes that the scanner may read behind the text. */
const padding = 64;
const pageBytes = 65_536;
/** Least growth of the memory: each one makes its views anew. */
const growthBytes = 2 ** 20;

/**
 * A line that cannot be used; `text` is the whole line, from which the complaint can be made once its number in the
 * file is known.
 */
export interface ProblemLine {
  /** Line within the chunk, from 0. */
  readonly line: number;
  readonly text: string;
}

/** What the lines of one chunk hold, up to the first that cannot be used. */
export interface ParsedChunk {
  /** Lines in the chunk. */
  readonly lines: number;
  /** Ids of the kept entries, in file order. */
  readonly ids: string[];
  /** Positions in `ids` of the entries with an empty vector; the others have a row each, in order. */
  readonly emptyAt: number[];
  /** Entries of papers that nobody asked for. */
  readonly unneeded: number;
  /** The rows, one behind the other; a view that the next chunk overwrites. */
  readonly values: Float32Array | Float64Array;
  /**
   * False where a number did not survive as float32 although no wide rows were asked for; the rest of the chunk is then
   * unread.
   */
  readonly survived: boolean;
  readonly problem: ProblemLine | null;
}

/** What a chunk is read for. */
export interface ChunkParserOptions {
  /** Length of every vector. */
  readonly dimensions: number;
  /** Whether rows are float64; else float32. */
  readonly wide: boolean;
  /** The papers to keep; null for all. */
  readonly needed: ReadonlySet<string> | null;
}

/** Reads chunks of whole lines; it owns a WebAssembly memory that grows to the largest chunk. */
export interface ChunkParser {
  /** Room for at least so many bytes of text; what an earlier, smaller room held is kept. */
  readonly room: (byteLength: number) => Uint8Array;
  /** First line feed at or behind a position of the text, or -1. */
  readonly lineFeed: (from: number, end: number) => number;
  /** Reads the lines between two positions of the text; a line feed behind the last one may be missing. */
  readonly parse: (start: number, end: number) => ParsedChunk;
}

/** The scanner's module, compiled once a thread. */
let compiled: WebAssembly.Module | null = null;

/**
 * Opens a reader of JSON-lines chunks. Lines are read by the WebAssembly scanner, and by JavaScript's own parser where
 * the scanner passes: either way every number is what `Number` makes of its text.
 * @throws ScidocsError `NOT_FOUND` when the project has not been built
 */
export function openChunkParser({ dimensions, wide, needed }: ChunkParserOptions): ChunkParser {
  compiled ??= new WebAssembly.Module(readFileSync(builtFile(import.meta.url, "./jsonVectors.wasm")));
  const memory = new WebAssembly.Memory({ initial: 4 });
  let bytes = Buffer.from(memory.buffer);
  const { exports } = new WebAssembly.Instance(compiled, {
    env: { memory, abort: () => {} },
    host: { numberOf: (start: number, end: number) => Number(bytes.toString("latin1", start, end)) },
  });
  const scanner = exports as unknown as Scanner;

  const tables = decimalTables();
  const tablesAt = alignUp(scanner.heapBase());
  const textAt = alignUp(tablesAt + tables.length);
  let rowsAt = textAt;
  bytes.set(tables, tablesAt);
  scanner.setTables(
    tablesAt + decimalTablesAt.powers,
    tablesAt + decimalTablesAt.digits,
    tablesAt + decimalTablesAt.shuffles,
  );

  const reserve = (end: number): void => {
    const missing = end + padding - bytes.length;
    if (missing <= 0) return;
    memory.grow(Math.ceil(Math.max(missing, growthBytes) / pageBytes));
    bytes = Buffer.from(memory.buffer);
  };

  const rowBytes = dimensions * (wide ? 8 : 4);
  const rowsView = (rows: number) =>
    wide
      ? new Float64Array(memory.buffer, rowsAt, rows * dimensions)
      : new Float32Array(memory.buffer, rowsAt, rows * dimensions);

  const parse = (start: number, end: number): ParsedChunk => {
    const ids: string[] = [];
    const emptyAt: number[] = [];
    let unneeded = 0;
    let rows = 0;
    let line = 0;
    let survived = true;
    let problem: ProblemLine | null = null;
    const last = textAt + end;
    // The scanner needs the closing line feed; what lies behind it does not matter.
    if (end > start && bytes[last - 1] !== 0x0a) bytes[last] = 0x0a;
    const isNeeded = (id: string): boolean => needed === null || needed.has(id);

    /** Whether an id is what its bytes say; where they are not UTF-8, different ids could become one. */
    const isWhole = (id: string, from: number, to: number): boolean =>
      !id.includes("\ufffd") || isUtf8(bytes.subarray(from, to));

    /** Keeps a row that has been written at its place, or an empty entry; false for a length that does not fit. */
    const keep = (id: string, length: number): boolean => {
      if (length === 0) emptyAt.push(ids.length);
      else if (length === dimensions) rows++;
      else return false;
      ids.push(id);
      return true;
    };

    let at = textAt + start;
    for (; at < last && survived; line++) {
      reserve(rowsAt + (rows + 1) * rowBytes);
      const rowAt = rowsAt + rows * rowBytes;
      let state = scanner.openLine(at);
      if (state !== 0) {
        const id = bytes.toString("utf8", scanner.idStart.value, scanner.idEnd.value);
        const arrayStart: number = scanner.arrayStart.value;
        const whole = isWhole(id, scanner.idStart.value, scanner.idEnd.value);
        if (whole && isNeeded(id)) {
          let next: number = scanner.cursor.value;
          const length = scanner.readVector(arrayStart, rowAt, dimensions, wide);
          const narrowed: boolean = !scanner.survives.value;
          if (length >= 0 && state === atVector) {
            state = scanner.closeLine(scanner.cursor.value);
            next = scanner.cursor.value;
          }
          if (length >= 0 && state === lineRead && keep(id, length)) {
            if (narrowed && !wide) survived = false;
            at = next;
            continue;
          }
        } else if (whole) {
          const next = state === lineRead ? scanner.cursor.value : scanner.nextLine(arrayStart);
          // Its numbers are not parsed, yet a line that was cut off must not pass for a whole one.
          if (state === lineRead || endsObject(bytes, next - 2)) {
            unneeded++;
            at = next;
            continue;
          }
        }
      }
      // Something that the scanner does not take: this line is read whole, by JavaScript's own parser.
      const next = scanner.nextLine(at);
      const text = bytes.toString("utf8", at, next - 1);
      const entry = isWhole(text, at, next) ? readSlowly(text) : null;
      at = next;
      if (entry !== null && !isNeeded(entry.paperId)) {
        unneeded++;
        continue;
      }
      if (entry === null || !keep(entry.paperId, entry.vector.length)) {
        problem = { line, text };
        break;
      }
      if (entry.vector.length > 0) {
        rowsView(rows).set(entry.vector, (rows - 1) * dimensions);
        if (!wide && entry.vector.some((value) => Math.fround(value) !== value)) survived = false;
      }
    }
    return { lines: line, ids, emptyAt, unneeded, values: rowsView(rows), survived, problem };
  };

  return {
    room: (byteLength) => {
      reserve(textAt + byteLength + padding);
      rowsAt = alignUp(textAt + byteLength + padding);
      return bytes.subarray(textAt, textAt + byteLength);
    },
    lineFeed: (from, end) => bytes.subarray(textAt, textAt + end).indexOf(0x0a, from),
    parse,
  };
}

/** Whether the last thing up to a position, white space aside, is a closing brace. */
function endsObject(bytes: Buffer, position: number): boolean {
  let at = position;
  while (bytes[at] === 0x20 || bytes[at] === 0x0d || bytes[at] === 0x09) at--;
  return bytes[at] === 0x7d;
}

function alignUp(address: number): number {
  return Math.ceil(address / 16) * 16;
}

function readSlowly(text: string): ReturnType<typeof parseVectorLine> | null {
  try {
    return parseVectorLine(text, "", 0);
  } catch {
    // The complaint is made later, when the line's number in the file is known.
    return null;
  }
}
