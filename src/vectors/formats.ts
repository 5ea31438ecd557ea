import { ScidocsError } from "../errors.ts";
import { isOptionalThere } from "../files/isThere.ts";
import type { RunControl } from "../progress.ts";
import { readNpy, writeNpy } from "./binary/npy.ts";
import { readSafetensors, safetensorsIdsBeside, writeSafetensors } from "./binary/safetensors.ts";
import { idsFileOf, idsFilesOf } from "./idsFile.ts";
import { readJsonLines, writeJsonLines } from "./jsonLines/jsonLines.ts";
import { readParquet, writeParquet } from "./parquet/parquet.ts";
import type { ReadVectorsOptions, ReadVectorsResult, WriteVectorsOptions } from "./vectorFile.ts";
import type { VectorTable } from "./vectorTable.ts";

/** One way to keep vectors in a file. */
export interface VectorFormat {
  /** Endings of the file's name that stand for it, with their dots. */
  readonly extensions: readonly string[];
  readonly description: string;
  /** Files beside the one of the name that are read with it, where they are there. */
  readonly readsBeside?: (path: string) => readonly string[];
  /** Those of them that say whose vectors they are, and so change scores as the numbers do. */
  readonly idsBeside?: (path: string) => Promise<readonly string[]>;
  /** Files beside it that are written with it. */
  readonly writesBeside?: (path: string) => readonly string[];
  readonly read: (path: string, options: ReadVectorsOptions, control: RunControl) => Promise<ReadVectorsResult>;
  readonly write: (
    path: string,
    table: VectorTable,
    options: WriteVectorsOptions,
    control: RunControl,
  ) => Promise<void>;
}

/** Every format that vectors are read from and written to. */
export const vectorFormats: readonly VectorFormat[] = [
  {
    extensions: [".jsonl", ".jsonl.gz"],
    description: 'JSON lines {"paper_id": id, "embedding": [numbers]}, as the reference reads and writes them',
    read: readJsonLines,
    write: writeJsonLines,
  },
  {
    extensions: [".npy"],
    description: "a numpy matrix of float16, float32 or float64, with the papers' ids beside it",
    readsBeside: idsFilesOf,
    idsBeside: async (path) => idsFilesOf(path),
    writesBeside: (path) => [idsFileOf(path)],
    read: readNpy,
    write: writeNpy,
  },
  {
    extensions: [".safetensors"],
    description: "one tensor, with the papers' ids in the metadata or beside it",
    readsBeside: idsFilesOf,
    idsBeside: safetensorsIdsBeside,
    read: readSafetensors,
    write: writeSafetensors,
  },
  {
    extensions: [".parquet"],
    description: "columns paper_id and embedding, or one float column a dimension",
    read: readParquet,
    write: writeParquet,
  },
];

/**
 * The format of a file by its name's ending.
 * @throws ScidocsError `USAGE` for an ending that stands for none
 */
export function formatOf(path: string): VectorFormat {
  const name = path.toLowerCase();
  const format = vectorFormats.find(({ extensions }) => extensions.some((extension) => name.endsWith(extension)));
  if (format !== undefined) return format;
  const known = vectorFormats.flatMap(({ extensions }) => extensions).join(", ");
  throw new ScidocsError("USAGE", `${path}: the format of a vector file is told by its ending, one of ${known}`);
}

/** Every file that is read for the vectors of a file. @throws ScidocsError as {@link formatOf} */
export function filesRead(path: string): string[] {
  return [path, ...(formatOf(path).readsBeside?.(path) ?? [])];
}

/**
 * The files whose bytes are the vectors of a file: itself, and what says beside it whose they are.
 * @throws ScidocsError as {@link formatOf}, and as the format's reading for a file that cannot be read
 */
export async function identifyingFilesOf(path: string): Promise<string[]> {
  return [path, ...((await formatOf(path).idsBeside?.(path)) ?? []).filter(isOptionalThere)];
}

/** Every file that is written for them. @throws ScidocsError as {@link formatOf} */
export function filesWritten(path: string): string[] {
  return [path, ...(formatOf(path).writesBeside?.(path) ?? [])];
}
