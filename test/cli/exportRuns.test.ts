import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();

test("scidocs score --export-runs writes what trec_eval needs, and the same scores", () => {
  mkdirSync(join(folder, "data/cite"), { recursive: true });
  const qrel = "q 0 a 1\nq 0 b 0\nq 0 gone 1\n";
  writeFileSync(join(folder, "data/cite/test.qrel"), qrel);
  writeFileSync(
    join(folder, "v.jsonl"),
    ["q", "a", "b"].map((id, i) => `{"paper_id": "${id}", "embedding": [${i}]}\n`).join(""),
  );
  const score = ["score", "--data", "data", "--user-citation", "v.jsonl", "--tasks", "cite", "--format", "json"];
  const plain = runScidocs(folder, [...score, "-o", "one.json"]);
  const exporting = runScidocs(folder, [...score, "-o", "two.json", "--export-runs", "runs"]);
  expect(exporting).toMatchObject({ exitCode: 0, stdout: plain.stdout });
  expect(readFileSync(join(folder, "runs/cite.test.qrel"), "utf8")).toBe(qrel);
  expect(readFileSync(join(folder, "runs/cite.test.run"), "utf8")).toBe("q Q0 a 1 -1 scidocs\nq Q0 b 2 -2 scidocs\n");
  expect(exporting.stderr).not.toContain("earlier run");
  // With the new files it would be taken for one model's.
  writeFileSync(join(folder, "runs/co-cite.test.run"), "");
  const again = runScidocs(folder, [...score, "-o", "two.json", "--export-runs", "runs"]);
  expect(again.stderr).toContain("runs/co-cite.test.run: left there by an earlier run, and not of this one\n");
});
