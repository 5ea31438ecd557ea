import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { ScidocsError } from "../../src/errors.ts";
import { formatOf, vectorFormats } from "../../src/vectors/formats.ts";
import { readVectors } from "../../src/vectors/readVectors.ts";
import { type VectorTable, vectorTable } from "../../src/vectors/vectorTable.ts";
import { writeVectors } from "../../src/vectors/writeVectors.ts";

let folder = "";
const folders: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scidocs-formats-"));
  folders.push(folder);
});
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true });
});

const narrow = vectorTable(
  ["b", "a", "é\n"],
  3,
  Float32Array.of(0.1, -2, 1e-7, 3, -0, 3.4e38, 1e-45, 0.5, 7),
  new Set(["e"]),
);
const wide = vectorTable(["a", "b"], 2, Float64Array.of(0.1, 1e300, -5e-324, Math.PI));
/** Reading parquet starts a thread each time, so its random cases are fewer. */
const runs = (extension: string, many: number) => (extension === ".parquet" ? Math.ceil(many / 4) : many);
const extensions = vectorFormats.flatMap((format) => format.extensions);

function same(found: VectorTable, expected: VectorTable): void {
  expect(found.ids).toEqual(expected.ids);
  expect(found.dimensions).toBe(expected.dimensions);
  expect(found.data).toEqual(expected.data);
  expect(found.emptyIds).toEqual(expected.emptyIds);
  expect([...found.rowOf]).toEqual([...expected.rowOf]);
}

describe.each(extensions)("%s", (extension) => {
  const path = () => join(folder, `vectors${extension}`);

  test("what is written is read back exactly, whether float32 or float64", async () => {
    for (const table of [narrow, wide]) {
      await writeVectors(path(), table);
      same(await readVectors([path()]), table);
    }
  });

  test("random tables survive the round trip", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 3 }),
        fc.infiniteStream(fc.float({ noNaN: true, noDefaultInfinity: true })),
        async (papers, dimensions, empties, numbers) => {
          const ids = papers.slice(empties);
          const data = Float32Array.from({ length: ids.length * dimensions }, () => numbers.next().value);
          const table = vectorTable(ids, ids.length > 0 ? dimensions : 0, data, new Set(papers.slice(0, empties)));
          fc.pre(papers.length > 0);
          await writeVectors(path(), table);
          same(await readVectors([path()]), table);
        },
      ),
      { numRuns: runs(extension, 16), seed: 7 },
    );
  });

  test("the same table gives the same bytes", async () => {
    await writeVectors(path(), narrow);
    const first = readFileSync(path());
    await writeVectors(path(), narrow);
    expect(readFileSync(path()).equals(first)).toBe(true);
  });

  test("only needed papers are kept, and the others counted", async () => {
    await writeVectors(path(), narrow);
    const table = await readVectors([path()], { needed: new Set(["a", "e", "z"]) });
    same(table, vectorTable(["a"], 3, Float32Array.of(3, -0, 3.4e38), new Set(["e"])));
    expect(table.unneededEntries).toBe(2);
  });

  test("a number that is not finite is refused, with the paper's id", async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const table = vectorTable(["good", "bad"], 2, Float32Array.of(1, 2, 3, value));
      await expect(writeVectors(path(), table)).rejects.toThrow(/the vector of bad holds/);
      await formatOf(path()).write(path(), table, {}, {});
      await expect(readVectors([path()])).rejects.toThrow(/bad|NaN|Infinity/);
      await expect(readVectors([path()])).rejects.toBeInstanceOf(ScidocsError);
    }
  });

  test("a file that was cut off anywhere is an error, never fewer vectors", async () => {
    await writeVectors(path(), narrow);
    const whole = readFileSync(path());
    const isText = extension === ".jsonl";
    for (
      let length = whole.length - 1;
      length >= 0;
      length -= Math.max(1, Math.floor(whole.length / runs(extension, 25)))
    ) {
      truncateSync(path(), length);
      // JSON lines cut between two lines are JSON lines; nothing in them says how many there should be.
      if (isText && (length === 0 ? false : whole[length - 1] === 0x0a || whole[length] === 0x0a)) continue;
      await expect(readVectors([path()]), `${length} of ${whole.length} bytes`).rejects.toBeInstanceOf(ScidocsError);
      writeFileSync(path(), whole);
    }
  });

  test("an empty file, a wrong beginning, a folder and a missing file are errors that name it", async () => {
    await writeVectors(path(), narrow);
    writeFileSync(path(), "");
    await expect(readVectors([path()])).rejects.toThrow(path());
    writeFileSync(path(), "PK\u0003\u0004 something else altogether, and long enough to hold any header");
    await expect(readVectors([path()])).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(readVectors([path()])).rejects.toThrow(path());
    await expect(readVectors([join(folder, `none${extension}`)])).rejects.toMatchObject({ code: "NOT_FOUND" });
    const directory = join(folder, `directory${extension}`);
    mkdirSync(directory);
    await expect(readVectors([directory])).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(readVectors([directory])).rejects.toThrow(directory);
  });

  test("damaged bytes give a table or a coded error, never a crash", async () => {
    await writeVectors(path(), narrow);
    const whole = readFileSync(path());
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          writeFileSync(path(), bytes);
          try {
            const table = await readVectors([path()]);
            expect(table.data.length).toBe(table.ids.length * table.dimensions);
            expect(table.data.every(Number.isFinite)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(ScidocsError);
          }
        },
      ),
      { numRuns: runs(extension, 40), seed: 7 },
    );
  });

  test("an interrupted writing leaves nothing behind, and an interrupted reading rejects", async () => {
    const signal = AbortSignal.abort();
    const rows = 100;
    const table = vectorTable(
      Array.from({ length: rows }, (_, i) => `p${i}`),
      1,
      new Float32Array(rows),
    );
    await expect(writeVectors(path(), table, {}, { signal })).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(readdirSync(folder)).toEqual([]);
    await writeVectors(path(), table);
    await expect(readVectors([path()], {}, { signal })).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});

test("files of several formats make one table, and the last file has the last word", async () => {
  const paths = [join(folder, "one.npy"), join(folder, "two.safetensors")];
  await writeVectors(paths[0]!, vectorTable(["a", "b"], 1, Float32Array.of(1, 2)));
  await writeVectors(paths[1]!, vectorTable(["b", "c"], 1, Float64Array.of(0.1, 4), new Set(["d"])));
  const table = await readVectors(paths);
  same(table, vectorTable(["a", "b", "c"], 1, Float64Array.of(1, 0.1, 4), new Set(["d"])));
  expect(table.replacedEntries).toBe(1);
});

test.each([
  ["VECTORS.JSONL", (bytes: Buffer) => bytes[0] === 0x7b],
  ["VECTORS.JSONL.GZ", (bytes: Buffer) => bytes[0] === 0x1f && bytes[1] === 0x8b],
  ["Vectors.Npy", (bytes: Buffer) => bytes[0] === 0x93],
])("an ending in capitals means the same: %s", async (name, isRight) => {
  const path = join(folder, name);
  const table = vectorTable(["a", "b"], 2, Float32Array.of(1, 2, 3, 4));
  await writeVectors(path, table);
  expect(isRight(readFileSync(path))).toBe(true);
  expect((await readVectors([path])).data).toEqual(table.data);
});

test("files whose vectors differ in length do not make a table", async () => {
  const paths = [join(folder, "one.npy"), join(folder, "two.npy")];
  await writeVectors(paths[0]!, vectorTable(["a"], 1, Float32Array.of(1)));
  await writeVectors(paths[1]!, vectorTable(["b"], 2, Float32Array.of(1, 2)));
  await expect(readVectors(paths)).rejects.toThrow(`${paths[1]}: holds vectors of 2 numbers where ${paths[0]} holds`);
});

test("an ending that stands for no format is an error that lists those that do", () => {
  expect(() => formatOf("vectors.csv")).toThrow(/\.jsonl, \.jsonl\.gz, \.npy, \.safetensors, \.parquet/);
});

describe.skipIf(process.platform === "win32").each(extensions)("%s", (extension) => {
  test("is written to what a link names, twice, and the link stays one", async () => {
    mkdirSync(join(folder, "there"));
    const link = join(folder, `link${extension}`);
    symlinkSync(`there/real${extension}`, link);
    for (const table of [wide, narrow]) await writeVectors(link, table, {}, {});
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect((await readVectors([link])).ids).toEqual(narrow.ids);
    expect(readdirSync(join(folder, "there"))).toEqual([`real${extension}`]);
  });

  test("is written into a pipe, which stays one", async () => {
    const pipe = join(folder, `pipe${extension}`);
    execFileSync("mkfifo", [pipe]);
    const [bytes] = await Promise.all([readFile(pipe), writeVectors(pipe, narrow, {}, {})]);
    const file = join(folder, `file${extension}`);
    await writeVectors(file, narrow, {}, {});
    expect(bytes.equals(readFileSync(file))).toBe(true);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });
});
