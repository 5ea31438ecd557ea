import { crc32 } from "node:zlib";
import {
  type AsyncBuffer,
  type ColumnMetaData,
  type Compressors,
  type FileMetaData,
  parquetRead,
  type RowGroup,
  type SchemaElement,
} from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { fileError } from "../../errors.ts";
import { printable } from "../../printable.ts";

/** An open parquet file, and how its parts are decoded. */
export interface ParquetFile {
  readonly path: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly compressors: Compressors;
  readonly stringFromBytes: (bytes: Uint8Array) => string;
}

/**
 * Some columns of one row group, in the order of their names, each with a value a row. The decoder takes what it finds, and what it does
 * not find it leaves out; here a column has exactly the group's rows, of the type that the schema says, in pages whose checksums (which not
 * every writer adds) are right.
 * @param index of the group, from 0
 * @throws ScidocsError `BAD_INPUT` for a column that is not as the file says, the decoder's errors otherwise
 */
export async function readGroup(parquet: ParquetFile, index: number, names: readonly string[]): Promise<unknown[][]> {
  const { path, file, metadata, compressors, stringFromBytes } = parquet;
  const group = metadata.row_groups[index];
  const rows = Number(group?.num_rows ?? 0);
  if (group === undefined || rows === 0) return names.map(() => []);
  const problem = (name: string, what: string) =>
    fileError(path, null, `row group ${index + 1}: column ${printable(name)} ${what}: a damaged file`);
  for (const [name, chunk] of chunksOf(group, names)) {
    if (chunk === undefined) throw problem(name, "is missing");
    const { element, isFlat } = leafOf(metadata.schema, chunk.path_in_schema);
    if (element?.type !== chunk.type) throw problem(name, `is kept as ${chunk.type}, and not as ${element?.type}`);
    const pages = await readPages(file, chunk);
    if (!pages.areWhole) throw problem(name, "has a page whose checksum is wrong");
    if (pages.values !== Number(chunk.num_values)) {
      throw problem(name, `should have ${chunk.num_values} values and has ${pages.values}`);
    }
    if (isFlat && pages.values !== rows) throw problem(name, `has ${pages.values} values for ${rows} rows`);
  }
  const columns = new Map<string, unknown[]>(names.map((name) => [name, []]));
  const rowsSeen = new Map<string, number>();
  await parquetRead({
    file,
    // Planning goes through all groups that it knows of: of this one alone.
    metadata: { ...metadata, num_rows: BigInt(rows), row_groups: [group] },
    columns: [...names],
    rowStart: 0,
    rowEnd: rows,
    compressors,
    parsers: { stringFromBytes },
    onPage: ({ pathInSchema: [name = ""], rowEnd }) => rowsSeen.set(name, rowEnd),
    onChunk: ({ columnName, columnData, rowStart }) => {
      const values = columns.get(columnName);
      for (let i = 0; i < columnData.length; i++) if (values !== undefined) values[rowStart + i] = columnData[i];
    },
  });
  for (const [name, values] of columns) {
    const seen = rowsSeen.get(name) ?? 0;
    if (values.length !== rows || seen !== rows) throw problem(name, `has ${seen} rows, and its group ${rows}`);
  }
  return [...columns.values()];
}

/** What the group says of each column. A column of lists has one leaf, as `vectorColumnsOf` sees to. */
function chunksOf(group: RowGroup, names: readonly string[]): Map<string, ColumnMetaData | undefined> {
  const chunks = new Map<string, ColumnMetaData | undefined>(names.map((name) => [name, undefined]));
  for (const { meta_data: chunk } of group.columns) {
    const [name = ""] = chunk?.path_in_schema ?? [];
    if (chunks.has(name)) chunks.set(name, chunk);
  }
  return chunks;
}

/** The schema's leaf at a path, and whether it has one value a row. */
function leafOf(
  schema: readonly SchemaElement[],
  path: readonly string[],
): { readonly element: SchemaElement | undefined; readonly isFlat: boolean } {
  let at = 0;
  let isFlat = true;
  for (const name of path) {
    let children = schema[at]?.num_children ?? 0;
    at++;
    // The next sibling lies behind all that this one holds.
    while (children > 0 && schema[at]?.name !== name) {
      at = endOf(schema, at);
      children--;
    }
    if (children === 0) return { element: undefined, isFlat };
    if (schema[at]?.repetition_type === "REPEATED") isFlat = false;
  }
  return { element: schema[at], isFlat };
}

/** Where what an element holds ends in the schema, which lists everything depth first. */
function endOf(schema: readonly SchemaElement[], start: number): number {
  let at = start;
  for (let open = 1; open > 0 && at < schema.length; at++) open += (schema[at]?.num_children ?? 0) - 1;
  return at;
}

/** The values that the pages of a column say they hold, and whether those with a checksum have the right one. */
async function readPages(file: AsyncBuffer, chunk: ColumnMetaData): Promise<{ values: number; areWhole: boolean }> {
  const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
  const bytes = new Uint8Array(await file.slice(start, start + Number(chunk.total_compressed_size)));
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  let values = 0;
  while (reader.offset < bytes.length - 1) {
    const header = parquetHeader(reader);
    const end = reader.offset + header.compressed_page_size;
    if (end < reader.offset || end > bytes.length) throw new Error("a page is longer than its column");
    const isWhole = header.crc === undefined || crc32(bytes.subarray(reader.offset, end)) === header.crc >>> 0;
    if (!isWhole) return { values, areWhole: false };
    values += (header.data_page_header ?? header.data_page_header_v2)?.num_values ?? 0;
    reader.offset = end;
  }
  return { values, areWhole: true };
}
