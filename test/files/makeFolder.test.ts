import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeFolder } from "../../src/files/makeFolder.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("missing folders are made on the way, and one that is there is left alone", () => {
  makeFolder(join(folder, "a/b/c"));
  makeFolder(join(folder, "a/b"));
  expect(statSync(join(folder, "a/b/c")).isDirectory()).toBe(true);
});

test("a file in the way is an error", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => makeFolder(join(folder, "file/below"))).toThrow();
  expect(() => makeFolder(join(folder, "file"))).toThrow("EEXIST");
});

test.skipIf(!existsSync("/proc/self"))("a file system that takes no folders is an error, not an endless loop", () => {
  expect(() => makeFolder("/proc/nowhere/below")).toThrow("ENOENT");
});
