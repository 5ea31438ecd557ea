import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasShared, sharedPath } from "../shared.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();

describe("scidocs data synth and check", () => {
  test("what synth makes, check calls complete", () => {
    const made = runScidocs(folder, ["data", "synth", "--out", "made", "--seed", "3"]);
    expect(made).toMatchObject({ exitCode: 0, stdout: "" });
    expect(made.stderr).toContain("not comparable with published numbers");
    const checked = runScidocs(folder, ["data", "check", "--data", "made"]);
    expect(checked.exitCode).toBe(0);
    expect(checked.stdout).toMatch(/made: .*made \(synthetic\)/);
    expect(checked.stdout).toMatch(/^complete$/m);
    const json = JSON.parse(runScidocs(folder, ["data", "check", "--data", "made", "--json"]).stdout);
    expect(json).toMatchObject({ name: "made", complete: true, synthetic: true });
  });

  test("synth refuses a folder that has files, with exit code 2", () => {
    mkdirSync(join(folder, "mine"));
    writeFileSync(join(folder, "mine/notes.txt"), "");
    const refused = runScidocs(folder, ["data", "synth", "--out", "mine"]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("has files already: name a new or empty folder");
  });

  test.each([["0"], ["-1"], ["x"], ["1e9"]])("synth refuses --scale %s with exit code 2", (scale) => {
    const refused = runScidocs(folder, ["data", "synth", "--out", "never", "--scale", scale]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("Expected a number above 0 and at most 10.");
  });

  test("check exits 3 for an incomplete folder and names what is broken", () => {
    mkdirSync(join(folder, "partial/cite"), { recursive: true });
    writeFileSync(join(folder, "partial/cite/test.qrel"), "q 0 a 1\nq 0\n");
    const checked = runScidocs(folder, ["data", "check", "--data", "partial"]);
    expect(checked.exitCode).toBe(3);
    expect(checked.stdout).toContain("cite/test.qrel:2: expected 4 fields 'query 0 candidate rel', found 2");
    expect(checked.stdout).toContain("20 files are missing (scidocs data pull fetches them), 1 files are broken");
  });

  test("check exits 2 where there is no dataset", () => {
    const checked = runScidocs(folder, ["data", "check", "--data", "nowhere"]);
    expect(checked.exitCode).toBe(2);
    expect(checked.stderr).toContain("nowhere is not a folder");
  });

  test("run says first what of the data is missing", () => {
    const papers = ["a", "b", "c", "d"].map((id) => `"${id}": {"title": "${id === "b" ? "" : "A title"}"}`).join(", ");
    const files = {
      "gaps/cite/test.qrel": "a 0 b 1\na 0 c 0\na 0 gone 0\n",
      "gaps/paper_metadata_view_cite_read.json": `{${papers}}`,
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const { exitCode, stderr } = runScidocs(folder, ["run", "--model", "mini", "--data", "gaps", "--dry-run"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("mag will not run: gaps has no mag/train.csv, mag/val.csv, mag/test.csv\n");
    expect(stderr).toContain("papers without metadata: cite 1 of 4\n");
    expect(stderr).toContain("papers with neither title nor abstract: cite 1 of 4\n");
  });

  test("--model mini is the shipped model, even where made data are called mini", () => {
    mkdirSync(join(folder, "mini"));
    writeFileSync(join(folder, "papers.json"), '{"a": {"title": "A title"}}');
    const planned = runScidocs(folder, ["embed", "--model", "mini", "--papers", "papers.json", "--dry-run"]);
    expect(planned.exitCode).toBe(0);
    const asFolder = runScidocs(folder, ["embed", "--model", "./mini", "--papers", "papers.json", "--dry-run"]);
    expect(asFolder.exitCode).toBe(2);
    expect(asFolder.stderr).toContain("--model ./mini: the folder holds no");
  });

  test.skipIf(!hasShared)("check finds the real cite judgements whole and the rest missing", () => {
    const { exitCode, stdout } = runScidocs(folder, ["data", "check", "--data", sharedPath("data/scidocs"), "--json"]);
    expect(exitCode).toBe(3);
    const cite = JSON.parse(stdout).files.find((file: { path: string }) => file.path === "cite/test.qrel");
    expect(cite).toMatchObject({ state: "ok", count: 1000, expected: 1000 });
  });
});
