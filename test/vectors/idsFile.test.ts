import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { npyHeader } from "../../src/vectors/binary/npy.ts";
import { readVectors } from "../../src/vectors/readVectors.ts";
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

it("ids within a safetensors file are counted as well", async () => {
  const path = join(folder, "within.safetensors");
  writeFileSync(path, safetensors(["a", "b", "c", "d"]));
  await expect(readVectors([path])).rejects.toThrow("has 3 rows, but its paper_ids has 4 paper ids; they must");
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
])("lines without ids, or of other widths, say what they have: %s", async (text, message) => {
  const path = join(folder, "v.jsonl");
  writeFileSync(path, `${text}\n`);
  await expect(readVectors([path])).rejects.toMatchObject({ message: `${path}${message}` });
});
