import * as zlib from "node:zlib";
import {
  asyncBufferFromFile,
  type ColumnChunk,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
} from "hyparquet";
import { fileError, ScidocsError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { answerInProcess } from "../../threads/inProcess.ts";
import { idColumn, vectorColumnsOf } from "./parquetColumns.ts";
import { type ParquetFile, readGroup } from "./parquetGroup.ts";
import type { ParquetJob, ParquetRows, ParquetSummary } from "./parquetJob.ts";

// Decoding parquet has a process of its own: a few bytes can claim any number of rows, and some make the whole process abort.

/** Codecs that Node itself unpacks, beside snappy, which hyparquet does; Zstandard only where Node has it. */
const compressors: Compressors = {
  GZIP: (input) => zlib.gunzipSync(input),
  BROTLI: (input) => zlib.brotliDecompressSync(input),
};
const zstd = (zlib as { zstdDecompressSync?: (input: Uint8Array) => Uint8Array }).zstdDecompressSync;
if (zstd !== undefined) compressors.ZSTD = (input) => zstd(input);

/** Numbers sent at a time: 8 MB of float64. */
const sentNumbers = 1 << 20;

async function read({ path, needed }: ParquetJob, send: (rows: ParquetRows) => Promise<void>): Promise<ParquetSummary> {
  const file = await asyncBufferFromFile(path);
  const signature = Buffer.from(await file.slice(Math.max(0, file.byteLength - 4))).toString("latin1");
  if (signature === encryptedSignature) throw encrypted(path);
  const metadata = await parquetMetadataAsync(file);
  // hyparquet knows lists by their older annotation, which not every writer adds.
  for (const element of metadata.schema) if (element.logical_type?.type === "LIST") element.converted_type ??= "LIST";
  const { names, lists, wide, note } = vectorColumnsOf(parquetSchema(metadata), path);
  const wantedNames = new Set([idColumn, ...names]);
  const columns = metadata.row_groups.flatMap((group) => group.columns);
  if (columns.some((column) => column.crypto_metadata !== undefined && wantedNames.has(nameOf(column)))) {
    throw encrypted(path);
  }
  const total = metadata.row_groups.reduce((rows, group) => rows + Number(group.num_rows), 0);
  requireBytesForRows(path, file.byteLength, total);
  if (BigInt(total) !== metadata.num_rows || metadata.row_groups.some(({ num_rows: rows }) => rows < 0n)) {
    throw fileError(path, null, `claims ${metadata.num_rows} rows, and its row groups ${total}: a damaged file`);
  }

  const parquet: ParquetFile = {
    path,
    file,
    metadata: metadata as FileMetaData,
    compressors,
    stringFromBytes: (bytes) => bytes && textOf(path, bytes),
  };

  let dimensions = lists ? 0 : names.length;
  let unneededEntries = 0;
  let groupStart = 0;
  for (const number of metadata.row_groups.keys()) {
    const [idsThere = []] = await readGroup(parquet, number, [idColumn]);
    const groupIds = idsThere.map((id, index) => idOf(path, groupStart + index + 1, id));
    const groupEnd = groupStart + groupIds.length;
    const wanted = [...groupIds.keys()].filter((index) => needed === null || needed.has(groupIds[index] ?? ""));
    unneededEntries += groupIds.length - wanted.length;
    const columns = wanted.length > 0 ? await readGroup(parquet, number, names) : [];
    const vectorOf = (index: number): readonly unknown[] => {
      if (!lists) return columns.map((values) => values[index]);
      const value = columns[0]?.[index];
      if (value == null) return [];
      if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as ArrayLike<unknown>);
      throw fileError(path, null, `row ${groupStart + index + 1}: its ${names[0]} is no list of numbers`);
    };
    for (let at = 0; at < wanted.length; ) {
      const rows = new RowsToSend(path, wide, dimensions);
      while (at < wanted.length && rows.length < sentNumbers) {
        const index = wanted[at++] ?? 0;
        rows.keep(groupStart + index + 1, groupIds[index] ?? "", vectorOf(index));
      }
      dimensions = rows.dimensions;
      await send(rows.message(groupStart + (wanted[at - 1] ?? 0) + 1, total));
    }
    groupStart = groupEnd;
    await send({ ids: [], emptyAt: [], dimensions, values: new Float32Array(0), done: groupEnd, total });
  }
  return { dimensions, wide, unneededEntries, note };
}

/** How a file ends whose footer is encrypted as well. */
const encryptedSignature = "PARE";

function encrypted(path: string): ScidocsError {
  return fileError(path, null, "is encrypted, and keys are not taken here; write it anew without encryption");
}

const nameOf = ({ meta_data: chunk }: ColumnChunk): string => chunk?.path_in_schema[0] ?? idColumn;

/** Every paper has an id of its own, which takes some of the file's bytes, however well they are packed. */
function requireBytesForRows(path: string, bytes: number, rows: number): void {
  if (rows <= 1000 + 20 * bytes) return;
  throw fileError(path, null, `claims ${rows} rows in ${bytes} bytes: a damaged file`);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that are no text would be replaced by a sign, and two ids become one. */
function textOf(path: string, bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw fileError(path, null, `holds a ${idColumn} that is not UTF-8 text`, error);
  }
}

function idOf(path: string, row: number, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value))) return String(value);
  if (value == null) throw fileError(path, null, `row ${row} has no ${idColumn}`);
  throw fileError(path, null, `row ${row}: its ${idColumn} is neither text nor a whole number`);
}

/** Some rows on their way to the process that asked. */
class RowsToSend {
  dimensions: number;
  private readonly path: string;
  private readonly wide: boolean;
  private readonly ids: string[] = [];
  private readonly emptyAt: number[] = [];
  private readonly numbers: number[] = [];

  constructor(path: string, wide: boolean, dimensions: number) {
    this.path = path;
    this.wide = wide;
    this.dimensions = dimensions;
  }

  get length(): number {
    return this.numbers.length + this.ids.length;
  }

  keep(row: number, id: string, vector: readonly unknown[]): void {
    this.ids.push(id);
    if (vector.length === 0) {
      this.emptyAt.push(this.ids.length - 1);
      return;
    }
    if (this.dimensions === 0) this.dimensions = vector.length;
    const problem = (what: string) => fileError(this.path, null, `row ${row}: the ${what}`);
    if (vector.length !== this.dimensions) {
      throw problem(`vector of paper ${printable(id)} has ${vector.length} numbers, others have ${this.dimensions}`);
    }
    for (const [index, value] of vector.entries()) {
      if (typeof value !== "number" || !Number.isFinite(value)) {
        throw problem(
          `embedding of paper ${printable(id)} holds ${printable(String(value))} at index ${index}; only finite numbers can be scored`,
        );
      }
      this.numbers.push(value);
    }
  }

  message(done: number, total: number): ParquetRows {
    const { ids, emptyAt, dimensions, numbers } = this;
    const values = this.wide ? Float64Array.from(numbers) : Float32Array.from(numbers);
    return { ids, emptyAt, dimensions, values, done, total };
  }
}

answerInProcess<null, ParquetJob, ParquetSummary, ParquetRows>(() => async (job, send) => {
  try {
    return await read(job, send);
  } catch (error) {
    if (error instanceof ScidocsError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const zstd = /ZSTD/.test(reason) ? "Node 22.15 or later reads it; or " : "";
    const codec = /compression codec/.test(reason) ? ` (${zstd}write the file with snappy)` : "";
    // Whatever else the decoder stumbles over is the file's fault.
    throw fileError(job.path, null, `cannot be read as a whole parquet file: ${reason}${codec}`, error);
  }
});
