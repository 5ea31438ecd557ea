import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scidocs } from "../src/suites/scidocs/scidocs.ts";

const source = join(import.meta.dirname, "../src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"));

/** A file's code without its comments, which may name an example. */
function codeOf(path: string): string {
  return readFileSync(join(source, path), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "");
}

/** Where one of the words stands as a word of its own, `path: word`. */
function found(words: readonly string[], isHome: (path: string) => boolean): string[] {
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\w-])(${escaped.join("|")})(?![\\w-])`, "g");
  return files
    .filter((path) => !isHome(path))
    .flatMap((path) => [...codeOf(path).matchAll(pattern)].map(([, word]) => `${path}: ${word}`));
}

const isScidocs = (path: string): boolean => path.startsWith("suites/scidocs/");

// "cite" is a word of English, and "cls" the name of a token: these two are looked for where they stand as a whole text.
const ambiguous = ["cite", "cls"];

test("nothing outside the suite's own folder knows the names of its tasks, columns, folders, files and vector groups", () => {
  const names = new Set([
    ...scidocs.tasks.flatMap(({ id, label, folder, metadataFile }) => [id, label, folder, metadataFile]),
    ...scidocs.columns.map(({ id }) => id),
    ...scidocs.vectorGroups.map(({ id }) => id),
    "coView",
    "coRead",
    "coCite",
    "userCitation",
    "twelve",
    "thirteen",
  ]);
  expect(names.size).toBeGreaterThan(30);
  const plain = [...names].filter((name) => !ambiguous.includes(name));
  expect(found(plain, isScidocs)).toEqual([]);
});

test("a task's name that is a common word stands nowhere as a key or a text of its own", () => {
  const asKey = /(?:tasks|record\.tasks|scores|vectors|files)(?:\.|\[")(cite|cls)\b|"cite"|--(?:cls|cite)\b/;
  expect(files.filter((path) => !isScidocs(path) && asKey.test(codeOf(path)))).toEqual([]);
});

test("nobody but a family's folder asks which family a task or a result is of", () => {
  const families = [...new Set(scidocs.tasks.map(({ family }) => family.kind))];
  expect(families).toEqual(["classification", "ranking", "recommendation"]);
  const kinds = `"(?:${families.join("|")})"`;
  const asked = new RegExp(
    `[!=]==? ${kinds}|${kinds} [!=]==? |case ${kinds}|(?:kind|family)\\??\\.?kind [!=]==? .*kind`,
  );
  const isHome = (path: string): boolean => families.some((family) => path.startsWith(`tasks/${family}/`));
  const asking = files.filter((path) => !isHome(path) && asked.test(codeOf(path)));
  expect(asking).toEqual([]);
  // The one place where a result is held against a family.
  const comparing = files.filter((path) => /\.kind [!=]==? \w+\.kind/.test(codeOf(path)));
  expect(comparing).toEqual(["tasks/families.ts"]);
});
