import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { packageRoot } from "../../src/packageRoot.ts";
import { recordText } from "../../src/results/record.ts";
import { freshFolder, main, runScidocs } from "../cli/runScidocs.ts";
import { buildRecord } from "../results/recordBuilder.ts";

const folder = freshFolder();
const text = recordText(buildRecord({ name: "good", items: 12 }));
const other = recordText(buildRecord({ name: "other", items: 12, modelSeed: 3 }));
writeFileSync(join(folder, "good.json"), text);
writeFileSync(join(folder, "other.json"), other);

/** The program with limits of the shell on it. */
function limited(limit: string, ...args: readonly string[]) {
  const { status, stderr } = spawnSync(
    "bash",
    ["-c", `${limit}; exec "$@"`, "limited", process.execPath, main, ...args],
    {
      cwd: folder,
      encoding: "utf8",
      timeout: 120_000,
    },
  );
  return { status, stderr };
}

describe("scidocs gate cannot be slipped past", () => {
  it.each([
    ["a split that is said twice", text.replace('"split"', '"split": "val",\n  "split"'), "split is given twice"],
    [
      "a score by a name that readers pass over",
      text.replace('"scores": {', '"scores": {"__proto__": 99,'),
      "__proto__",
    ],
  ])("by a record with %s", (_, record, message) => {
    writeFileSync(join(folder, "odd.json"), record);
    const { exitCode, stdout, stderr } = runScidocs(folder, ["gate", "odd.json", "--baseline", "good.json"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("by a limit of a configuration whose name is passed over", () => {
    const config = '{"gate": {"baseline": "good.json", "min": {"__proto__": 99}}}';
    writeFileSync(join(folder, "odd.config.json"), config);
    const { exitCode, stderr } = runScidocs(folder, ["gate", "good.json", "--config", "odd.config.json"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("gate.min.__proto__ is no name to be used");
  });

  it("by a configuration that is a link to nothing", () => {
    const place = join(folder, "linked");
    mkdirSync(place);
    symlinkSync("nowhere.json", join(place, "scidocs.config.json"));
    const { exitCode, stdout, stderr } = runScidocs(place, ["gate", "../good.json", "--min", "Avg=1"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("scidocs.config.json: is a link to something that is not there");
  });

  it("by JUnit's file in the place of its configuration", () => {
    copyFileSync(join(folder, "odd.config.json"), join(folder, "mine.config.json"));
    writeFileSync(join(folder, "mine.config.json"), '{"gate": {"min": {"Avg": 1}}}');
    const flags = ["--config", "mine.config.json", "--junit", "mine.config.json"];
    expect(runScidocs(folder, ["gate", "good.json", ...flags]).exitCode).toBe(2);
    expect(readFileSync(join(folder, "mine.config.json"), "utf8")).toContain("Avg");
  });
});

describe("what is written", () => {
  it("is never a file of the dataset that is read, and never a record that nothing could read again", () => {
    const data = join(folder, "data");
    cpSync(fileURLToPath(new URL("datasets/mini", packageRoot)), data, { recursive: true });
    const qrel = readFileSync(join(data, "cite/test.qrel"));
    const baseline = ["baseline", "random", "--data", "data", "--tasks", "cite,recomm"];
    for (const args of [
      [...baseline, "-o", "data/cite/test.qrel", "--force"],
      ["report", "good.json", "-o", "data/cite/test.qrel", "--data", "data"],
    ]) {
      const { exitCode, stderr } = runScidocs(folder, args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining("files to be read") });
    }
    expect(readFileSync(join(data, "cite/test.qrel")).equals(qrel)).toBe(true);
    writeTinyCheckpoints(folder, { seed: 1 });
    const weights = readFileSync(join(folder, "hf-safetensors/model.safetensors"));
    const papers = ["--papers", "data/paper_metadata_recomm.json"];
    const embed = runScidocs(folder, [
      "embed",
      "--model",
      "hf-safetensors",
      ...papers,
      "-o",
      "hf-safetensors/model.safetensors",
    ]);
    expect(embed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("files to be read") });
    expect(readFileSync(join(folder, "hf-safetensors/model.safetensors")).equals(weights)).toBe(true);
    const { stderr } = runScidocs(folder, [...baseline, "--seeds", "100000000"]);
    expect(stderr).toContain("100000000 seeds are more than the 1000 that one run trains from");
  });
});

describe("records of any size", () => {
  it("are refused within memory where their lists are longer than a run's", () => {
    writeFileSync(join(folder, "long.json"), text.replace('"notes": []', `"notes": [${"0,".repeat(6e7)}0]`));
    const { status, stderr } = limited("ulimit -v 8000000", "gate", "long.json", "--min", "Avg=1");
    expect(stderr).toMatch(/its lists hold 600\d+ values, more than a run record/);
    expect(status).toBe(2);
    writeFileSync(join(folder, "long.json"), text.replace('"notes": []', `"notes": [${'"",'.repeat(6e6)}""]`));
    const texts = limited("ulimit -v 8000000", "gate", "long.json", "--min", "Avg=1");
    expect(texts).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/it holds 60\d+ texts, more than a run record/),
    });
  });

  it("make no summary and no page of megabytes by a name", () => {
    writeFileSync(join(folder, "named.json"), text.replace('"name": "good"', `"name": "${"x".repeat(2e6)}"`));
    writeFileSync(join(folder, "summary.md"), "");
    const env = { GITHUB_STEP_SUMMARY: join(folder, "summary.md") };
    const flags = ["--min", "Avg=1", "--github", "--junit", "gate.xml"];
    expect(runScidocs(folder, ["gate", "named.json", ...flags], env).exitCode).toBe(0);
    for (const file of ["summary.md", "gate.xml"]) expect(statSync(join(folder, file)).size).toBeLessThan(10_000);
  });

  it("are told of in some lines, however many are none, and read one after the other", () => {
    mkdirSync(join(folder, "many"));
    for (let file = 0; file < 300; file++) writeFileSync(join(folder, "many", `${file}.json`), "{");
    writeFileSync(join(folder, "many", "x.json"), text);
    const { exitCode, stderr } = runScidocs(folder, ["table", "many"]);
    expect(exitCode).toBe(0);
    expect(stderr.trim().split("\n")).toHaveLength(11);
    expect(stderr).toContain("290 more files that are no run records");
    const records = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? "good.json" : "other.json"));
    const last = limited("ulimit -n 40", "report", ...records, "none.json");
    expect(last).toMatchObject({ status: 2, stderr: expect.stringContaining("none.json: cannot be read") });
    expect(limited("ulimit -n 40", "table", "--significance", ...records)).toEqual({
      status: 2,
      stderr: expect.stringContaining("every pair of 60 records is too much to test"),
    });
  });

  it("are compared by as many draws as fit into memory", () => {
    const flags = ["--resamples", "9007199254740991"];
    const { exitCode, stderr } = runScidocs(folder, ["compare", "good.json", "other.json", ...flags]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("more than the 2000000 that a comparison takes");
  });
});

describe.runIf(process.platform !== "win32")("a summary's place", () => {
  it("that is a pipe which nobody reads costs no verdict and no wait", () => {
    spawnSync("mkfifo", [join(folder, "pipe")]);
    const env = { GITHUB_STEP_SUMMARY: join(folder, "pipe") };
    const gate = (limit: string) => runScidocs(folder, ["gate", "good.json", "--min", `Avg=${limit}`, "--github"], env);
    expect(gate("100")).toMatchObject({ exitCode: 4, stdout: expect.stringContaining("FAIL  good") });
    expect(gate("1")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("the summary cannot be written") });
  });
});
