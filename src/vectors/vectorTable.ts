/**
 * Vectors of papers: ids and one row-major block. Everything that scores takes its vectors from one of these.
 * The block lies in shared memory when the reader made it so, and worker threads then read it without a copy.
 */
export interface VectorTable {
  /** Paper ids, one a row, each once. */
  readonly ids: readonly string[];
  /** Row of each id. */
  readonly rowOf: ReadonlyMap<string, number>;
  /** Length of every vector. */
  readonly dimensions: number;
  /** `ids.length * dimensions` numbers; float32 only where every value survives the narrowing. */
  readonly data: Float32Array | Float64Array;
  /** Papers that were given with an empty vector (`[]`): present, yet without numbers. They have no row. */
  readonly emptyIds: ReadonlySet<string>;
}

/**
 * Builds a {@link VectorTable} from ids and their block.
 * @throws RangeError when the sizes do not fit, an id is no text or occurs twice, or the numbers are no block of 32-bit or 64-bit ones (a
 *   programmer's error; readers settle duplicates themselves)
 */
export function vectorTable(
  ids: readonly string[],
  dimensions: number,
  data: Float32Array | Float64Array,
  emptyIds: ReadonlySet<string> = new Set(),
): VectorTable {
  if (data.length !== ids.length * dimensions) {
    throw new RangeError(
      `${ids.length} ids of ${dimensions} dimensions need ${ids.length * dimensions} numbers, got ${data.length}`,
    );
  }
  // Plain JavaScript passes what it likes: an id that is a number would match no paper, and a plain list has no views.
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new RangeError("vectors lie in a Float32Array or a Float64Array");
  }
  if (!Number.isSafeInteger(dimensions) || dimensions < (ids.length === 0 ? 0 : 1)) {
    throw new RangeError(`vectors have a whole number of dimensions, 1 at least, and not ${dimensions}`);
  }
  const stranger = ids.find((id) => typeof id !== "string");
  if (stranger !== undefined) throw new RangeError(`ids are texts, and ${JSON.stringify(stranger)} is none`);
  const rowOf = new Map<string, number>();
  for (const [row, id] of ids.entries()) rowOf.set(id, row);
  if (rowOf.size !== ids.length) throw new RangeError("an id occurs twice");
  return { ids, rowOf, dimensions, data, emptyIds };
}

/** The numbers of one row, as a view of the table's block. */
export function vectorAt(table: VectorTable, row: number): Float32Array | Float64Array {
  return table.data.subarray(row * table.dimensions, (row + 1) * table.dimensions);
}
