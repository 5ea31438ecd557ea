import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordText } from "../../src/results/record.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const a = buildRecord({ name: "old" });
const b = buildRecord({ name: "new", modelSeed: 2, quality: 0.7 });
const val = buildRecord({ name: "new", modelSeed: 2, quality: 0.7, split: "val" });
for (const [name, record] of Object.entries({ a, b, val }))
  writeFileSync(join(folder, `${name}.json`), recordText(record));

describe("scidocs compare", () => {
  it("prints every column with interval, p-values and wins, the same every time", () => {
    const first = runScidocs(folder, ["compare", "a.json", "b.json"]);
    expect(first.stderr).toBe("");
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toMatch(
      /^cite MAP {2,}\d+\.\d\d {2,}\d+\.\d\d {2,}\+\d+\.\d\d {2,}\+\d+\.\d\d to \+\d+\.\d\d {2,}B better {2,}(< )?0\.\d+ {2,}(< )?0\.\d+ {2,}\d+\/\d+\/\d+$/m,
    );
    expect(first.stdout).toMatch(/^Avg /m);
    expect(runScidocs(folder, ["compare", "a.json", "b.json"]).stdout).toBe(first.stdout);
  });

  it("prints a value for programs with --format json", () => {
    const { stdout } = runScidocs(folder, ["compare", "a.json", "b.json", "--format", "json", "--resamples", "200"]);
    const value = JSON.parse(stdout);
    expect(value.columns).toHaveLength(13);
    expect(value.resamples).toBe(200);
  });

  it("names titles where the dataset is there", () => {
    if (a.tasks.cite?.kind !== "ranking") throw new Error("cite did not run");
    const data = join(folder, "data");
    mkdirSync(data);
    const papers = a.tasks.cite.rows.query.map((id, i) => [
      id,
      { paper_id: id, title: `Title ${i} \u001b[31m`, abstract: null },
    ]);
    writeFileSync(join(data, "paper_metadata_view_cite_read.json"), JSON.stringify(Object.fromEntries(papers)));
    const { stdout, exitCode } = runScidocs(folder, ["compare", "a.json", "b.json", "--data", "data"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/cite {5}[0-9a-f]{40} {2}Title \d+ \\x1b\[31m/);
  });

  it("refuses records that are not comparable with exit code 2, and says what differs", () => {
    const { exitCode, stderr, stdout } = runScidocs(folder, ["compare", "a.json", "val.json"]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("split: A is scored on test, B on val");
    const forced = runScidocs(folder, ["compare", "a.json", "val.json", "--force"]);
    expect(forced.exitCode).toBe(0);
    expect(forced.stdout).toContain("Warning: split: A is scored on test, B on val");
  });

  it("refuses a missing file and a wrong flag with exit code 2", () => {
    expect(runScidocs(folder, ["compare", "a.json", "none.json"])).toMatchObject({ exitCode: 2 });
    expect(runScidocs(folder, ["compare", "a.json", "b.json", "--resamples", "few"]).exitCode).toBe(2);
  });
});
