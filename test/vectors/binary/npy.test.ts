import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { npyHeader, parseNpyHeader } from "../../../src/vectors/binary/npy.ts";
import { readVectors } from "../../../src/vectors/readVectors.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-npy-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "vectors.npy");
const jsonIds = join(folder, "vectors.ids.json");
const textIds = join(folder, "vectors.ids.txt");
beforeEach(() => {
  for (const file of [path, jsonIds, textIds]) rmSync(file, { force: true });
});

function npy(dictionary: string, numbers: ArrayBufferView): Buffer {
  const head = Buffer.from(`\x93NUMPY\x01\0\0\0${dictionary}\n`, "latin1");
  head.writeUInt16LE(head.length - 10, 8);
  return Buffer.concat([head, Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)]);
}

const floats = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";

const notPlain = "has a header that is not descr, fortran_order and shape of a plain array, each of them once";

test("the header is numpy's: 64-byte steps, a line feed at its end", () => {
  const header = npyHeader(142_009, 768, false);
  expect(header.length % 64).toBe(0);
  expect(header.subarray(0, 8)).toEqual(Buffer.from("\x93NUMPY\x01\x00", "latin1"));
  expect(header.toString("latin1", 10)).toMatch(
    /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(142009, 768\), \} *\n$/,
  );
  expect(parseNpyHeader(header, "x")).toEqual({ type: "float32", rows: 142_009, columns: 768, start: header.length });
});

test("half precision is widened exactly, and float64 narrowed only where that is exact", async () => {
  writeFileSync(textIds, "a\r\nb\n");
  // 1, -2, the smallest subnormal and 65504, the largest half.
  writeFileSync(path, npy(floats.replace("<f4", "<f2"), Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff)));
  expect((await readVectors([path])).data).toEqual(Float32Array.of(1, -2, 2 ** -24, 65504));
  writeFileSync(path, npy(floats.replace("<f4", "<f8"), Float64Array.of(1, 2, 3, 0.5)));
  expect((await readVectors([path])).data).toEqual(Float32Array.of(1, 2, 3, 0.5));
  writeFileSync(path, npy(floats.replace("<f4", "<f8"), Float64Array.of(1, 2, 3, 0.1)));
  expect((await readVectors([path])).data).toEqual(Float64Array.of(1, 2, 3, 0.1));
});

test.each([
  [floats.replace("<f4", ">f4"), "holds numbers of type >f4"],
  [floats.replace("<f4", "<i8"), "holds numbers of type <i8"],
  [floats.replace("False", "True"), "is in Fortran order"],
  [floats.replace("(2, 2)", "(4,)"), "has shape (4,); expected (papers, dimensions)"],
  [floats.replace("(2, 2)", "(2, 3)"), "is cut off: 2 rows of 3 numbers"],
  [floats.replace("(2, 2)", "(2, 1)"), "holds more than its header says"],
  ["{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,), }", notPlain],
  // Python, and so numpy, takes the last of two: another array than the first says.
  ["{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'fortran_order': True, }", notPlain],
  ["{'descr': '<f4', 'fortran_order': False, 'shape': (4, 1), 'shape': (2, 2), }", notPlain],
  ["{'x': \"'shape': (2, 2)\", 'descr': '<f4', 'fortran_order': False, 'shape': (1, 4), }", notPlain],
  [`{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'x': ${"(".repeat(60_000)}}`, notPlain],
])("%s is an error", async (dictionary, message) => {
  writeFileSync(textIds, "a\nb\n");
  writeFileSync(path, npy(dictionary, Float32Array.of(1, 2, 3, 4)));
  await expect(readVectors([path])).rejects.toThrow(message);
});

test("rows with blank ids, or with two lists of them, are errors", async () => {
  writeFileSync(path, npy(floats, Float32Array.of(1, 2, 3, 4)));
  writeFileSync(textIds, "a\n\nb\n");
  await expect(readVectors([path])).rejects.toThrow(`${textIds}:2: blank line`);
  writeFileSync(jsonIds, '{"paper_ids": ["a", "b"]}');
  await expect(readVectors([path])).rejects.toThrow("is there too");
  rmSync(textIds);
  expect((await readVectors([path])).ids).toEqual(["a", "b"]);
  writeFileSync(jsonIds, '{"paper_ids": ["a", 7]}');
  await expect(readVectors([path])).rejects.toThrow('expected {"paper_ids": [id, …]}');
  writeFileSync(jsonIds, "{");
  await expect(readVectors([path])).rejects.toThrow("is not JSON");
});

test("of a repeated id the last row wins, and scattered rows come in file order", async () => {
  writeFileSync(path, npy(floats.replace("(2, 2)", "(4, 1)"), Float32Array.of(1, 2, 3, 4)));
  writeFileSync(textIds, "a\nb\na\nc\n");
  const table = await readVectors([path], { needed: new Set(["c", "a"]) });
  expect(table).toMatchObject({ ids: ["a", "c"], data: Float32Array.of(3, 4), replacedEntries: 1, unneededEntries: 1 });
});
