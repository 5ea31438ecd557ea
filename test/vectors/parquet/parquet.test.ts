import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteFile } from "hyparquet-writer";
import { afterAll, expect, test } from "vitest";
import { readVectors } from "../../../src/vectors/readVectors.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-parquet-"));
afterAll(() => rmSync(folder, { recursive: true }));
const filename = join(folder, "vectors.parquet");
const ids = { name: "paper_id", data: ["a", "b", "c"], type: "STRING" as const };

test("one float column a dimension is read in the columns' order", async () => {
  const columnData = [
    { name: "dim_1", data: [1, 2, 3], type: "FLOAT" as const },
    ids,
    { name: "dim_0", data: [4, 5, 6], type: "DOUBLE" as const },
    { name: "year", data: [1, 2, 3], type: "INT32" as const },
  ];
  parquetWriteFile({ filename, columnData, rowGroupSize: 2 });
  const table = await readVectors([filename]);
  expect(table).toMatchObject({ ids: ["a", "b", "c"], dimensions: 2, data: Float32Array.of(1, 4, 2, 5, 3, 6) });
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
