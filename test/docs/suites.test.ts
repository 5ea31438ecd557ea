import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "scidocs-"));
  symlinkSync(join(root, "datasets/mini"), join(folder, "data"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/scidocs"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the suite of docs/suites.md scores, prints its table and is compared when it is run as it stands", () => {
  const [, example] = /```js\n(.*?)```/s.exec(readFileSync(join(root, "docs/suites.md"), "utf8")) ?? [];
  writeFileSync(join(folder, "example.mjs"), example ?? "");
  const { stdout, stderr } = spawnSync(process.execPath, ["example.mjs"], { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  for (const word of ["next", "sources", "MAP", "tfidf", "random", "Avg"]) expect(stdout).toContain(word);
  expect(stdout).toMatch(/next-map up\nnext-ndcg up\nsources-map up\nsources-ndcg up\nAvg up\n$/);
});
