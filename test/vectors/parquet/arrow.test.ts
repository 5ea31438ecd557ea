import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readVectors } from "../../../src/vectors/readVectors.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";

// Files as PyArrow writes them (arrow/make.py): what is read has the right ids and numbers, and what is refused has its type named.

const folder = join(import.meta.dirname, "arrow");

interface Right {
  readonly ids?: readonly string[];
  readonly data?: readonly number[];
  readonly emptyIds?: readonly string[];
}

const right: Readonly<Record<string, Right>> = {
  "large-list": {},
  "fixed-size-list": {},
  "half-list": { data: [1.5, 4, 2, 5, 3, 6] },
  "old-list-names": {},
  "pages-of-version-2": { ids: ["a", "c"], data: [1, 4, 3, 6], emptyIds: ["b"] },
  "null-large-list": { ids: ["a"], data: [1, 4], emptyIds: ["b", "c"] },
  "null-fixed-size-list": { ids: ["a", "c"], data: [1, 4, 3, 6], emptyIds: ["b"] },
  "struct-beside": {},
  "ids-large-text": {},
  "ids-dictionary": {},
  "ids-dictionary-int64": { ids: ["7", "7000000000", "9"] },
  "ids-int64": { ids: ["-1", "4611686018427387904", "3"] },
  "ids-int64-delta": { ids: ["1000000000000", "5", "-7"] },
  "ids-uint64": { ids: ["18446744073709551615", "9223372036854775808", "3"] },
  "ids-uint32": { ids: ["4294967295", "2147483648", "3"] },
};

const mustBe = "column embedding must be a list of float or double numbers; it is of type";
const idsAre = (type: string): string => `column paper_id is of type ${type}; ids are text or whole numbers`;

const refused: Readonly<Record<string, string>> = {
  "null-number": "row 2: the embedding of paper b holds null at index 1; only finite numbers can be scored",
  "whole-numbers": `${mustBe} list of int64`,
  bytes: `${mustBe} list of uint8`,
  "lists-of-lists": `${mustBe} list of list of float`,
  "list-of-structs": `${mustBe} list of struct`,
  map: `${mustBe} map`,
  struct: `${mustBe} struct`,
  "struct-of-another-name":
    "has neither a list column embedding nor float columns; put the vectors into one list column embedding; its columns: paper_id (string), vector (struct)",
  "two-embeddings": "has several columns called embedding: which one is meant cannot be told",
  "two-ids": "has several columns called paper_id: which one is meant cannot be told",
  "encrypted-whole": "is encrypted, and keys are not taken here; write it anew without encryption",
  "encrypted-ids": "is encrypted, and keys are not taken here; write it anew without encryption",
  "encrypted-vectors": "is encrypted, and keys are not taken here; write it anew without encryption",
  "ids-null": "row 2 has no paper_id",
  "ids-null-int64": "row 2 has no paper_id",
  "ids-not-text": "holds a paper_id that is not UTF-8 text",
  "ids-decimal": idsAre("decimal"),
  "ids-date": idsAre("date"),
  "ids-struct": idsAre("struct"),
  "ids-list": idsAre("list of string"),
};

describe("parquet files as PyArrow writes them", () => {
  it("has an answer for every file of the folder", () => {
    const names = readdirSync(folder).filter((name) => name.endsWith(".parquet"));
    expect([...Object.keys(right), ...Object.keys(refused)].map((name) => `${name}.parquet`).sort()).toEqual(
      names.sort(),
    );
  });

  it.each(Object.entries(right))("%s is read", async (name, expected) => {
    const table = await readVectors([join(folder, `${name}.parquet`)]);
    expect(table.ids).toEqual(expected.ids ?? ["a", "b", "c"]);
    expect([...table.data]).toEqual(expected.data ?? [1, 4, 2, 5, 3, 6]);
    expect([...table.emptyIds]).toEqual(expected.emptyIds ?? []);
    expect(table.dimensions).toBe(2);
  });

  it("reads a list that bears the newer annotation alone", async () => {
    const bytes = readFileSync(join(folder, "large-list.parquet"));
    // In the footer: the name, one child (15 02), the older annotation (15 06), and the newer one four fields on (4c).
    const both = Buffer.from("embedding\x15\x02\x15\x06\x4c", "latin1");
    const newer = Buffer.from("embedding\x15\x02\x5c", "latin1");
    const at = bytes.indexOf(both);
    expect(at).toBeGreaterThan(0);
    const changed = Buffer.concat([bytes.subarray(0, at), newer, bytes.subarray(at + both.length)]);
    changed.writeUInt32LE(changed.readUInt32LE(changed.length - 8) - 2, changed.length - 8);
    const path = join(temporaryFolder(), "newer.parquet");
    writeFileSync(path, changed);
    expect((await readVectors([path])).data).toEqual(Float32Array.of(1, 4, 2, 5, 3, 6));
  });

  it.each(Object.entries(refused))("%s is refused, and the message says why", async (name, message) => {
    const path = join(folder, `${name}.parquet`);
    await expect(readVectors([path])).rejects.toMatchObject({ code: "BAD_INPUT", message: `${path}: ${message}` });
  });
});
