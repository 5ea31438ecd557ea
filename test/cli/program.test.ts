import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";
import { silentContext } from "./silentContext.ts";

test("a command is listed with the words it declares itself, so that the list can be shown without loading it", async () => {
  const said = async (words: readonly string[] | null) =>
    (await createProgram(silentContext(), words)).commands.map((command) => [
      command.name(),
      command.usage(),
      command.description(),
    ]);
  expect(await said([])).toEqual(await said(null));
});

test("a command is found behind the program's own flags, behind help, and by its nearest name when mistyped", () => {
  const folder = freshFolder();
  expect(runScidocs(folder, ["--offline", "table"]).stderr).toContain("missing required argument 'record'");
  expect(runScidocs(folder, ["help", "gate"]).stdout).toContain("--max-drop");
  expect(runScidocs(folder, ["gate", "--help"]).stdout).toContain("--max-drop");
  expect(runScidocs(folder, ["data", "pull", "--help"]).stdout).toContain("--prefix");
  expect(runScidocs(folder, ["gat"])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Did you mean") });
  expect(runScidocs(folder, [])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Usage: scidocs") });
});

test("an empty text is no place, as an unset variable of the shell would make it, and the folder at hand stays as it is", () => {
  const folder = freshFolder();
  for (const words of [
    ["graph", "--papers", "p.json", "-o", ""],
    ["triplets", "--data-dir", "", "--outdir", "out"],
    ["train", "--init", "random:", "--triplets", "t", "-o", ""],
    ["train", "--init", "", "--triplets", "t", "-o", "out"],
    ["data", "synth", "--out", ""],
    ["score", "--data", "d", "--cls", ""],
  ]) {
    const { exitCode, stderr } = runScidocs(folder, words);
    expect(stderr, words.join(" ")).toContain("is empty. Is a variable of the shell not set?");
    expect(exitCode).toBe(2);
  }
  expect(readdirSync(folder)).toEqual([]);
});

test("a folder by its end is no file to be made, which would bear the folder's name", () => {
  const folder = freshFolder();
  for (const output of ["results/", "results/.", ".."]) {
    const { exitCode, stderr } = runScidocs(folder, ["report", "r.json", "-o", output]);
    expect(stderr).toContain(`is a folder by its end; name a file, such as ${join(output, "NAME")}`);
    expect(exitCode).toBe(2);
  }
  expect(readdirSync(folder)).toEqual([]);
});
