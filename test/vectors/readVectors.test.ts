import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { readVectors } from "../../src/vectors/readVectors.ts";
import { vectorTable } from "../../src/vectors/vectorTable.ts";
import { writeVectors } from "../../src/vectors/writeVectors.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-vectors-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("rows stand in file order, extra keys are passed over and an empty vector is no row", async () => {
  const path = file(
    "plain.jsonl",
    '{"paper_id": "b", "title": "T", "embedding": [1, -0.5]}\n{"embedding": [], "paper_id": "e"}\n{"paper_id": "a", "embedding": [2e-1, 3]}',
  );
  const table = await readVectors([path]);
  expect(table.ids).toEqual(["b", "a"]);
  expect(table.dimensions).toBe(2);
  expect(Array.from(table.data)).toEqual([1, -0.5, 0.2, 3]);
  expect(table.emptyIds).toEqual(new Set(["e"]));
});

test("numbers are kept as float32 only where every one of them survives it", async () => {
  const survives = file("narrow.jsonl", '{"paper_id": "a", "embedding": [0.10000000149011612, 2]}\n');
  const doesNot = file("wide.jsonl", '{"paper_id": "a", "embedding": [0.1, 2]}\n');
  expect((await readVectors([survives])).data).toBeInstanceOf(Float32Array);
  expect((await readVectors([doesNot])).data).toBeInstanceOf(Float64Array);
});

test("of a repeated paper the last vector wins, and the repeats are counted", async () => {
  const path = file(
    "repeats.jsonl",
    '{"paper_id": "a", "embedding": [1]}\n{"paper_id": "b", "embedding": [2]}\n{"paper_id": "a", "embedding": [3]}\n',
  );
  const table = await readVectors([path]);
  expect(table.ids).toEqual(["b", "a"]);
  expect(Array.from(table.data)).toEqual([2, 3]);
  expect(table.replacedEntries).toBe(1);
});

test("a line that was cut off is an error even where its paper is not needed", async () => {
  const path = file("cut.jsonl", '{"paper_id": "a", "embedding": [1, 2]} \r\n{"paper_id": "b", "embedding": [1, 2');
  await expect(readVectors([path], { needed: new Set(["a"]) })).rejects.toThrow("cut.jsonl:2");
});

test("only the needed papers are kept, and the others counted", async () => {
  const path = file("needed.jsonl", '{"paper_id": "a", "embedding": [1]}\n{"paper_id": "b", "embedding": [2]}\n');
  const table = await readVectors([path], { needed: new Set(["b", "c"]) });
  expect(table.ids).toEqual(["b"]);
  expect(table.unneededEntries).toBe(1);
});

test("several files make one table", async () => {
  const one = file("one.jsonl", '{"paper_id": "a", "embedding": [1]}\n');
  const two = file("two.jsonl.gz", gzipSync('{"paper_id": "b", "embedding": [2]}\n'));
  expect((await readVectors([one, two])).ids).toEqual(["a", "b"]);
});

test.each([
  ['{"paper_id": "a", "embedding": [1]}\n{"paper_id": "b", "embedding": [1', ":2: is not a whole JSON object"],
  ['{"paper_id": "a", "embedding": [1]}\n\n', ":2: blank line"],
  ['{"embedding": [1]}\n', ":1: has no paper_id"],
  ['{"paper_id": 7, "embedding": [1]}\n', ":1: paper_id must be a string"],
  ['{"paper_id": "a"}\n', ":1: paper a has no embedding"],
  ['{"paper_id": "a", "embedding": 1}\n', ":1: the embedding of paper a must be a list of numbers"],
  ['{"paper_id": "a", "embedding": [1, "2"]}\n', ':1: the embedding of paper a holds "2" at index 1'],
  ['{"paper_id": "a", "embedding": [1, null]}\n', ":1: the embedding of paper a holds null at index 1"],
  ['{"paper_id": "a", "embedding": [1, NaN]}\n', ":1: the embedding holds NaN"],
  ['{"paper_id": "a", "embedding": [-Infinity, 1]}\n', ":1: the embedding holds -Infinity"],
  ['{"paper_id": "a", "embedding": [1e999]}\n', ":1: the embedding of paper a holds a number beyond the range"],
  [
    '{"paper_id": "a", "embedding": [1]}\n{"paper_id": "b", "embedding": [1, 2]}\n',
    ":2: the vector of paper b has 2 numbers where that of line 1 has 1",
  ],
  ["[1]\n", ':1: expected an object {"paper_id"'],
  ["", ": is empty"],
])("%j is an error that says where and what", async (text, message) => {
  const path = file("bad.jsonl", text);
  await expect(readVectors([path])).rejects.toThrow(path + message);
});

test("an id that is not UTF-8 is an error, for two such ids could be taken for one", async () => {
  const line = '{"paper_id": "id-?", "embedding": [1]}\n';
  const bytes = Buffer.from(line + line);
  bytes[line.length + line.indexOf("?")] = 0xff;
  const path = file("latin1.jsonl", bytes);
  await expect(readVectors([path])).rejects.toThrow(`${path}:2: is not UTF-8 text`);
  await expect(readVectors([path], { needed: new Set(["other"]) })).rejects.toThrow(`${path}:2: is not UTF-8 text`);
  const whole = file("utf8.jsonl", '{"paper_id": "id-\ufffd", "embedding": [1]}\n');
  expect((await readVectors([whole])).ids).toEqual(["id-\ufffd"]);
});

test("a byte order mark before a line is passed over, plain and packed", async () => {
  const text = '\ufeff{"paper_id": "a", "embedding": [1, 2]}\n\ufeff{"paper_id": "b", "embedding": [3, 4]}\n';
  for (const path of [file("marked.jsonl", text), file("marked.jsonl.gz", gzipSync(text))]) {
    const { ids, data } = await readVectors([path]);
    expect([ids, [...data]]).toEqual([
      ["a", "b"],
      [1, 2, 3, 4],
    ]);
  }
});

test("a file that is not there is an error that names it", async () => {
  await expect(readVectors([join(folder, "nowhere.jsonl")])).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a gzip file that was cut off is an error", async () => {
  const whole = gzipSync('{"paper_id": "a", "embedding": [1]}\n');
  const path = file("cut.jsonl.gz", whole.subarray(0, whole.length - 6));
  await expect(readVectors([path])).rejects.toThrow("is not a whole gzip file");
});

test("JSON lines are written as the reference writes them, and read back to the same numbers", async () => {
  const path = join(folder, "written.jsonl");
  const table = vectorTable(["a", "b"], 2, Float32Array.of(0.1, -2, 1e-7, 3), new Set(["e"]));
  await writeVectors(path, table, { titles: new Map([["a", 'A "title"']]) });
  expect(readFileSync(path, "utf8")).toBe(
    '{"paper_id": "a", "title": "A \\"title\\"", "embedding": [0.10000000149011612, -2]}\n' +
      '{"paper_id": "b", "embedding": [1.0000000116860974e-7, 3]}\n' +
      '{"paper_id": "e", "embedding": []}\n',
  );
  expect(await readVectors([path])).toMatchObject({ ids: table.ids, data: table.data, emptyIds: table.emptyIds });
});
