import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resolveEncoder } from "../src/encoders/resolveEncoder.ts";
import { embedPapers, neededPapers, openDataset, planEmbedding, readPaperTexts, writeVectors } from "../src/index.ts";

const root = join(import.meta.dirname, "..");
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "scidocs-"));
  cpSync(join(root, "datasets/mini"), join(folder, "data"), { recursive: true });
  // The example imports "scidocs" as a project that has installed it does.
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/scidocs"));
  const dataset = await openDataset(join(folder, "data"));
  const [needed] = await neededPapers(dataset, ["cite"], "test");
  const { papers } = await readPaperTexts(needed?.file ?? "", needed?.ids ?? null);
  const encoder = await resolveEncoder("mini");
  const plan = await planEmbedding([{ file: needed?.name ?? "", papers: [...papers.values()] }], encoder);
  await writeVectors(join(folder, "vectors.jsonl"), (await embedPapers(plan)).table);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the library example of the README prints a score when it is run as it stands", () => {
  const [, example] = /```ts\n(.*?)```/s.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  writeFileSync(join(folder, "example.mjs"), example ?? "");
  const { stdout, stderr } = spawnSync(process.execPath, ["example.mjs"], { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(Number(stdout)).toBeGreaterThan(40);
  expect(Number(stdout)).toBeLessThan(100);
});
