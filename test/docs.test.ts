import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const help = readFileSync(join(root, "docs/commands.md"), "utf8");

/** The help of a command on the page of commands; null for one that is not there. */
function helpOf(words: readonly string[]): string | null {
  const begin = help.indexOf(`## ${words.join(" ")}\n`);
  if (begin < 0) return null;
  const end = help.indexOf("\n## ", begin);
  return help.slice(begin, end < 0 ? undefined : end);
}

/** Every `scidocs …` line of a page's shell blocks, comments cut off. */
function commandLines(page: string): string[] {
  return [...page.matchAll(/```(?:sh|bash|console)\n([\s\S]*?)```/g)]
    .flatMap(([, block]) => (block ?? "").replace(/\\\n\s*/g, " ").split("\n"))
    .map((line) =>
      line
        .replace(/(^|\s)#.*$/, "")
        .replace(/^\$ /, "")
        .trim(),
    )
    .filter((line) => line.startsWith("scidocs "));
}

const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith(".md") && name !== "docs/commands.md",
);

/** Every text for people. */
const texts = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

describe.each(pages)("%s", (name) => {
  const lines = commandLines(readFileSync(join(root, name), "utf8"));
  test.skipIf(lines.length === 0)("shows only commands and flags that there are", () => {
    for (const line of lines) {
      const words = line.split(/\s+/);
      const found = helpOf(words.slice(0, 3)) ?? helpOf(words.slice(0, 2)) ?? helpOf(words.slice(0, 1));
      expect(found, line).not.toBeNull();
      expect(words.length < 2 || words[1]?.startsWith("-") || helpOf(words.slice(0, 1)) !== found, line).toBe(true);
      const known = `${found}${helpOf(["scidocs"])}`;
      for (const [flag] of line.matchAll(/(?<=\s)--?[a-z][\w-]*/g)) {
        expect(known, `${line}: ${flag}`).toMatch(new RegExp(`(^|[\\s,])${flag}(?![\\w-])`));
      }
    }
  });
});

test.each(texts)("%s names only files that there are", (name) => {
  const named = [
    ...readFileSync(join(root, name), "utf8").matchAll(/`((?:src|test|scripts|bench|examples|docs)\/[\w./-]+)`/g),
  ];
  const paths = named.map(([, path]) => path ?? "");
  // `scripts/run.py` is the reference's.
  expect(paths.filter((path) => path !== "scripts/run.py" && !existsSync(join(root, path)))).toEqual([]);
});

test.each(texts)("%s links only to files that there are", (name) => {
  const page = readFileSync(join(root, name), "utf8");
  const targets = [...page.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)].map(([, target]) => target ?? "");
  expect(targets.filter((target) => !existsSync(join(root, dirname(name), target)))).toEqual([]);
});

test("docs/dependencies.md has a line for every package of package.json", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const page = readFileSync(join(root, "docs/dependencies.md"), "utf8");
  const lines = page.split("\n").filter((line) => line.startsWith("| `"));
  const missing = Object.keys({ ...dependencies, ...devDependencies })
    .filter((name) => !name.startsWith("@types/"))
    .filter((name) => !lines.some((line) => line.slice(0, line.indexOf("|", 1)).includes(`\`${name}\``)));
  expect(missing).toEqual([]);
});
