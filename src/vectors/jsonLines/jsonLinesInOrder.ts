import { throwIfAborted } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";
import { longLineError, piecesOf } from "../byteSource.ts";
import { type ChunkParserOptions, openChunkParser } from "./chunkParser.ts";
import { growingBlock, growTo, rowsOf } from "./growingBlock.ts";
import type { Reading } from "./jsonLinesThreads.ts";
import { maxLineBytes } from "./loadChunk.ts";

/** Text gathered before it is parsed: some milliseconds of work, so the calling thread stays responsive. */
const chunkBytes = 2 ** 22;

/**
 * Reads a JSON-lines file, packed with gzip or not, from start to end in the calling thread: for small files, and for
 * packed ones, whose unpacking takes longer than their parsing.
 * @param total bytes of the file as it lies on the disk, for progress
 * @throws ScidocsError `NOT_FOUND` or `BAD_INPUT` when the file cannot be read, `INTERRUPTED` when stopped
 */
export async function readInOrder(
  path: string,
  total: number,
  options: ChunkParserOptions,
  control: RunControl = {},
): Promise<Reading> {
  const { dimensions, wide } = options;
  const parser = openChunkParser(options);
  const block = growingBlock();
  const ids: string[] = [];
  const emptyAt: number[] = [];
  let unneededEntries = 0;
  let length = 0;
  let lines = 0;

  /** Takes in the whole lines at the start of the parser's room; what stops the reading is returned. */
  const take = (end: number): Reading | null => {
    const parsed = parser.parse(0, end);
    if (parsed.problem !== null) {
      return { kind: "problem", line: lines + parsed.problem.line, text: parsed.problem.text };
    }
    if (!parsed.survived) return { kind: "wide" };
    const { values } = parsed;
    const firstByte = length * values.BYTES_PER_ELEMENT;
    growTo(block, firstByte + values.byteLength);
    rowsOf(block, wide, firstByte, values.length).set(values);
    for (const position of parsed.emptyAt) emptyAt.push(ids.length + position);
    for (const id of parsed.ids) ids.push(id);
    unneededEntries += parsed.unneeded;
    length += values.length;
    lines += parsed.lines;
    return null;
  };

  let filled = 0;
  for await (const { bytes, bytesRead } of piecesOf(path)) {
    throwIfAborted(control.signal);
    const room = parser.room(filled + bytes.length);
    room.set(bytes, filled);
    filled += bytes.length;
    if (filled < chunkBytes) continue;
    const end = room.lastIndexOf(0x0a) + 1;
    if (end === 0) {
      if (filled > maxLineBytes) throw longLineError(path, maxLineBytes);
      continue;
    }
    const stop = take(end);
    if (stop !== null) return stop;
    // `take` may have grown the parser's memory, which makes earlier views of it void.
    parser.room(filled).copyWithin(0, end, filled);
    filled -= end;
    control.onProgress?.({ stage: "reading vectors", done: bytesRead, total, unit: "bytes" });
  }
  const stop = take(filled);
  if (stop !== null) return stop;
  return {
    kind: "entries",
    entries: { ids, emptyAt, dimensions, values: rowsOf(block, wide, 0, length), unneededEntries },
  };
}
