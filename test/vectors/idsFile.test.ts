import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { npyHeader } from "../../src/vectors/binary/npy.ts";
import { readVectors } from "../../src/vectors/readVectors.ts";
import { vectorTable } from "../../src/vectors/vectorTable.ts";
import { writeVectors } from "../../src/vectors/writeVectors.ts";
import { freshFolder } from "../cli/runScidocs.ts";

const folder = freshFolder();
const numbers = Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);

/** Three rows of two numbers; ids in a safetensors file's metadata where they are given. */
function safetensors(ids?: readonly string[]): Buffer {
  const metadata = ids === undefined ? {} : { __metadata__: { paper_ids: JSON.stringify(ids) } };
  const header = JSON.stringify({ ...metadata, embeddings: { dtype: "F32", shape: [3, 2], data_offsets: [0, 24] } });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), numbers]);
}

const files = { npy: Buffer.concat([npyHeader(3, 2, false), numbers]), safetensors: safetensors() };
const jsonIds = join(folder, "v.ids.json");
const textIds = join(folder, "v.ids.txt");
beforeEach(() => {
  for (const file of [jsonIds, textIds]) rmSync(file, { force: true });
});

describe.each(Object.entries(files))("ids beside a file of rows (%s)", (ending, bytes) => {
  const path = join(folder, `v.${ending}`);
  const message = async (): Promise<string> => {
    writeFileSync(path, bytes);
    return readVectors([path]).then(
      ({ ids }) => `read ${ids}`,
      (error: Error) => error.message,
    );
  };

  it("missing ones are asked for, and the rows counted", async () => {
    expect(await message()).toBe(
      `${path}: has 3 rows and no paper ids: whose rows are these? Put ${jsonIds} ({"paper_ids": [id, …]}) or ${textIds} (one id a line) beside it`,
    );
  });

  it.each([
    ["one short", "a\nb\n", "v.ids.txt has 2 paper ids"],
    ["one long", "a\nb\nc\nd\n", "v.ids.txt has 4 paper ids"],
    ["with a heading", "paper_id\na\nb\nc\n", 'v.ids.txt has 4 paper ids; its first, "paper_id", looks like a heading'],
    ["none at all", "", "v.ids.txt has 0 paper ids"],
  ])("%s, as lines: both are counted", async (_what, text, found) => {
    writeFileSync(textIds, text);
    expect(await message()).toBe(`${path}: has 3 rows, but ${found}; they must come from the same run`);
  });

  it.each([
    ["one short", ["a", "b"], "v.ids.json has 2 paper ids"],
    ["one long", ["a", "b", "c", "d"], "v.ids.json has 4 paper ids"],
  ])("%s, as JSON: both are counted", async (_what, ids, found) => {
    writeFileSync(jsonIds, JSON.stringify({ paper_ids: ids }));
    expect(await message()).toBe(`${path}: has 3 rows, but ${found}; they must come from the same run`);
  });

  it("as many as rows are taken, whether the last line ends or not", async () => {
    writeFileSync(textIds, "a\r\nb\r\nc");
    expect(await message()).toBe("read a,b,c");
  });
});

it("two lists of ids in one file are an error, for JSON's parser takes the last without a word", async () => {
  const path = join(folder, "v.npy");
  writeFileSync(path, files.npy);
  writeFileSync(jsonIds, '{"paper_ids": ["a", "b", "c"], "paper_ids": ["c", "b", "a"]}');
  await expect(readVectors([path])).rejects.toThrow(`${jsonIds}: has paper_ids twice`);
});

it("as many ids as a large benchmark has fit into a safetensors file", async () => {
  const count = 250_000;
  const ids = Array.from({ length: count }, (_, index) => index.toString(16).padStart(40, "0"));
  const path = join(folder, "many.safetensors");
  const data = Float32Array.from({ length: count }, (_, index) => index);
  await writeVectors(path, vectorTable(ids, 1, data));
  const table = await readVectors([path], { needed: new Set([ids[0] ?? "", ids.at(-1) ?? ""]) });
  expect([...table.data]).toEqual([0, count - 1]);
});

it("ids within a safetensors file are counted as well", async () => {
  const path = join(folder, "within.safetensors");
  writeFileSync(path, safetensors(["a", "b", "c", "d"]));
  await expect(readVectors([path])).rejects.toThrow("has 3 rows, but its paper_ids has 4 paper ids; they must");
});

it("a matrix that is told by its form among other tensors is named, with those that are passed over", async () => {
  const header = JSON.stringify({
    __metadata__: { paper_ids: '["a"]' },
    codes: { dtype: "I8", shape: [1, 8], data_offsets: [0, 8] },
    scales: { dtype: "F32", shape: [1, 2], data_offsets: [8, 16] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const path = join(folder, "others.safetensors");
  writeFileSync(path, Buffer.concat([length, Buffer.from(header), numbers.subarray(0, 16)]));
  const table = await readVectors([path]);
  expect([...table.data]).toEqual([3, 4]);
  expect(table.notes).toEqual(["others.safetensors: vectors taken from the tensor scales; passed over: codes."]);
});

it.each([
  ['{"embedding": [1, 2]}', ":1: has no paper_id; its keys: embedding"],
  ['{"id": "a", "vector": [1, 2]}', ":1: has no paper_id; its keys: id, vector"],
  ["{}", ":1: has no paper_id; its keys: none"],
  [
    '{"paper_id": "a", "embedding": [1, 2]}\n{"paper_id": "b", "embedding": [1, 2, 3]}',
    ":2: the vector of paper b has 3 numbers where that of line 1 has 2",
  ],
  [
    '{"paper_id": "a", "embedding": [1, 2]}\n{"paper_id": "b", "embedding": [1]}',
    ":2: the vector of paper b has 1 numbers where that of line 1 has 2",
  ],
  [
    '{"paper_id": "a", "embedding": [1, 2], "paper_id": "b"}',
    ":1: has paper_id twice: which one is meant cannot be told",
  ],
  [
    '{"paper_id": "a", "embedding": [1, 2], "embedding": [2, 1]}',
    ":1: has embedding twice: which one is meant cannot be told",
  ],
])("lines without ids, or of other widths, say what they have: %s", async (text, message) => {
  const path = join(folder, "v.jsonl");
  writeFileSync(path, `${text}\n`);
  await expect(readVectors([path])).rejects.toMatchObject({ message: `${path}${message}` });
});

it("a line whose brackets would fill the memory is refused before it is parsed", async () => {
  const path = join(folder, "v.jsonl");
  writeFileSync(path, `{"paper_id": "a", "embedding": [1, 2], "x": ${"[".repeat(3e6)}${"]".repeat(3e6)}}\n`);
  await expect(readVectors([path])).rejects.toThrow(":1: its 6000045 characters of JSON hold 3000005 lists, objects");
});
