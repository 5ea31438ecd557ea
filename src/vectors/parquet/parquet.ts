import { stat } from "node:fs/promises";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { fileError, throwIfAborted } from "../../errors.ts";
import { pathError } from "../../files/pathError.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import type { RunControl } from "../../progress.ts";
import { breathe } from "../../threads/breathe.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { type Threads, withThreads } from "../../threads/threads.ts";
import { surviveNarrowing } from "../binary/binaryNumbers.ts";
import { tableOfEntries } from "../entries.ts";
import { growingBlock, rowsOf } from "../jsonLines/growingBlock.ts";
import type { ReadVectorsOptions, ReadVectorsResult, WriteVectorsOptions } from "../vectorFile.ts";
import { type VectorTable, vectorAt } from "../vectorTable.ts";
import { idColumn, vectorColumn } from "./parquetColumns.ts";
import type { ParquetEntries, ParquetJob, ParquetProgress } from "./parquetJob.ts";

/**
 * Reads a parquet file: a column `paper_id` and either a list column `embedding` (null or an empty list is an empty
 * vector) or one float column a dimension. Snappy, gzip and brotli are unpacked, Zstandard where Node can.
 * @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` for a file that is cut off, lacks these columns, or holds what is
 * not a finite number
 */
export async function readParquet(
  path: string,
  { needed }: ReadVectorsOptions,
  control: RunControl,
): Promise<ReadVectorsResult> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw pathError(path, error);
  });
  if (size === 0) throw fileError(path, null, "is empty: expected a parquet file");
  const block = growingBlock();
  const job: ParquetJob = { path, needed: needed ?? null, block };
  const onProgress = ({ done, total }: ParquetProgress): void =>
    control.onProgress?.({ stage: "reading vectors", done, total, unit: "papers" });
  const script = builtFile(import.meta.url, "./parquetWorker.js");
  const { ids, emptyAt, dimensions, wide, unneededEntries } = await withThreads(
    { script, signal: control.signal },
    (threads: Threads<ParquetJob, ParquetEntries, ParquetProgress>) => threads.call(job, { onProgress }),
  ).catch((error: unknown) => {
    const exhausted = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
    if (!exhausted) throw error;
    throw fileError(
      path,
      null,
      "needs more memory than there is: write it with smaller row groups, or take another format",
      error,
    );
  });
  let values = rowsOf(block, wide, 0, (ids.length - emptyAt.length) * dimensions);
  if (wide && surviveNarrowing(values)) {
    const narrow = new Float32Array(new SharedArrayBuffer(values.length * 4));
    narrow.set(values);
    values = narrow;
  }
  return tableOfEntries({ ids, emptyAt, dimensions, values, unneededEntries });
}

/** Rows encoded at a time: a fraction of a second of work. */
const rowGroupRows = 256;

function schemaOf(wide: boolean): SchemaElement[] {
  return [
    { name: "schema", num_children: 2 },
    { name: idColumn, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
    { name: vectorColumn, converted_type: "LIST", repetition_type: "REQUIRED", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: wide ? "DOUBLE" : "FLOAT", repetition_type: "REQUIRED" },
  ];
}

async function* fileBytes(table: VectorTable, control: RunControl): AsyncGenerator<Uint8Array> {
  const writer = new ByteWriter();
  // Vectors hardly shrink, so they are not packed.
  const parquet = new ParquetWriter({
    writer,
    schema: schemaOf(table.data instanceof Float64Array),
    codec: "UNCOMPRESSED",
    statistics: false,
  });
  const drained = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  const papers = [...table.ids, ...table.emptyIds];
  for (let start = 0; start < papers.length; start += rowGroupRows) {
    throwIfAborted(control.signal);
    const ids = papers.slice(start, start + rowGroupRows);
    const vectors = ids.map((_, i) => (start + i < table.ids.length ? Array.from(vectorAt(table, start + i)) : []));
    parquet.write({
      columnData: [
        { name: idColumn, data: ids },
        { name: vectorColumn, data: vectors, encoding: "PLAIN" },
      ],
      rowGroupSize: rowGroupRows,
    });
    yield drained();
    control.onProgress?.({ stage: "writing vectors", done: start + ids.length, total: papers.length, unit: "papers" });
    await breathe(control);
  }
  parquet.finish();
  yield drained();
}

/**
 * Writes a parquet file with the columns `paper_id` and `embedding` (a list of floats), uncompressed; papers with an
 * empty vector come last.
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written, `INTERRUPTED` when stopped; nothing is left then
 */
export async function writeParquet(
  path: string,
  table: VectorTable,
  _options: WriteVectorsOptions,
  control: RunControl,
): Promise<void> {
  await writeWhole(path, fileBytes(table, control));
}
