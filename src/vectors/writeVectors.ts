import { ScidocsError } from "../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import { printable } from "../printable.ts";
import type { RunControl } from "../progress.ts";
import { firstNonFinite } from "../tensorFiles/finite.ts";
import { formatOf } from "./formats.ts";
import type { WriteVectorsOptions } from "./vectorFile.ts";
import type { VectorTable } from "./vectorTable.ts";

export type { WriteVectorsOptions } from "./vectorFile.ts";

const optionNames: OptionNames<WriteVectorsOptions> = { titles: true };

/**
 * Writes a vector file in the format of its ending. Files appear whole or not at all.
 * @throws ScidocsError `USAGE` for an unknown ending, `BAD_INPUT` when the place cannot be written or a number is not finite,
 * `INTERRUPTED` when stopped (nothing is left then)
 */
export async function writeVectors(
  path: string,
  table: VectorTable,
  options: WriteVectorsOptions = {},
  control: RunControl = {},
): Promise<void> {
  refuseUnknownOptions("writeVectors", options, optionNames);
  const at = firstNonFinite(table.data);
  if (at !== -1) {
    const id = table.ids[Math.floor(at / table.dimensions)] ?? "";
    throw new ScidocsError(
      "BAD_INPUT",
      `${path}: the vector of ${printable(id)} holds ${table.data[at]}, which no reader would take; nothing was written`,
    );
  }
  await formatOf(path).write(path, table, options, control);
}
