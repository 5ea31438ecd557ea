import { ScidocsError, throwIfAborted } from "../errors.ts";
import { requireUnchanged, stampFiles } from "../files/fileStamps.ts";
import { requireRegular } from "../files/regularFile.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import type { RunControl } from "../progress.ts";
import { formatOf } from "./formats.ts";
import { type FileTable, mergeTables } from "./mergeTables.ts";
import type { ReadVectorsOptions, ReadVectorsResult } from "./vectorFile.ts";

export type { ReadVectorsOptions, ReadVectorsResult } from "./vectorFile.ts";

const optionNames: OptionNames<ReadVectorsOptions> = { needed: true, threads: true };

/**
 * Reads vector files, each in the format of its ending, as one table. Rows stand in the order of the files; a paper
 * that occurs more than once has its last vector. Numbers are kept as float32 where every one survives it, else as
 * float64.
 * @throws ScidocsError `NOT_FOUND` for a file that is not there, `BAD_INPUT` (with file:line where there are lines) for
 * one that cannot be used, `USAGE` for an unknown ending, `INTERRUPTED` when stopped
 */
export async function readVectors(
  paths: readonly string[],
  options: ReadVectorsOptions = {},
  control: RunControl = {},
): Promise<ReadVectorsResult> {
  refuseUnknownOptions("readVectors", options, optionNames);
  const formats = paths.map(formatOf);
  const files: FileTable[] = [];
  for (const [index, path] of paths.entries()) {
    throwIfAborted(control.signal);
    requireRegular(path);
    const stamps = stampFiles([path]);
    files.push({ path, table: await formats[index]!.read(path, options, control) });
    requireUnchanged(stamps);
  }
  const [only] = files;
  if (only === undefined) throw new ScidocsError("USAGE", "no vector file was given");
  return files.length === 1 ? only.table : mergeTables(files);
}
