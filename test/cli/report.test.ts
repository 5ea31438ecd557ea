import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordText } from "../../src/results/record.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const a = buildRecord({ name: "old" });
const records = {
  a,
  b: buildRecord({ name: "new", modelSeed: 2, quality: 0.6 }),
  val: buildRecord({ name: "old", split: "val" }),
};
for (const [name, record] of Object.entries(records)) writeFileSync(join(folder, `${name}.json`), recordText(record));

describe("scidocs report", () => {
  it("writes one page and says where, and how large it is", () => {
    const { exitCode, stdout, stderr } = runScidocs(folder, ["report", "a.json", "b.json", "-o", "out/page.html"]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^report: out\/page\.html \(\d\.\d\d MB\)$/m);
    expect(readFileSync(join(folder, "out/page.html"), "utf8")).toMatch(/^<!doctype html>/);
  });

  it("refuses records that do not belong on one page, unless told to", () => {
    const { exitCode, stderr } = runScidocs(folder, ["report", "a.json", "val.json", "-o", "no.html"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("split: A is scored on test, B on val");
    expect(runScidocs(folder, ["report", "a.json", "val.json", "-o", "forced.html", "--force"]).exitCode).toBe(0);
  });

  it("replaces its own page where no place is named, and nobody else's", () => {
    const page = join(folder, "report.html");
    writeFileSync(page, "<!doctype html><title>coverage</title>");
    const { exitCode, stderr } = runScidocs(folder, ["report", "a.json"]);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("is no page of scidocs"),
    });
    expect(readFileSync(page, "utf8")).toContain("coverage");
    rmSync(page);
    for (let call = 0; call < 2; call++) expect(runScidocs(folder, ["report", "a.json"]).exitCode).toBe(0);
  });

  it("refuses the folder of another dataset, whose titles would stand at other papers", () => {
    const data = join(folder, "data");
    mkdirSync(join(data, "cite"), { recursive: true });
    writeFileSync(join(data, "cite/test.qrel"), "q 0 c 1\n");
    const { exitCode, stderr } = runScidocs(folder, ["report", "a.json", "--data", "data", "-o", "no.html"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("its cite/test.qrel is not the one that old was scored on");
  });
});
