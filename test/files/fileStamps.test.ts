import { appendFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requireUnchanged, stampFiles } from "../../src/files/fileStamps.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

describe("a file's stamp", () => {
  it.each([
    ["grows", (path: string) => appendFileSync(path, "x"), /has changed while it was read/],
    ["is written anew", (path: string) => utimesSync(path, 1, 1), /has changed while it was read/],
    [
      "is replaced by one of the same size and time",
      (path: string) => {
        writeFileSync(`${path}.new`, "abd");
        utimesSync(`${path}.new`, 5, 5);
        renameSync(`${path}.new`, path);
      },
      /has changed while it was read/,
    ],
    ["goes", (path: string) => rmSync(path), /is missing/],
  ])("tells when the file %s", (_what, change, message) => {
    const path = join(temporaryFolder({ file: "abc" }), "file");
    utimesSync(path, 5, 5);
    const stamps = stampFiles([path]);
    requireUnchanged(stamps);
    change(path);
    expect(() => requireUnchanged(stamps)).toThrow(message);
  });
});
