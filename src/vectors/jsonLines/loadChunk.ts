import { fileError } from "../../errors.ts";
import { longLineError } from "../byteSource.ts";
import type { ChunkParser } from "./chunkParser.ts";

/** A longer line, of half a million numbers, is taken for a file that is not JSON lines at all; each thread holds one. */
export const maxLineBytes = 2 ** 24;
/** Read beyond a chunk at first, for its last line; a vector of 768 numbers takes about 16 KB. */
const firstTail = 2 ** 16;

/** The file a chunk is cut from. */
export interface ChunkedFile {
  readonly path: string;
  readonly size: number;
  readonly chunkBytes: number;
}

/**
 * Loads one chunk of a file into a parser's room: the lines that START within its bytes, the last of them whole.
 * @param read fills the target with bytes from a position of the file and returns how many came
 * @returns where the lines begin and end in the room
 * @throws ScidocsError `BAD_INPUT` for a line of more than 16 MB, and for a file that became shorter meanwhile
 */
export function loadChunk(
  parser: ChunkParser,
  { path, size, chunkBytes }: ChunkedFile,
  index: number,
  read: (target: Uint8Array, position: number) => number,
): { start: number; end: number } {
  const from = index * chunkBytes;
  const to = Math.min(size, from + chunkBytes);
  // A line starts behind a line feed, so the byte before the chunk is looked at too.
  const base = Math.max(0, from - 1);
  let loaded = 0;
  const load = (end: number): void => {
    const room = parser.room(end - base);
    while (loaded < end - base) {
      const count = read(room.subarray(loaded), base + loaded);
      if (count <= 0)
        throw fileError(path, null, "became shorter while it was read; read it again when it is complete");
      loaded += count;
    }
  };
  load(Math.min(size, to + firstTail));
  let start = 0;
  if (from > 0) {
    const feed = parser.lineFeed(0, to - 1 - base);
    if (feed < 0) return { start: 0, end: 0 };
    start = feed + 1;
  }
  let searched = to - 1 - base;
  while (base + loaded < size) {
    const feed = parser.lineFeed(searched, loaded);
    if (feed >= 0) return { start, end: feed + 1 };
    searched = loaded;
    if (loaded > maxLineBytes + chunkBytes) throw longLineError(path, maxLineBytes);
    load(Math.min(size, base + loaded * 2));
  }
  const feed = parser.lineFeed(searched, loaded);
  return { start, end: feed >= 0 ? feed + 1 : loaded };
}
