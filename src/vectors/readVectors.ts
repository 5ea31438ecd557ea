import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { fileError, ScidocsError, throwIfAborted } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import { parseVectorLine } from "./vectorLine.ts";
import { type VectorTable, vectorTable } from "./vectorTable.ts";

/** Which vectors to read, and how. */
export interface ReadVectorsOptions {
  /** Only these papers are kept; default: all. */
  readonly needed?: ReadonlySet<string> | undefined;
  /** Worker threads; default: the machine's. The result never depends on it. */
  readonly threads?: number | undefined;
}

/** Vectors as read from files, with the counters of what was passed over. */
export interface ReadVectorsResult extends VectorTable {
  /** Entries that were replaced by a later one of the same paper: the last one wins, as in the reference. */
  readonly replacedEntries: number;
  /** Entries of papers that were not asked for. */
  readonly unneededEntries: number;
}

/**
 * Reads vector files, as one table, by their extensions: `.jsonl` and `.jsonl.gz`.
 * Rows stand in the order of the files; a paper that occurs more than once has its last vector.
 * @throws ScidocsError `NOT_FOUND` for a file that is not there, `BAD_INPUT` (file:line) for one that cannot be used
 */
export async function readVectors(
  paths: readonly string[],
  options: ReadVectorsOptions = {},
  control: RunControl = {},
): Promise<ReadVectorsResult> {
  const vectors = new Map<string, readonly number[]>();
  let first: { where: string; dimensions: number } | null = null;
  let replacedEntries = 0;
  let unneededEntries = 0;
  for (const path of paths) {
    throwIfAborted(control.signal);
    const lines = (await readText(path)).split("\n");
    if (lines.at(-1) === "") lines.pop();
    for (const [index, line] of lines.entries()) {
      const { paperId, vector } = parseVectorLine(line, path, index + 1);
      if (options.needed && !options.needed.has(paperId)) {
        unneededEntries++;
        continue;
      }
      if (vector.length > 0) {
        first ??= { where: `${path}:${index + 1}`, dimensions: vector.length };
        if (vector.length !== first.dimensions) {
          throw fileError(
            path,
            index + 1,
            `the vector has ${vector.length} numbers where ${first.where} has ${first.dimensions}`,
          );
        }
      }
      if (vectors.delete(paperId)) replacedEntries++;
      vectors.set(paperId, vector);
    }
  }
  const ids: string[] = [];
  const emptyIds = new Set<string>();
  for (const [id, vector] of vectors) {
    if (vector.length === 0) emptyIds.add(id);
    else ids.push(id);
  }
  const dimensions = first?.dimensions ?? 0;
  let data: Float32Array | Float64Array = new Float64Array(ids.length * dimensions);
  for (const [row, id] of ids.entries()) data.set(vectors.get(id) ?? [], row * dimensions);
  if (data.every((value) => Math.fround(value) === value)) data = Float32Array.from(data);
  return { ...vectorTable(ids, dimensions, data, emptyIds), replacedEntries, unneededEntries };
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new ScidocsError("NOT_FOUND", `${path}: cannot be read (${cause instanceof Error ? cause.message : cause})`, {
      cause,
    });
  }
  if (path.endsWith(".gz")) {
    try {
      bytes = gunzipSync(bytes);
    } catch (cause) {
      throw fileError(path, null, "is not a whole gzip file; fetch or write it again", cause);
    }
  }
  if (bytes.length === 0) throw fileError(path, null, "is empty: expected one JSON object a line");
  return bytes.toString("utf8");
}
