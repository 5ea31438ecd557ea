import type { FileHandle } from "node:fs/promises";
import { fileError, throwIfAborted } from "../../errors.ts";
import { pathError } from "../../files/pathError.ts";
import { openRegular } from "../../files/regularFile.ts";
import type { RunControl } from "../../progress.ts";
import { firstNonFinite } from "../../tensorFiles/finite.ts";
import { breathe } from "../../threads/breathe.ts";
import type { ReadVectorsOptions, ReadVectorsResult } from "../vectorFile.ts";
import { vectorTable } from "../vectorTable.ts";
import { decodeNumbers, type NumberType, numberBytes, surviveNarrowing } from "./binaryNumbers.ts";

/** Bytes read at a time. */
const blockBytes = 2 ** 22;
/** Blocks asked for at once: copying out of the system's cache keeps more than one thread busy. */
const readsAhead = 4;
/** Unneeded bytes between needed ones that are read along with them. */
const gapBytes = 2 ** 16;

/** A row-major block of numbers in a file, and whose rows they are. */
export interface BinaryRows {
  readonly path: string;
  /** First byte of the first row. */
  readonly start: number;
  readonly type: NumberType;
  readonly dimensions: number;
  /** Paper of each row. */
  readonly ids: readonly string[];
  /** Papers that are listed with an empty vector. */
  readonly emptyIds: readonly string[];
}

/** A stretch of the file that is read at once, and the kept rows within it. */
interface Span {
  /** First row, and how many there are, in the file. */
  readonly fileRow: number;
  readonly fileRows: number;
  /** First row in the table; as many follow as `kept` has. */
  readonly tableRow: number;
  /** Rows of the file that are kept, ascending. */
  readonly kept: readonly number[];
}

/**
 * Stretches of at most `maxRows` rows that cover the kept rows; short gaps are read and dropped, which is cheaper than
 * to read anew.
 */
function spansOf(kept: readonly number[], maxRows: number, maxGap: number): Span[] {
  const spans: Span[] = [];
  for (let start = 0; start < kept.length; ) {
    const fileRow = kept[start]!;
    let end = start + 1;
    while (end < kept.length && kept[end]! - kept[end - 1]! <= maxGap && kept[end]! - fileRow < maxRows) end++;
    spans.push({ fileRow, fileRows: kept[end - 1]! - fileRow + 1, tableRow: start, kept: kept.slice(start, end) });
    start = end;
  }
  return spans;
}

async function readFully(file: FileHandle, path: string, target: Uint8Array, position: number): Promise<void> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await file.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0)
      throw fileError(path, null, "became shorter while it was read; read it again when it is complete");
    filled += bytesRead;
  }
}

/**
 * Reads the rows of the papers that are needed. Of a repeated paper only the last row is read.
 * @throws ScidocsError `BAD_INPUT` for a number that is not finite, naming the paper
 */
export async function readBinaryRows(
  source: BinaryRows,
  { needed }: ReadVectorsOptions,
  control: RunControl,
): Promise<ReadVectorsResult> {
  const { path, start, type, dimensions } = source;
  const lastRow = new Map<string, number>();
  let unneededEntries = 0;
  for (const [row, id] of source.ids.entries()) {
    if (needed && !needed.has(id)) {
      unneededEntries++;
      continue;
    }
    // A repeated id moves to the end of the map, so that its rows ascend.
    lastRow.delete(id);
    lastRow.set(id, row);
  }
  const emptyIds = new Set<string>();
  for (const id of source.emptyIds) {
    if (needed && !needed.has(id)) unneededEntries++;
    else emptyIds.add(id);
    if (lastRow.has(id))
      throw fileError(path, null, `paper ${id} is listed with a vector and with an empty one; remove one of the two`);
  }
  const kept = [...lastRow.values()];
  // Mostly every row is kept, and then the map has every id's row already.
  const whole = kept.length === source.ids.length;
  const ids = whole ? source.ids : kept.map((row) => source.ids[row]!);

  const rowBytes = dimensions * numberBytes[type];
  const width = type === "float64" ? 8 : 4;
  const block = new SharedArrayBuffer(kept.length * dimensions * width);
  let data: Float32Array | Float64Array = width === 8 ? new Float64Array(block) : new Float32Array(block);
  let narrow = true;
  const rowsIn = (bytes: number) => Math.max(1, Math.floor(bytes / rowBytes));
  const spans = spansOf(kept, rowsIn(blockBytes), rowsIn(gapBytes));

  const file = await openRegular(path).catch((error: unknown) => {
    throw pathError(path, error);
  });
  const ahead: Promise<Float32Array | Float64Array>[] = [];
  try {
    const read = async (span: Span): Promise<Float32Array | Float64Array> => {
      const at = span.tableRow * dimensions;
      const length = span.kept.length * dimensions;
      const rows = data.subarray(at, at + length);
      // Rows that lie together in their final form are read to their place.
      const direct = width === numberBytes[type] && span.fileRows === span.kept.length;
      const bytes = direct
        ? new Uint8Array(block, at * width, length * width)
        : new Uint8Array(span.fileRows * rowBytes);
      await readFully(file, path, bytes, start + span.fileRow * rowBytes);
      if (direct) return rows;
      const values = decodeNumbers(bytes, type);
      for (const [index, row] of span.kept.entries()) {
        const from = (row - span.fileRow) * dimensions;
        rows.set(values.subarray(from, from + dimensions), index * dimensions);
      }
      return rows;
    };
    // The next spans are read while one is looked through; a failure is met when its turn comes, not before.
    let asked = 0;
    for (const span of spans) {
      throwIfAborted(control.signal);
      for (; asked < spans.length && ahead.length < readsAhead; asked++) {
        const reading = read(spans[asked]!);
        reading.catch(() => {});
        ahead.push(reading);
      }
      const values = await ahead.shift()!;
      const wrong = firstNonFinite(values);
      if (wrong >= 0) {
        const id = ids[span.tableRow + Math.floor(wrong / dimensions)];
        throw fileError(
          path,
          null,
          `the embedding of paper ${id} holds ${values[wrong]} at index ${wrong % dimensions}; only finite numbers can be scored`,
        );
      }
      narrow &&= surviveNarrowing(values);
      control.onProgress?.({
        stage: "reading vectors",
        done: span.tableRow + span.kept.length,
        total: kept.length,
        unit: "papers",
      });
    }
  } finally {
    // Reads under way must end before their file is closed.
    await Promise.allSettled(ahead);
    await file.close();
  }
  if (narrow && data instanceof Float64Array) data = await narrowed(data);
  const entries = source.ids.length + source.emptyIds.length - unneededEntries;
  return {
    ...(whole ? { ids, rowOf: lastRow, dimensions, data, emptyIds } : vectorTable(ids, dimensions, data, emptyIds)),
    replacedEntries: entries - ids.length - emptyIds.size,
    unneededEntries,
  };
}

/** The same numbers as float32, giving way to other work in between. */
async function narrowed(wide: Float64Array): Promise<Float32Array> {
  const data = new Float32Array(new SharedArrayBuffer(wide.length * 4));
  const step = 2 ** 22;
  for (let start = 0; start < wide.length; start += step) {
    data.set(wide.subarray(start, start + step), start);
    await breathe();
  }
  return data;
}
