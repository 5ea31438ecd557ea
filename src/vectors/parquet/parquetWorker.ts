import * as zlib from "node:zlib";
import { asyncBufferFromFile, type Compressors, parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet";
import { fileError, ScidocsError } from "../../errors.ts";
import { answerCalls } from "../../threads/inThread.ts";
import { growTo, rowsOf } from "../jsonLines/growingBlock.ts";
import { idColumn, vectorColumnsOf } from "./parquetColumns.ts";
import type { ParquetEntries, ParquetJob, ParquetProgress } from "./parquetJob.ts";

// Decoding parquet occupies its thread for seconds, so it has one of its own.

/** Codecs that Node itself unpacks, beside snappy, which hyparquet does; Zstandard only where Node has it. */
const compressors: Compressors = {
  GZIP: (input) => zlib.gunzipSync(input),
  BROTLI: (input) => zlib.brotliDecompressSync(input),
};
const zstd = (zlib as { zstdDecompressSync?: (input: Uint8Array) => Uint8Array }).zstdDecompressSync;
if (zstd !== undefined) compressors.ZSTD = (input) => zstd(input);

async function read(
  { path, needed, block }: ParquetJob,
  report: (progress: ParquetProgress) => void,
): Promise<ParquetEntries> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const { names, lists, wide } = vectorColumnsOf(parquetSchema(metadata), path);
  const total = metadata.row_groups.reduce((rows, group) => rows + Number(group.num_rows), 0);

  /** One column of some rows. */
  const column = async (name: string, rowStart: number, rowEnd: number): Promise<unknown[]> => {
    const values: unknown[] = new Array(rowEnd - rowStart).fill(undefined);
    await parquetRead({
      file,
      metadata,
      columns: [name],
      rowStart,
      rowEnd,
      compressors,
      onChunk: ({ columnData, rowStart: start }) => {
        for (let i = 0; i < columnData.length; i++) {
          const row = start + i - rowStart;
          if (row >= 0 && row < values.length) values[row] = columnData[i];
        }
      },
    });
    return values;
  };

  const ids: string[] = [];
  const emptyAt: number[] = [];
  let dimensions = lists ? 0 : names.length;
  let rows = 0;
  let unneededEntries = 0;
  const keep = (id: string, vector: readonly unknown[], row: number): void => {
    ids.push(id);
    if (vector.length === 0) {
      emptyAt.push(ids.length - 1);
      return;
    }
    if (dimensions === 0) dimensions = vector.length;
    if (vector.length !== dimensions) {
      throw fileError(
        path,
        null,
        `row ${row + 1}: the vector of paper ${id} has ${vector.length} numbers, others have ${dimensions}`,
      );
    }
    const width = wide ? 8 : 4;
    growTo(block, (rows + 1) * dimensions * width);
    const target = rowsOf(block, wide, rows * dimensions * width, dimensions);
    for (const [index, value] of vector.entries()) {
      if (typeof value !== "number" || !Number.isFinite(value)) {
        throw fileError(
          path,
          null,
          `row ${row + 1}: the embedding of paper ${id} holds ${value} at index ${index}; only finite numbers can be scored`,
        );
      }
      target[index] = value;
    }
    rows++;
  };

  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const groupIds = await column(idColumn, groupStart, groupEnd);
    const wanted: number[] = [];
    for (const [index, id] of groupIds.entries()) {
      if (typeof id !== "string") throw fileError(path, null, `row ${groupStart + index + 1} has no ${idColumn}`);
      if (needed !== null && !needed.has(id)) unneededEntries++;
      else wanted.push(index);
    }
    if (wanted.length > 0) {
      const columns: unknown[][] = [];
      for (const name of names) columns.push(await column(name, groupStart, groupEnd));
      for (const index of wanted) {
        const value = columns[0]?.[index];
        const listed = value === null || value === undefined ? [] : Array.from(value as ArrayLike<unknown>);
        keep(groupIds[index] as string, lists ? listed : columns.map((values) => values[index]), groupStart + index);
      }
    }
    groupStart = groupEnd;
    report({ done: groupEnd, total });
  }
  return { ids, emptyAt, dimensions, wide, unneededEntries };
}

answerCalls<ParquetJob, ParquetEntries, ParquetProgress>(async (job, report) => {
  try {
    return { value: await read(job, report) };
  } catch (error) {
    if (error instanceof ScidocsError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const codec = /ZSTD/.test(reason) ? " (Node 22.15 or later reads it; or write the file with snappy)" : "";
    // Whatever else the decoder stumbles over is the file's fault.
    throw fileError(job.path, null, `cannot be read as a whole parquet file: ${reason}${codec}`, error);
  }
});
