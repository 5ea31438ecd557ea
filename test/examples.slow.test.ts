import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, test } from "vitest";
import { freshFolder } from "./cli/runScidocs.ts";

const root = join(import.meta.dirname, "..");
const folder = freshFolder();

/** Runs a program of `examples/` as its first lines say, and gives what it printed. */
function run(name: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(root, "examples", name), ...args], { cwd: folder, encoding: "utf8" });
}

it("an own source of vectors gives a row of the table", () => {
  const { stdout, stderr, status } = run("ownVectors.mjs");
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^\| letter triples \|( — {1,2}\|){6} \d\d\.\d\d \| \d\d\.\d\d \|/m);
  expect(stdout).toContain("Vectors are counts of the letter triples of titles.");
  expect(status).toBe(0);
});

it("two models are compared, and the gate decides", () => {
  const { stdout, stderr, status } = run("compareModels.mjs");
  expect(stderr).toBe("");
  expect(stdout).toMatch(
    /^cite-map: \d\d\.\d\d to \d\d\.\d\d, difference -?\d+\.\d\d \[-?\d+\.\d\d, -?\d+\.\d\d\], (real|may be chance)$/m,
  );
  expect(stdout.includes("failed:")).toBe(status === 4);
});

it("an own suite runs over files that were just made", () => {
  const { stdout, stderr, status } = run("ownSuite.mjs", join(folder, "lists"));
  expect(stderr).toBe("");
  expect(stdout).toMatch(/same list\s+MAP\s+nDCG/);
  expect(status).toBe(0);
});

it("an encoder is trained from a collection of papers and scored, before and after", () => {
  const { stdout, stderr, status } = run("trainEncoder.mjs", join(folder, "own-encoder"), "2");
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^\d+ citations, \d+ queries to train on\n10730 triplets, \d+ of them hard$/m);
  expect(stdout).toMatch(/^cite MAP: \d\d\.\d\d before, \d\d\.\d\d after 2 updates$/m);
  expect(status).toBe(0);
});

test("the examples use the library as its types allow", () => {
  const files = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".mjs"));
  expect(files).toHaveLength(4);
  const flags = ["--noEmit", "--ignoreConfig", "--allowJs", "--checkJs", "--strict", "--noImplicitAny", "false"];
  const kind = ["--module", "nodenext", "--target", "es2023", "--lib", "es2023", "--types", "node", "--skipLibCheck"];
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const checked = spawnSync(
    process.execPath,
    [tsc, ...flags, ...kind, ...files.map((name) => join("examples", name))],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  expect(checked.stdout).toBe("");
});
