import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type FileMetaData, parquetMetadata, type RowGroup, type SchemaElement } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { ByteWriter, ParquetWriter, parquetWriteFile } from "hyparquet-writer";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { afterAll, expect, test } from "vitest";
import { readVectors } from "../../../src/vectors/readVectors.ts";

// Files whose footer says other than their pages do. The decoder takes what it finds: rows that are not there came out as empty vectors,
// and ids beside vectors of other papers.

const folder = mkdtempSync(join(tmpdir(), "scidocs-parquet-"));
afterAll(() => rmSync(folder, { recursive: true }));
const filename = join(folder, "vectors.parquet");
const schema: SchemaElement[] = [
  { name: "schema", num_children: 2 },
  { name: "paper_id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "embedding", converted_type: "LIST", repetition_type: "REQUIRED", num_children: 1 },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
];
const groups = [
  {
    ids: ["a", "b", "c"],
    vectors: [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
  },
  {
    ids: ["d", "e"],
    vectors: [
      [7, 8],
      [9, 10],
    ],
  },
];

/** Two row groups, with another footer, and other pages where `editPages` makes them. */
function write(
  edit: (footer: FileMetaData) => void,
  editPages = (pages: Uint8Array, _footer: FileMetaData) => pages,
): void {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema, codec: "UNCOMPRESSED", statistics: false });
  for (const { ids, vectors } of groups) {
    const columnData = [
      { name: "paper_id", data: ids },
      { name: "embedding", data: vectors },
    ];
    parquet.write({ columnData, rowGroupSize: 10 });
  }
  parquet.finish();
  const bytes = new Uint8Array(writer.getBytes()).slice();
  const footer = parquetMetadata(bytes.buffer);
  edit(footer);
  const pages = bytes.subarray(0, bytes.length - 8 - footer.metadata_length);
  const whole = new ByteWriter();
  whole.appendBytes(editPages(pages, footer));
  writeMetadata(whole, footer);
  whole.appendBytes(Buffer.from("PAR1"));
  writeFileSync(filename, new Uint8Array(whole.getBytes()));
}

const groupOf = ({ row_groups: all }: FileMetaData, index: number): RowGroup => {
  const group = all[index];
  if (group === undefined) throw new Error("no such group");
  return group;
};
const [first, second] = [0, 1].map((index) => (footer: FileMetaData) => groupOf(footer, index)) as [
  (footer: FileMetaData) => RowGroup,
  (footer: FileMetaData) => RowGroup,
];
const chunkOf = (group: RowGroup, column: number) => {
  const chunk = group.columns[column]?.meta_data;
  if (chunk === undefined) throw new Error("no such column");
  return chunk;
};
const replace = (group: RowGroup, column: number, other: RowGroup): void => {
  const taken = other.columns[column];
  if (taken !== undefined) group.columns[column] = taken;
};

test("the file is read where its footer says the truth", async () => {
  write(() => {});
  const table = await readVectors([filename]);
  expect(table.ids).toEqual(["a", "b", "c", "d", "e"]);
  expect([...table.data]).toEqual([1, 4, 2, 5, 3, 6, 7, 8, 9, 10]);
});

test.each<[string, (footer: FileMetaData) => void, RegExp]>([
  [
    "fewer vectors than rows",
    (footer) => replace(first(footer), 1, second(footer)),
    /group 1: column embedding has 2 rows, and its group 3/,
  ],
  [
    "more vectors than rows",
    (footer) => replace(second(footer), 1, first(footer)),
    /group 2: column embedding has 3 rows, and its group 2/,
  ],
  [
    "more ids than rows",
    (footer) => replace(second(footer), 0, first(footer)),
    /group 2: column paper_id has 3 values for 2 rows/,
  ],
  ["no vectors", (footer) => void first(footer).columns.pop(), /group 1: column embedding is missing/],
  [
    "other values than said",
    (footer) => Object.assign(chunkOf(first(footer), 1), { num_values: 999n }),
    /should have 999 values and has 6/,
  ],
  [
    "numbers of another type",
    (footer) => Object.assign(chunkOf(first(footer), 1), { type: "INT32" }),
    /embedding is kept as INT32, and not as FLOAT/,
  ],
  [
    "fewer rows in its groups than said",
    (footer) => Object.assign(first(footer), { num_rows: 0n }),
    /claims 5 rows, and its row groups 2/,
  ],
  [
    "a group of fewer than no rows",
    (footer) => {
      first(footer).num_rows = -3n;
      footer.num_rows = -1n;
    },
    /claims -1 rows/,
  ],
  [
    "a group twice",
    (footer) => {
      footer.row_groups = [first(footer), first(footer)];
    },
    /claims 5 rows, and its row groups 6/,
  ],
  [
    "decimals that are kept as floats",
    ({ schema: all }) => Object.assign(all.at(-1) ?? {}, { converted_type: "DECIMAL", scale: 2 }),
    /list of decimal/,
  ],
])("a file with %s is refused", async (_what, edit, message) => {
  write(edit);
  await expect(readVectors([filename])).rejects.toMatchObject({
    code: "BAD_INPUT",
    message: expect.stringMatching(message),
  });
});

/** Gives the last column's page a checksum: field 4 of its header. Before it stand three numbers, and behind it field 8. */
function withChecksum(flipped: number): (pages: Uint8Array, footer: FileMetaData) => Uint8Array {
  return (pages, footer) => {
    const chunk = chunkOf(second(footer), 1);
    const start = Number(chunk.data_page_offset);
    const reader = { view: new DataView(pages.buffer, pages.byteOffset + start), offset: 0 };
    const size = parquetHeader(reader).compressed_page_size;
    const page = pages.slice(start + reader.offset, start + reader.offset + size);
    const at = pages.indexOf(0x5c, start);
    const checksum = crc32(page) | 0;
    const varint: number[] = [];
    let zigzag = BigInt.asUintN(32, BigInt((checksum << 1) ^ (checksum >> 31)));
    for (; zigzag > 127n; zigzag >>= 7n) varint.push(Number(zigzag & 127n) | 128);
    varint.push(Number(zigzag));
    chunk.total_compressed_size += BigInt(1 + varint.length);
    page[page.length - 1] = (page.at(-1) ?? 0) ^ flipped;
    return Buffer.concat([
      pages.subarray(0, at),
      Buffer.from([0x15, ...varint, 0x4c]),
      pages.subarray(at + 1, start + reader.offset),
      page,
    ]);
  };
}

test("a page's checksum, where it has one, is checked", async () => {
  write(() => {}, withChecksum(0));
  expect([...(await readVectors([filename])).data.subarray(6)]).toEqual([7, 8, 9, 10]);
  write(() => {}, withChecksum(1));
  await expect(readVectors([filename])).rejects.toThrow(
    /row group 2: column embedding has a page whose checksum is wrong/,
  );
});

test("what one column costs does not grow with the others, nor one row group with all", async () => {
  // Read one by one, with all groups planned for each, these took longer than the process may.
  const columns = 3000;
  const names = Array.from({ length: columns }, (_, index) => `d${index}`);
  parquetWriteFile({
    filename,
    columnData: [
      { name: "paper_id", data: ["a", "b"], type: "STRING" },
      ...names.map((name, index) => ({ name, data: [index, -index], type: "FLOAT" as const })),
    ],
    rowGroupSize: 1,
  });
  const table = await readVectors([filename]);
  expect(table.dimensions).toBe(columns);
  expect([table.data[2999], table.data[columns + 2999]]).toEqual([2999, -2999]);
});
