import { throwIfAborted } from "../errors.ts";
import { writeWhole } from "../files/writeWhole.ts";
import type { RunControl } from "../progress.ts";
import { type VectorTable, vectorAt } from "./vectorTable.ts";

/** What to put beside the vectors. */
export interface WriteVectorsOptions {
  /** Titles by paper id, for the `title` key of JSON lines as the reference's embedding command writes it. */
  readonly titles?: ReadonlyMap<string, string> | undefined;
}

/** Text of one entry, spaced as Python's json writes it; a number has the shortest text that reads back as the same double. */
function entryLine(id: string, title: string | undefined, vector: Float32Array | Float64Array): string {
  const titleText = title === undefined ? "" : `"title": ${JSON.stringify(title)}, `;
  return `{"paper_id": ${JSON.stringify(id)}, ${titleText}"embedding": [${vector.join(", ")}]}\n`;
}

function* jsonLines(table: VectorTable, options: WriteVectorsOptions, control: RunControl): Generator<string> {
  const none = new Float32Array(0);
  for (const [row, id] of table.ids.entries()) {
    throwIfAborted(control.signal);
    yield entryLine(id, options.titles?.get(id), vectorAt(table, row));
  }
  for (const id of table.emptyIds) yield entryLine(id, options.titles?.get(id), none);
}

/**
 * Writes a vector file in the format of its extension: `.jsonl`. The file appears whole or not at all.
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written, `INTERRUPTED` when stopped (nothing is left then)
 */
export async function writeVectors(
  path: string,
  table: VectorTable,
  options: WriteVectorsOptions = {},
  control: RunControl = {},
): Promise<void> {
  await writeWhole(path, jsonLines(table, options, control));
}
