import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ScidocsError } from "../../src/errors.ts";
import { writeWhole } from "../../src/files/writeWhole.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scidocs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("chunks arrive in order under a folder that is made on the way", async () => {
  await writeWhole(join(folder, "a/b/c.txt"), ["one ", new TextEncoder().encode("two")]);
  expect(readFileSync(join(folder, "a/b/c.txt"), "utf8")).toBe("one two");
  expect(readdirSync(join(folder, "a/b"))).toEqual(["c.txt"]);
});

test("a source that fails half-way leaves the old file and nothing else", async () => {
  const path = join(folder, "record.json");
  writeFileSync(path, "old");
  async function* failing(): AsyncGenerator<string> {
    yield "new";
    throw new Error("the source broke");
  }
  await expect(writeWhole(path, failing())).rejects.toThrow("the source broke");
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["record.json"]);
});

test("a place that cannot be written is bad input that names the file", async () => {
  writeFileSync(join(folder, "file"), "");
  const attempt = writeWhole(join(folder, "file/below"), "x");
  await expect(attempt).rejects.toBeInstanceOf(ScidocsError);
  await expect(attempt).rejects.toThrow("file/below: cannot be written");
});
