import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordText } from "../../src/results/record.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import type { RankingResult } from "../../src/tasks/ranking/rankingResult.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { rescored, withFile, withoutHardQueries } from "../results/recordChanges.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const good = buildRecord({ name: "good", quality: 0.6 });
const hostilePath = "cite/x\n::stop-commands::y ::error::z";

function withCite(change: (cite: RankingResult) => void): RunRecord {
  const copy = structuredClone(good);
  if (copy.tasks.cite?.kind !== "ranking") throw new Error("no cite");
  change(copy.tasks.cite);
  return copy;
}

const records = {
  good,
  bad: buildRecord({ name: "bad", quality: 0.3, modelSeed: 2 }),
  twin: buildRecord({ name: "twin", quality: 0.6, modelSeed: 7 }),
  again: { ...good, createdAt: "2026-01-03T03:04:05.000Z" },
  val: buildRecord({ name: "good", quality: 0.6, split: "val" }),
  nothing: rescored({ ...good, tasks: { mag: { kind: "skipped", reason: "no vectors" } } }),
  lying: { ...good, scores: Object.fromEntries(Object.keys(good.scores).map((id) => [id, 99])) },
  short: withCite((cite) => cite.rows.averagePrecision.splice(5)),
  order: withCite((cite) => cite.rows.order[0]!.splice(0, 1, 2 ** 31)),
  fewer: withoutHardQueries(good, 5),
  data: withFile(good, hostilePath, "0".repeat(64)),
  otherData: withFile(buildRecord({ name: "x\n::error::y" }), hostilePath, "1".repeat(64)),
};
for (const [name, record] of Object.entries(records)) writeFileSync(join(folder, `${name}.json`), recordText(record));
writeFileSync(join(folder, "broken.json"), "{");
writeFileSync(join(folder, "gate.config.json"), JSON.stringify({ gate: { baseline: "good.json", maxDrop: 0.5 } }));

const gate = (...args: string[]) => runScidocs(folder, ["gate", ...args]);

describe("scidocs gate", () => {
  it("exits 0 and says what was checked when all is well", () => {
    const { exitCode, stdout, stderr } = gate(
      "again.json",
      "--baseline",
      "good.json",
      "--max-drop",
      "0.5",
      "--min",
      "mag-f1=20",
    );
    expect(exitCode).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^PASS {2}good against good: 15 of 15 checks$/m);
    expect(stdout).toMatch(/ok {4}Avg stayed the same/);
  });

  it("judges no record by itself, under whatever name, unless it is told to", () => {
    copyFileSync(join(folder, "good.json"), join(folder, "copy.json"));
    const { exitCode, stdout, stderr } = gate("copy.json", "--baseline", "good.json");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("copy.json and good.json are the record of one run");
    const forced = gate("good.json", "--baseline", "good.json", "--force");
    expect(forced.exitCode).toBe(0);
    expect(forced.stdout).toMatch(/note {2}the record is its own baseline/);
  });

  it("says what it could have seen, and where it cannot tell", () => {
    const { exitCode, stdout } = gate("twin.json", "--baseline", "good.json", "--max-drop", "cite=1", "--significant");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^PASS {2}twin against good: 14 of 14 checks; \d+ of them cannot tell$/m);
    expect(stdout).toMatch(/^ {2}\? {5}cite-map .* 80 % power for drops from \d+\.\d\d on: cannot tell$/m);
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
    expect(stdout).toMatch(/^FAIL {2}bad against good: \d+ of 14 checks failed$/m);
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
    ["a lowest score without a column", ["good.json", "--min", "80"], /--min 80: expected COLUMN=SCORE/],
    ["a decimal comma", ["good.json", "--baseline", "good.json", "--max-drop", "0,5"], /--max-drop 0,5: .*\(0\.5\)/],
    ["a decimal comma in a lowest score", ["good.json", "--min", "Avg=69,9"], /--min Avg=69,9: .*\(Avg=69\.9\)/],
    ["a decimal comma in a coverage", ["good.json", "--min-coverage", "99,5"], /number from 0 to 100/],
    ["a baseline given twice", ["good.json", "--baseline", "bad.json", "--baseline", "good.json"], /given twice/],
    ["a coverage given twice", ["good.json", "--min-coverage", "99", "--min-coverage", "0"], /given twice/],
    ["a limit given twice", ["good.json", "--baseline", "good.json", "--max-drop", "1", "--max-drop", "2"], /twice/],
    ["a margin without a baseline", ["good.json", "--non-inferior", "1"], /--non-inferior needs .* --baseline/],
    ["records of which no task ran", ["nothing.json", "--min-coverage", "99"], /nothing was checked/],
    [
      "scores that do not follow from the rows",
      ["lying.json", "--min", "Avg=70"],
      /scores\.mag-f1 is 99, and its rows give/,
    ],
    [
      "rows of two lengths",
      ["short.json", "--baseline", "good.json"],
      /tasks\.cite: rows\.averagePrecision has 5 entries/,
    ],
    ["an order of no candidates", ["order.json", "--baseline", "good.json"], /tasks\.cite: rows\.order\[0\] does not/],
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
    expect(worse.stdout).toMatch(/of 14 checks failed$/m);
    expect(worse.stdout).toMatch(/fail {2}cite-map fell by .* a significant drop, p [<=] /);
    expect(gate("good.json", "--baseline", "bad.json").exitCode).toBe(0);
  });

  it.each([
    ["a coverage", ["--min-coverage", "50"]],
    ["a lowest score", ["--min", "mag-f1=1"]],
    ["a limit of another column", ["--max-drop", "recomm=100"]],
  ])("still checks the baseline beside %s", (_, flags) => {
    const { exitCode, stdout } = gate("bad.json", "--baseline", "good.json", ...flags);
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/fail {2}cite-map fell by/);
  });

  it("fails where fewer queries are scored than in the baseline, unless --allow-fewer is given", () => {
    const fewer = gate("fewer.json", "--baseline", "good.json");
    expect(fewer.exitCode).toBe(4);
    expect(fewer.stdout).toMatch(/fail {2}cite does not score 5 of the baseline's 40 queries; --allow-fewer lets it/);
    expect(gate("fewer.json", "--baseline", "good.json", "--allow-fewer").exitCode).toBe(0);
  });

  it("rules drops out by the interval where it is asked to", () => {
    expect(gate("good.json", "--baseline", "bad.json", "--non-inferior", "0.5").exitCode).toBe(0);
    const equal = gate("twin.json", "--baseline", "good.json", "--non-inferior", "0.01");
    expect(equal.exitCode).toBe(4);
    expect(equal.stdout).toMatch(/fail {2}Avg .* cannot rule out a drop of \d/);
  });

  it("lets no name from a record begin a workflow command", () => {
    const { exitCode, stderr } = gate("otherData.json", "--baseline", "data.json");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("these records are not comparable");
    expect(stderr).not.toMatch(/(^|\s)::/m);
    const forced = gate("otherData.json", "--baseline", "data.json", "--force", "--github");
    expect(forced.stdout).not.toMatch(/(^|\s)::/m);
    for (const line of forced.stderr.split("\n").filter((text) => /^\s*::/.test(text))) {
      expect(line).toMatch(/^::(error|notice) title=SciDocs gate/);
    }
  });

  it("takes baseline and thresholds from a configuration, and flags before it", () => {
    expect(gate("bad.json", "--config", "gate.config.json").exitCode).toBe(4);
    expect(gate("bad.json", "--config", "gate.config.json", "--max-drop", "100,all=100").exitCode).toBe(0);
    const absolute = { gate: { baseline: join(folder, "good.json"), maxDrop: { all: 100, Avg: 100 } } };
    mkdirSync(join(folder, "other"), { recursive: true });
    writeFileSync(join(folder, "other/gate.json"), JSON.stringify(absolute));
    expect(gate("bad.json", "--config", "other/gate.json").exitCode).toBe(0);
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
    expect(JSON.parse(stdout)).toMatchObject({ passed: false, notes: [] });
    expect(JSON.parse(stdout).checks).toContainEqual(expect.objectContaining({ kind: "max-drop", subject: "Avg" }));
    expect(readFileSync(join(folder, "out/gate.xml"), "utf8")).toContain('<failure type="max-drop"');
    expect(readFileSync(summary, "utf8")).toContain("### SciDocs gate: failed");
    expect(stderr).toMatch(/^::error title=/m);
  });
});

describe("what must not cost a verdict", () => {
  const full = existsSync("/dev/full");

  it.skipIf(!full)("a place that takes nothing: the verdict is printed, and a model that failed is told first", () => {
    const failing = gate("bad.json", "--baseline", "good.json", "--junit", "/dev/full");
    expect(failing.stdout).toMatch(/^FAIL/);
    expect(failing.stderr).toMatch(/\/dev\/full: cannot be written.*\nscidocs: the gate failed/s);
    expect(failing.exitCode).toBe(4);
    const passing = gate("again.json", "--baseline", "good.json", "--junit", "/dev/full");
    expect(passing.stdout).toMatch(/^PASS/);
    expect(passing.stderr).toMatch(/^scidocs: \/dev\/full: cannot be written/);
    expect(passing.exitCode).toBe(2);
    const summary = { GITHUB_STEP_SUMMARY: "/dev/full" };
    const github = runScidocs(folder, ["gate", "again.json", "--baseline", "good.json", "--github"], summary);
    expect(github.stdout).toMatch(/^PASS/);
    expect(github.stderr).toMatch(/--github: the summary cannot be written/);
    expect(github.exitCode).toBe(2);
  });

  it.each([
    ['{"gates": {"maxDrop": 0.5}}', "has a part gates that no command reads; known are gate and run"],
    ["[]", "should hold a JSON object"],
    ["{", "is not JSON"],
  ])("a configuration that nobody reads: %s", (text, message) => {
    writeFileSync(join(folder, "odd.json"), text);
    const { exitCode, stdout, stderr } = gate("good.json", "--baseline", "good.json", "--config", "odd.json");
    expect(stderr).toContain(`odd.json: ${message}`);
    expect([exitCode, stdout]).toEqual([2, ""]);
  });

  it("a configuration that is named and has no thresholds", () => {
    writeFileSync(join(folder, "run.config.json"), '{"run": {"models": ["mini"]}}');
    const { exitCode, stderr } = gate("good.json", "--baseline", "good.json", "--config", "run.config.json");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/run\.config\.json: has no part gate/);
  });

  it("a configuration that is not there, though it was named", () => {
    const { exitCode, stderr } = gate("good.json", "--baseline", "good.json", "--config", "absent.json");
    expect(stderr).toMatch(/absent\.json: there is no such configuration/);
    expect(exitCode).toBe(2);
  });

  it.skipIf(process.platform === "win32")("a pipe in the configuration's place, which nobody writes to", () => {
    execFileSync("mkfifo", [join(folder, "pipe.json")]);
    const { exitCode, stderr } = gate("good.json", "--baseline", "good.json", "--config", "pipe.json");
    expect(stderr).toMatch(/pipe\.json: is a pipe, not a file/);
    expect(exitCode).toBe(2);
    const own = join(folder, "piped");
    mkdirSync(own);
    execFileSync("mkfifo", [join(own, "scidocs.config.json")]);
    expect(runScidocs(own, ["run", "--dry-run"]).stderr).toMatch(/scidocs\.config\.json: is a pipe, not a file/);
  });
});

describe.skipIf(!hasShared)("kept cases of the gate", () => {
  const records = sharedPath("cases/gate-records");
  const comma = sharedPath("cases/gate-decimal-comma");
  const attack = sharedPath("cases/attack");
  const against = (record: string, ...flags: string[]): string[] => [
    join(records, record),
    "--baseline",
    join(records, "baseline.json"),
    ...flags,
  ];

  it.each<[string, string[], RegExp]>([
    ["scores of 99 over unchanged rows", against("lying.json"), /scores\.mag-f1 is 99, and its rows give 86\.01/],
    ["numbers that are none", against("nan.json"), /nan\.json: is not JSON: .*NaN/],
    ["10 of 95 rows", against("magsubset.json"), /tasks\.mag: macroF1 is 0\.86.*, and its rows give/],
    [
      "a record in which nothing ran",
      [join(records, "allskipped.json"), "--min-coverage", "99"],
      /spread\.recomm-ndcg/,
    ],
    ["queries left out", against("citehalf.json"), /tasks\.cite: ties: /],
    ["queries left out of a worse model", against("citehalfworse.json"), /tasks\.cite: rows\.averagePrecision\[0\] or/],
    [
      "rows of two lengths",
      against("../attack/rows_apshort.json"),
      /tasks\.cite: rows\.averagePrecision has 5 entries/,
    ],
    ["an order of no candidates", against("../attack/rows_bigorder.json"), /tasks\.cite: rows\.order\[0\]/],
    ["a drop of 0,5", [join(comma, "new.json"), "--baseline", join(comma, "old.json"), "--max-drop", "0,5"], /0\.5/],
    ["a score of 69,9", [join(comma, "new.json"), "--min", "Avg=69,9"], /Avg=69\.9/],
  ])("exits 2 for %s", (_, args, message) => {
    const { exitCode, stdout, stderr } = gate(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
  });

  it("exits 4 for the drop that a decimal comma let pass, written with a point", () => {
    expect(gate(join(comma, "new.json"), "--baseline", join(comma, "old.json"), "--max-drop", "0.5").exitCode).toBe(4);
  });

  it("keeps the name of a dataset from speaking to the server", () => {
    const { exitCode, stdout, stderr } = gate(...against("../attack/dsname.json"));
    expect(exitCode).toBe(2);
    expect(`${stdout}\n${stderr}`).not.toMatch(/(^|\s)::/m);
  });

  it.each(["compare", "report"])("reads no record that contradicts itself into %s", (command) => {
    for (const name of ["rows_apshort.json", "rows_bigorder.json"]) {
      const { exitCode, stderr } = runScidocs(folder, [command, join(attack, name), join(records, "baseline.json")]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain("the record contradicts itself");
    }
  });
});
