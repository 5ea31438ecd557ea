import type { VectorTable } from "./vectorTable.ts";

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
  /** What was taken for the vectors, where a file leaves room for doubt. */
  readonly notes?: readonly string[];
}

/** What to put beside the vectors. */
export interface WriteVectorsOptions {
  /** Titles by paper id, for the `title` key of JSON lines as the reference's embedding command writes it. */
  readonly titles?: ReadonlyMap<string, string> | undefined;
}
