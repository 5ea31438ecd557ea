import { ScidocsError } from "../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import type { RunControl } from "../progress.ts";
import { formatOf } from "./formats.ts";
import { tableFault } from "./tableFault.ts";
import type { WriteVectorsOptions } from "./vectorFile.ts";
import type { VectorTable } from "./vectorTable.ts";

export type { WriteVectorsOptions } from "./vectorFile.ts";

const optionNames: OptionNames<WriteVectorsOptions> = { titles: true };

/**
 * Writes a vector file in the format of its ending. Files appear whole or not at all.
 * @throws ScidocsError `USAGE` for an unknown ending, `BAD_INPUT` when the place cannot be written, the table is none or a number not finite,
 * `INTERRUPTED` when stopped (nothing is left then)
 */
export async function writeVectors(
  path: string,
  table: VectorTable,
  options: WriteVectorsOptions = {},
  control: RunControl = {},
): Promise<void> {
  refuseUnknownOptions("writeVectors", options, optionNames);
  const fault = tableFault(table);
  if (fault !== null) {
    throw new ScidocsError("BAD_INPUT", `${path}: ${fault}, which no reader would take; nothing was written`);
  }
  await formatOf(path).write(path, table, options, control);
}
