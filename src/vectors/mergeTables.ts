import { fileError } from "../errors.ts";
import { tableOfEntries } from "./entries.ts";
import { growingBlock, growTo, rowsOf } from "./jsonLines/growingBlock.ts";
import type { ReadVectorsResult } from "./vectorFile.ts";

/** A table and the file it was read from. */
export interface FileTable {
  readonly path: string;
  readonly table: ReadVectorsResult;
}

/**
 * Several files' vectors as one table, in the files' order; of a paper in more than one file the last file's entry wins
 * and the others are counted as replaced.
 * @throws ScidocsError `BAD_INPUT` when the files' vectors differ in length
 */
export function mergeTables(files: readonly FileTable[]): ReadVectorsResult {
  const first = files.find(({ table }) => table.ids.length > 0);
  const dimensions = first?.table.dimensions ?? 0;
  const wide = files.some(({ table }) => table.data instanceof Float64Array);
  const block = growingBlock();
  const ids: string[] = [];
  const emptyAt: number[] = [];
  let length = 0;
  let replacedEntries = 0;
  let unneededEntries = 0;
  for (const { path, table } of files) {
    if (table.ids.length > 0 && table.dimensions !== dimensions) {
      throw fileError(
        path,
        null,
        `holds vectors of ${table.dimensions} numbers where ${first?.path} holds vectors of ${dimensions}`,
      );
    }
    const width = wide ? 8 : 4;
    growTo(block, (length + table.data.length) * width);
    rowsOf(block, wide, length * width, table.data.length).set(table.data);
    length += table.data.length;
    for (const id of table.ids) ids.push(id);
    for (const id of table.emptyIds) emptyAt.push(ids.push(id) - 1);
    replacedEntries += table.replacedEntries;
    unneededEntries += table.unneededEntries;
  }
  const values = rowsOf(block, wide, 0, length);
  const merged = tableOfEntries({ ids, emptyAt, dimensions, values, unneededEntries });
  const notes = files.flatMap(({ table }) => table.notes ?? []);
  return {
    ...merged,
    replacedEntries: merged.replacedEntries + replacedEntries,
    ...(notes.length === 0 ? {} : { notes }),
  };
}
