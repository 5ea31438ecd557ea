import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { freshFolder, runScidocs } from "../cli/runScidocs.ts";

const mini = join(import.meta.dirname, "../../datasets/mini");
const folder = freshFolder();
const log = join(folder, "opened.txt");

/** Runs before the program, in every thread of it: writes the path of every file that is opened. */
const preload = `
  import fs from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  const append = fs.appendFileSync;
  const note = (path) => append(${JSON.stringify(log)}, \`\${path}\\n\`);
  for (const [owner, names] of [[fs, ["open", "openSync", "readFile", "readFileSync"]], [fs.promises, ["open", "readFile"]]]) {
    for (const name of names) {
      const real = owner[name];
      owner[name] = function (path, ...rest) {
        if (typeof path === "string" || path instanceof URL) note(path);
        return real.call(this, path, ...rest);
      };
    }
  }
  syncBuiltinESMExports();
`;

/** How often a command opens each file of the mini dataset, by path. */
function openings(args: readonly string[]): Record<string, number> {
  writeFileSync(join(folder, "preload.mjs"), preload);
  writeFileSync(log, "");
  const ran = runScidocs(folder, args, { NODE_OPTIONS: `--import ${join(folder, "preload.mjs")}` });
  expect([ran.exitCode, ran.stderr]).toEqual([0, ran.stderr]);
  const counts: Record<string, number> = {};
  for (const path of readFileSync(log, "utf8").split("\n")) {
    if (!path.startsWith(`${mini}/`)) continue;
    const name = relative(mini, path);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test("a run opens every file of its tasks once, and no other", () => {
  const counts = openings(["run", "--model", "mini", "--data", mini, "--tasks", "cite,recomm", "--seeds", "1"]);
  expect(counts).toEqual({
    "cite/test.qrel": 1,
    "recomm/train.csv": 1,
    "recomm/val.csv": 1,
    "recomm/test.csv": 1,
    "recomm/propensity_scores.json": 1,
    "paper_metadata_view_cite_read.json": 1,
    "paper_metadata_recomm.json": 1,
  });
});

test("scoring a baseline over all tasks opens each label file once, and the metadata that it scores from", () => {
  const counts = openings(["baseline", "random", "--data", mini, "--seeds", "1", "--tasks", "mesh,co-view,recomm"]);
  expect(new Set(Object.values(counts))).toEqual(new Set([1]));
  expect(Object.keys(counts).filter((path) => path.startsWith("paper_metadata"))).toEqual([
    "paper_metadata_recomm.json",
  ]);
});
