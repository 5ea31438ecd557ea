import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordText } from "../../src/results/record.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const good = buildRecord({ name: "good", quality: 0.6 });
const records = {
  good,
  bad: buildRecord({ name: "bad", quality: 0.3, modelSeed: 2 }),
  val: { ...good, split: "val" as const },
};
for (const [name, record] of Object.entries(records)) writeFileSync(join(folder, `${name}.json`), recordText(record));
writeFileSync(join(folder, "broken.json"), "{");
writeFileSync(join(folder, "gate.config.json"), JSON.stringify({ gate: { baseline: "good.json", maxDrop: 0.5 } }));

const gate = (...args: string[]) => runScidocs(folder, ["gate", ...args]);

describe("scidocs gate", () => {
  it("exits 0 and says what was checked when all is well", () => {
    const { exitCode, stdout, stderr } = gate(
      "good.json",
      "--baseline",
      "good.json",
      "--max-drop",
      "0.5",
      "--min",
      "mag-f1=20",
    );
    expect(exitCode).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^PASS {2}good against good: 2 of 2 checks$/m);
    expect(stdout).toMatch(/ok {4}Avg stayed the same/);
  });

  it("exits 4 and names every failed check", () => {
    const { exitCode, stdout, stderr } = gate(
      "bad.json",
      "--baseline",
      "good.json",
      "--max-drop",
      "0.5",
      "--max-drop",
      "cite=0.3",
      "--significant",
    );
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/^FAIL {2}bad against good: 3 of 3 checks failed$/m);
    expect(stdout).toMatch(/fail {2}cite-map fell by/);
    expect(stderr).toContain("the gate failed");
  });

  it.each<[string, string[], RegExp]>([
    ["a missing record", ["none.json", "--min", "mag-f1=1"], /none\.json/],
    ["a broken record", ["broken.json", "--min", "mag-f1=1"], /broken\.json: is not JSON/],
    ["records that are not comparable", ["val.json", "--baseline", "good.json", "--max-drop", "1"], /split: /],
    ["nothing to judge by", ["good.json"], /nothing to judge by/],
    ["a drop without a baseline", ["good.json", "--max-drop", "1"], /--baseline/],
    ["an unknown column", ["good.json", "--min", "cute=1"], /no column or task called cute/],
    ["a lowest score without a column", ["good.json", "--min", "80"], /COLUMN=SCORE/],
    ["a coverage above 100", ["good.json", "--min-coverage", "101"], /number from 0 to 100/],
    ["a missing configuration", ["good.json", "--config", "none.config.json"], /none\.config\.json/],
  ])("exits 2 for %s", (_, args, message) => {
    const { exitCode, stdout, stderr } = gate(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("fails on any significant drop when only a baseline is given", () => {
    const worse = gate("bad.json", "--baseline", "good.json");
    expect(worse.exitCode).toBe(4);
    expect(worse.stdout).toMatch(/of 13 checks failed$/m);
    expect(worse.stdout).toMatch(/fail {2}cite-map fell by .* significant\)/);
    expect(gate("good.json", "--baseline", "bad.json").exitCode).toBe(0);
  });

  it("takes baseline and thresholds from a configuration, and flags before it", () => {
    expect(gate("bad.json", "--config", "gate.config.json").exitCode).toBe(4);
    expect(gate("bad.json", "--config", "gate.config.json", "--max-drop", "100").exitCode).toBe(0);
  });

  it("writes JUnit, a GitHub summary with annotations, and JSON of one verdict", () => {
    const summary = join(folder, "summary.md");
    const { exitCode, stdout, stderr } = runScidocs(
      folder,
      [
        "gate",
        "bad.json",
        "--baseline",
        "good.json",
        "--max-drop",
        "0.5",
        "--junit",
        "out/gate.xml",
        "--github",
        "--json",
      ],
      { GITHUB_STEP_SUMMARY: summary },
    );
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ passed: false, checks: [{ kind: "max-drop", subject: "Avg" }] });
    expect(readFileSync(join(folder, "out/gate.xml"), "utf8")).toContain('<failure type="max-drop"');
    expect(readFileSync(summary, "utf8")).toContain("### SciDocs gate: failed");
    expect(stderr).toMatch(/^::error title=/m);
  });
});
