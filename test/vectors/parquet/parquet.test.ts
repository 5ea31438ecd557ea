import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SchemaElement } from "hyparquet";
import { parquetWriteFile } from "hyparquet-writer";
import { afterAll, expect, test } from "vitest";
import { readVectors } from "../../../src/vectors/readVectors.ts";
import { vectorTable } from "../../../src/vectors/vectorTable.ts";
import { writeVectors } from "../../../src/vectors/writeVectors.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-parquet-"));
afterAll(() => rmSync(folder, { recursive: true }));
const filename = join(folder, "vectors.parquet");
const ids = { name: "paper_id", data: ["a", "b", "c"], type: "STRING" as const };

/** A column of a file, with the part of the schema that describes it. */
interface Column {
  readonly name: string;
  readonly data: unknown[];
  readonly schema: readonly SchemaElement[];
}

const flat = (name: string, type: "FLOAT" | "DOUBLE" | "INT32" | "INT64", data: unknown[]): Column => ({
  name,
  data,
  schema: [{ name, type, repetition_type: "OPTIONAL" }],
});
const list = (name: string, data: unknown[] = vectors, type: "FLOAT" | "DOUBLE" | "INT32" = "FLOAT"): Column => ({
  name,
  data,
  schema: [
    { name, converted_type: "LIST", repetition_type: "OPTIONAL", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type, repetition_type: "OPTIONAL" },
  ],
});
const vectors = [
  [1, 4],
  [2, 5],
  [3, 6],
];
const textIds: Column = {
  name: "paper_id",
  data: ["a", "b", "c"],
  schema: [{ name: "paper_id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" }],
};

function write(...columns: readonly Column[]): void {
  const schema = [{ name: "schema", num_children: columns.length }, ...columns.flatMap((column) => column.schema)];
  const columnData = columns.map(({ name, data }) => ({ name, data }));
  parquetWriteFile({ filename, columnData, schema, rowGroupSize: 2 });
}

test("one float column a dimension is read in the order of their numbers, and other float columns are not", async () => {
  const numbered = Array.from({ length: 11 }, (_, index) => flat(`dim_${index}`, "FLOAT", [index, index, index]));
  numbered.sort((a, b) => (a.name < b.name ? -1 : 1));
  write(flat("year", "DOUBLE", [2001, 2002, 2003]), textIds, ...numbered, flat("citations", "INT32", [1, 2, 3]));
  const table = await readVectors([filename]);
  expect(table.ids).toEqual(["a", "b", "c"]);
  expect([...table.data.subarray(0, 11)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(table.notes).toEqual([
    "vectors.parquet: vectors taken from 11 float columns, dim_0 to dim_10; passed over: year.",
  ]);
});

test("the only list column of numbers is taken, whatever its name, and the reader is told", async () => {
  write(textIds, flat("year", "DOUBLE", [2001, 2002, 2003]), list("embeddings"));
  const table = await readVectors([filename]);
  expect(table).toMatchObject({ dimensions: 2, data: Float32Array.of(1, 4, 2, 5, 3, 6) });
  expect(table.notes).toEqual(["vectors.parquet: vectors taken from the list column embeddings."]);
});

test.each([
  ["text", textIds, ["a", "b", "c"]],
  ["64-bit whole numbers", flat("paper_id", "INT64", [1n, 2n ** 60n, -3n]), ["1", "1152921504606846976", "-3"]],
  ["32-bit whole numbers", flat("paper_id", "INT32", [1, 2, 3]), ["1", "2", "3"]],
])("ids may be %s", async (_what, column, expected) => {
  write(column, list("embedding"));
  const table = await readVectors([filename]);
  expect(table.ids).toEqual(expected);
  expect(table.notes).toBeUndefined();
});

test("ids and numbers from dictionaries are read, and a null or an empty list is an empty vector", async () => {
  const columnData = [
    { name: "paper_id", data: ["a", "b", "c"], encoding: "RLE_DICTIONARY" as const },
    { name: "embedding", data: [[1, 1], null, []] as unknown as number[] },
  ];
  const schema: SchemaElement[] = [{ name: "schema", num_children: 2 }, ...textIds.schema, ...list("embedding").schema];
  parquetWriteFile({ filename, columnData, schema });
  const table = await readVectors([filename]);
  expect(table.ids).toEqual(["a"]);
  expect([...table.emptyIds]).toEqual(["b", "c"]);
});

test.each([
  ["two list columns", [textIds, list("one"), list("two")], /several list columns of numbers \(one, two\)/],
  [
    "float columns without numbers",
    [textIds, flat("year", "DOUBLE", [1, 2, 3]), flat("score", "FLOAT", [1, 2, 3])],
    /none that are numbered .* year \(double\), score \(float\)/,
  ],
  [
    "a gap in the numbers",
    [textIds, flat("d0", "FLOAT", [1, 2, 3]), flat("d2", "FLOAT", [1, 2, 3])],
    /none that are numbered/,
  ],
  [
    "two groups of numbered columns",
    [textIds, flat("a0", "FLOAT", [1, 2, 3]), flat("b0", "FLOAT", [1, 2, 3])],
    /several groups/,
  ],
  ["float ids", [flat("paper_id", "DOUBLE", [1, 2, 3]), list("embedding")], /column paper_id is of type double/],
  ["an id that is null", [{ ...textIds, data: ["a", null, "c"] }, list("embedding")], /row 2 has no paper_id/],
  [
    "lists of whole numbers",
    [textIds, list("embedding", vectors, "INT32")],
    /embedding must be a list of float or double numbers/,
  ],
  [
    "a list with a null in it",
    [
      textIds,
      list("embedding", [
        [1, 2],
        [1, null],
        [1, 2],
      ]),
    ],
    /row 2: the embedding of paper b holds null at index 1/,
  ],
] as [string, Column[], RegExp][])("refuses %s, naming what is there", async (_what, columns, message) => {
  write(...columns);
  await expect(readVectors([filename])).rejects.toThrow(message);
});

test("a stopped reading ends at once, and leaves no process behind", async () => {
  write(textIds, list("embedding"));
  const stop = new AbortController();
  const reading = readVectors([filename], {}, { signal: stop.signal });
  stop.abort();
  await expect(reading).rejects.toMatchObject({ code: "INTERRUPTED" });
});

test.each([
  [[{ name: "dim_0", data: [1, 2, 3], type: "FLOAT" as const }], "has no column paper_id; its columns: dim_0"],
  [[ids], "has neither a list column embedding nor float columns"],
  [[ids, { name: "embedding", data: ["x", "y", "z"], type: "STRING" as const }], "column embedding must be a list"],
  [[ids, { name: "dim_0", data: [1, null, 3], type: "FLOAT" as const }], "row 2: the embedding of paper b holds null"],
  [[ids, { name: "dim_0", data: [1, Number.NaN, 3], type: "FLOAT" as const }], "paper b holds NaN at index 0"],
])("columns that do not fit are an error that says which", async (columnData, message) => {
  parquetWriteFile({ filename, columnData });
  await expect(readVectors([filename])).rejects.toThrow(message);
});

test("ids that UTF-8 cannot hold are not written, for two of them would become one", async () => {
  const table = vectorTable(["\ud800", "\ud801"], 1, Float32Array.of(1, 2));
  await expect(writeVectors(filename, table)).rejects.toMatchObject({
    code: "BAD_INPUT",
    message: `${filename}: cannot hold the id \\ud800, which is no whole text; write .jsonl or .npy`,
  });
});
