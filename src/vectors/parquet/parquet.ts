import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { fileError, throwIfAborted } from "../../errors.ts";
import { pathError } from "../../files/pathError.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { printable } from "../../printable.ts";
import type { RunControl } from "../../progress.ts";
import { callInProcess, ProcessEnded, type ProcessLimits } from "../../threads/boundedProcess.ts";
import { breathe } from "../../threads/breathe.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { surviveNarrowing } from "../binary/binaryNumbers.ts";
import { tableOfEntries } from "../entries.ts";
import { growingBlock, growTo, rowsOf } from "../jsonLines/growingBlock.ts";
import type { ReadVectorsOptions, ReadVectorsResult, WriteVectorsOptions } from "../vectorFile.ts";
import { type VectorTable, vectorAt } from "../vectorTable.ts";
import { idColumn, vectorColumn } from "./parquetColumns.ts";
import type { ParquetJob, ParquetRows, ParquetSummary } from "./parquetJob.ts";

/**
 * Reads a parquet file: a column `paper_id` (text or whole numbers) and either a list column of numbers, `embedding` or the only one (null
 * or an empty list is an empty vector), or one numbered float column a dimension. Snappy, gzip and brotli are unpacked, Zstandard where
 * Node can.
 * @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` for a file that is cut off, lacks these columns, holds what is not a finite number, or
 *   needs far more memory or time than a file of its size should
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
  const ids: string[] = [];
  const emptyAt: number[] = [];
  let length = 0;
  const onMessage = (rows: ParquetRows): void => {
    for (const position of rows.emptyAt) emptyAt.push(ids.length + position);
    for (const id of rows.ids) ids.push(id);
    const { values, done, total } = rows;
    growTo(block, (length + values.length) * values.BYTES_PER_ELEMENT);
    rowsOf(block, values instanceof Float64Array, length * values.BYTES_PER_ELEMENT, values.length).set(values);
    length += values.length;
    control.onProgress?.({ stage: "reading vectors", done, total, unit: "papers" });
  };
  const job: ParquetJob = { path, needed: needed ?? null };
  const script = builtFile(import.meta.url, "./parquetProcess.js");
  const { dimensions, wide, unneededEntries, note } = await callInProcess<ParquetJob, ParquetSummary, ParquetRows>(
    { script, limits: limitsFor(size), onMessage, signal: control.signal },
    job,
  ).catch((error: unknown) => {
    if (!(error instanceof ProcessEnded)) throw error;
    const what = error.reason === "time" ? "takes longer" : error.reason === "memory" ? "needs more memory" : "breaks";
    const than = error.reason === "crash" ? "the decoder" : `to read than a file of ${size} bytes should`;
    throw fileError(path, null, `${what} ${than}: a damaged file, or one to be written with smaller row groups`, error);
  });
  let values = rowsOf(block, wide, 0, length);
  if (wide && surviveNarrowing(values)) {
    const narrow = new Float32Array(new SharedArrayBuffer(values.length * 4));
    narrow.set(values);
    values = narrow;
  }
  const table = tableOfEntries({ ids, emptyAt, dimensions, values, unneededEntries });
  return note === null ? table : { ...table, notes: [`${basename(path)}: ${note}.`] };
}

/** A decoded row group takes some twenty times its packed bytes for a moment; 2 MB a second is far below the slowest seen. */
function limitsFor(bytes: number): ProcessLimits {
  return { memoryBytes: 400e6 + 30 * bytes, cpuMs: 2000 + bytes / 2000 };
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
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written or an id is no text that UTF-8 can hold, `INTERRUPTED` when stopped;
 *   nothing is left then
 */
export async function writeParquet(
  path: string,
  table: VectorTable,
  _options: WriteVectorsOptions,
  control: RunControl,
): Promise<void> {
  // Half of a surrogate pair has no place in UTF-8: two such ids would become one.
  const halved = [...table.ids, ...table.emptyIds].find((id) => /\p{Cs}/u.test(id));
  if (halved !== undefined) {
    throw fileError(
      path,
      null,
      `cannot hold the id ${printable(halved)}, which is no whole text; write .jsonl or .npy`,
    );
  }
  await writeWhole(path, fileBytes(table, control));
}
