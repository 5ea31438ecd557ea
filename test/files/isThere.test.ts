import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isOptionalThere, isThere } from "../../src/files/isThere.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

test("a file and a folder are there, a name without one and a link to nowhere are not", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  symlinkSync("nowhere", join(folder, "link"));
  const names = ["", "file", "none", "link", "file/below", "x".repeat(300), "nul\0"];
  expect(names.map((name) => isThere(join(folder, name)))).toEqual([true, true, false, false, false, false, false]);
});

test.skipIf(process.platform === "win32")("where it cannot be told, that is an error and no absence", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "deep"));
  // A circle of links fails for every user, as an unsearchable folder would for all but root.
  symlinkSync("b", join(folder, "a"));
  symlinkSync("a", join(folder, "b"));
  expect(() => isThere(join(folder, "a/config.json"))).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
});

test.skipIf(process.platform === "win32")(
  "an optional file that is a link to nothing is not taken for left out",
  () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    symlinkSync("nowhere", join(folder, "link"));
    symlinkSync("file", join(folder, "good"));
    const names = ["file", "good", "none", "file/below", "x".repeat(300), "nul\0"];
    expect(names.map((name) => isOptionalThere(join(folder, name)))).toEqual([true, true, false, false, false, false]);
    expect(() => isOptionalThere(join(folder, "link"))).toThrow(/link: is a link to something that is not there/);
  },
);
