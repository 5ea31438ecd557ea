import { isUtf8 } from "node:buffer";
import { type JsonEntry, jsonEntrySplitter, valueText } from "../../datasets/jsonEntries.ts";
import { forEachPaperEntry } from "../../datasets/papers.ts";
import { fileError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { RunControl } from "../../progress.ts";
import type { PaperIndex } from "./paperIndex.ts";
import type { Neighbours } from "./sampler.ts";

/** The neighbours of queries, all in two blocks: a real graph has millions of edges. */
export interface NeighbourGraph {
  /** A query's neighbours, largest count first; null for a query that the file does not have. */
  readonly neighbours: (query: string) => Neighbours | null;
  /** Edges of the queries that were asked for. */
  readonly edges: number;
  /** Entries of a query that the file has again: the last one counts. */
  readonly repeated: number;
}

/**
 * Reads `data.json`, `{query: {neighbour: {"count": n}}}`, as a stream, keeping the given queries. Neighbours are sorted
 * by count; among equal counts they keep the file's order, which the sampler's draws depend on.
 * @throws ScidocsError `BAD_INPUT` with file, line, query and neighbour, `NOT_FOUND`, `INTERRUPTED`
 */
export async function readNeighbourGraph(
  file: string,
  queries: ReadonlySet<string>,
  index: PaperIndex,
  control: RunControl = {},
): Promise<NeighbourGraph> {
  const places = new Map<string, { start: number; end: number }>();
  let ids = new Int32Array(1024);
  let counts = new Float64Array(1024);
  let [edges, repeated] = [0, 0];
  const room = (length: number): void => {
    if (length <= ids.length) return;
    const grown = Math.max(length, Math.ceil(1.5 * ids.length));
    const [oldIds, oldCounts] = [ids, counts];
    ids = new Int32Array(grown);
    ids.set(oldIds);
    counts = new Float64Array(grown);
    counts.set(oldCounts);
  };
  await forEachPaperEntry(
    file,
    (entry) => {
      if (!queries.has(entry.key)) return;
      const found = neighboursOf(file, entry);
      const order = found.map((_, position) => position).sort((a, b) => found[b]![1] - found[a]![1]);
      room(edges + found.length);
      // A query that the file has twice counts with its last entry, as in Python.
      if (places.has(entry.key)) repeated += 1;
      places.set(entry.key, { start: edges, end: edges + found.length });
      for (const position of order) {
        const [id, count] = found[position]!;
        if (!Number.isFinite(count)) throw noCount(file, entry, id);
        ids[edges] = index.numberOf(id);
        counts[edges] = count;
        edges += 1;
      }
    },
    control,
  );
  return {
    neighbours: (query) => {
      const place = places.get(query);
      if (place === undefined) return null;
      return { ids: ids.subarray(place.start, place.end), counts: counts.subarray(place.start, place.end) };
    },
    edges,
    repeated,
  };
}

/** A key that JavaScript takes for a position in a list, and so puts before all others. */
const listPosition = /^(?:0|[1-9]\d{0,9})$/;

/** One neighbour as nearly every file has it, up to the comma or bracket after it. */
const plainNeighbour =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON does not allow them inside a text
  /\s*"([^"\\\u0000-\u001f]*)"\s*:\s*\{\s*"count"\s*:\s*(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*\}\s*([,}])/y;

/**
 * The neighbours of an entry that has nothing but plain ids with counts, in the order of the file; null for any other.
 * This is several times as fast as parsing, which makes an object a neighbour and a dictionary a query.
 */
function plainNeighbours(text: string): Map<string, number> | null {
  const found = new Map<string, number>();
  if (!text.startsWith("{")) return null;
  plainNeighbour.lastIndex = 1;
  for (;;) {
    const match = plainNeighbour.exec(text);
    if (match === null) return null;
    const [, id, count, after] = match;
    found.set(id!, Number(count));
    if (after === "}") return plainNeighbour.lastIndex === text.length ? found : null;
  }
}

/** A query's neighbours with their counts in the order of the file. */
function neighboursOf(file: string, entry: JsonEntry): [id: string, count: number][] {
  if (!isUtf8(entry.value)) throw queryError(file, entry, "not UTF-8 text");
  const plain = plainNeighbours(valueText(entry.value));
  return plain === null ? parsedNeighbours(file, entry) : [...plain];
}

function parsedNeighbours(file: string, entry: JsonEntry): [id: string, count: number][] {
  const value = parsed(file, entry, entry.value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw queryError(file, entry, 'expected an object {"paper": {"count": 5}, …}');
  }
  const found = Object.entries(value);
  // Ids that are whole numbers come out first and in order of size, wherever they stood: then the text itself is cut up.
  const inOrder = found.length > 1 && listPosition.test(found[0]![0]) ? entriesInOrder(file, entry) : found;
  return inOrder.map(([id, neighbour]) => {
    const count: unknown =
      typeof neighbour === "object" && neighbour !== null && (neighbour as { count?: unknown }).count;
    if (typeof count === "number") return [id, count];
    throw noCount(file, entry, id);
  });
}

const noCount = (file: string, entry: JsonEntry, id: string): Error =>
  queryError(file, entry, `its neighbour ${printable(id)} has no "count" that is a finite number`);

function entriesInOrder(file: string, query: JsonEntry): [string, unknown][] {
  const entries = new Map<string, unknown>();
  const splitter = jsonEntrySplitter(file, ({ key, value }) => entries.set(key, parsed(file, query, value)));
  splitter.push(query.value);
  splitter.end();
  return [...entries];
}

function parsed(file: string, query: JsonEntry, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(valueText(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw queryError(file, query, `broken JSON (${reason})`, error);
  }
}

function queryError(file: string, { key, line }: JsonEntry, problem: string, cause?: unknown): Error {
  return fileError(file, line, `query ${printable(key)}: ${problem}`, cause);
}
