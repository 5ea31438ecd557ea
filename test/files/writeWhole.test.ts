import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ScidocsError } from "../../src/errors.ts";
import { requireWritable } from "../../src/files/writablePlace.ts";
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

test("a link stays a link: the file that it points to is replaced, in its own folder", async () => {
  mkdirSync(join(folder, "there"));
  writeFileSync(join(folder, "there/real.json"), "old");
  symlinkSync("there/real.json", join(folder, "link.json"));
  symlinkSync("link.json", join(folder, "link-to-link.json"));
  await writeWhole(join(folder, "link-to-link.json"), "new");
  expect(readFileSync(join(folder, "there/real.json"), "utf8")).toBe("new");
  for (const name of ["link.json", "link-to-link.json"]) {
    expect(lstatSync(join(folder, name)).isSymbolicLink()).toBe(true);
  }
  expect(readdirSync(join(folder, "there"))).toEqual(["real.json"]);
});

test("the file that a link to nowhere names is made, and a circle of links is refused", async () => {
  symlinkSync("there/new.json", join(folder, "link.json"));
  await writeWhole(join(folder, "link.json"), "new");
  expect(readFileSync(join(folder, "there/new.json"), "utf8")).toBe("new");
  symlinkSync("b", join(folder, "a"));
  symlinkSync("a", join(folder, "b"));
  await expect(writeWhole(join(folder, "a"), "x")).rejects.toMatchObject({ code: "BAD_INPUT" });
});

test("a file that is replaced keeps its permissions", async () => {
  const path = join(folder, "private.json");
  writeFileSync(path, "old");
  chmodSync(path, 0o600);
  await writeWhole(path, "new");
  expect(statSync(path).mode & 0o777).toBe(process.platform === "win32" ? statSync(path).mode & 0o777 : 0o600);
});

test.skipIf(process.platform === "win32")("a pipe is written to and stays a pipe", async () => {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const [read] = await Promise.all([readFile(path, "utf8"), writeWhole(path, ["one ", "two"])]);
  expect(read).toBe("one two");
  expect(statSync(path).isFIFO()).toBe(true);
  expect(readdirSync(folder)).toEqual(["pipe"]);
});

test.skipIf(!existsSync("/dev/full"))("a device is written to and stays a device", async () => {
  await expect(writeWhole("/dev/full", "x")).rejects.toMatchObject({ code: "BAD_INPUT", message: /ENOSPC/ });
  await writeWhole("/dev/null", "x");
  for (const path of ["/dev/full", "/dev/null"]) expect(statSync(path).isCharacterDevice()).toBe(true);
});

test("a folder is not replaced", async () => {
  await expect(writeWhole(folder, "x")).rejects.toThrow("cannot be written: it is a folder");
});

test.runIf(existsSync("/dev/fd"))("an open file that is named by its number is added to, not replaced", async () => {
  const path = join(folder, "log");
  writeFileSync(path, "earlier\n");
  const log = openSync(path, "a");
  try {
    await requireWritable(`/dev/fd/${log}`);
    await writeWhole(`/dev/fd/${log}`, ["one\n", Buffer.from("two\n")]);
  } finally {
    closeSync(log);
  }
  expect(readFileSync(path, "utf8")).toBe("earlier\none\ntwo\n");
});

test("a name as long as the file system takes is written to, and a longer one is refused before the work", async () => {
  const longest = `${"é".repeat(125)}.json`;
  await writeWhole(join(folder, longest), "x");
  expect(readdirSync(folder)).toEqual([longest]);
  await requireWritable(join(folder, longest));
  await expect(requireWritable(join(folder, `${longest}x`))).rejects.toThrow("cannot be written: ENAMETOOLONG");
});

test("a place below a link that leads to nothing, as to a disk that is not mounted, is refused before the work", async () => {
  symlinkSync(join(folder, "disk"), join(folder, "results"));
  const below = join(folder, "results/new/record.json");
  const message = `${below}: cannot be written, for ${join(folder, "results")} is a link that leads to nothing`;
  await expect(requireWritable(below)).rejects.toThrow(message);
  mkdirSync(join(folder, "disk"));
  await requireWritable(below);
  await writeWhole(below, "x");
  expect(readdirSync(join(folder, "disk/new"))).toEqual(["record.json"]);
});
