import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordText } from "../../src/results/record.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { withoutHardQueries } from "../results/recordChanges.ts";
import { freshFolder } from "./runScidocs.ts";

const root = join(import.meta.dirname, "../..");
const folder = freshFolder();
const records = {
  good: buildRecord({ name: "good", quality: 0.6 }),
  again: buildRecord({ name: "good", quality: 0.6, createdAt: "2026-01-03T03:04:05.000Z" }),
  bad: buildRecord({ name: "bad", quality: 0.3, modelSeed: 2 }),
  twin: buildRecord({ name: "twin", quality: 0.6, modelSeed: 7 }),
  fewer: withoutHardQueries(buildRecord({ name: "good", quality: 0.6 }), 5),
};
for (const [name, record] of Object.entries(records)) writeFileSync(join(folder, `${name}.json`), recordText(record));

function action(inputs: Record<string, string>) {
  const summary = join(folder, "summary.md");
  writeFileSync(summary, "");
  const { status, stdout, stderr } = spawnSync("bash", [join(root, "scripts/gateAction.sh")], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, GITHUB_STEP_SUMMARY: summary, ...inputs },
  });
  return { status, stdout, stderr, summary: readFileSync(summary, "utf8") };
}

describe("the GitHub Action", () => {
  it("hands each of its inputs to its last step, by the name that the step reads", () => {
    const yaml = readFileSync(join(root, "action.yml"), "utf8");
    const declared = [...yaml.slice(0, yaml.indexOf("runs:")).matchAll(/^ {2}([a-z-]+):$/gm)].map(
      ([, name = ""]) => name,
    );
    const script = readFileSync(join(root, "scripts/gateAction.sh"), "utf8");
    expect(declared).toContain("max-drop");
    for (const name of declared) {
      const variable = `INPUT_${name.toUpperCase().replaceAll("-", "_")}`;
      expect(yaml).toContain(`${variable}: \${{ inputs.${name} }}`);
      expect(script).toContain(variable);
    }
  });

  it("builds in a job that has NODE_ENV=production, where npm leaves out what building takes", () => {
    const env = { ...process.env, NODE_ENV: "production" };
    const omitted = spawnSync("npm", ["ls", "--depth=0", "--parseable", "--omit=optional"], {
      cwd: root,
      encoding: "utf8",
      env,
    });
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    for (const name of Object.keys(devDependencies)) expect(omitted.stdout).toContain(join("node_modules", name));
  });

  it("passes a good record and fails a bad one with code 4, a summary and annotations", () => {
    const passed = action({ INPUT_RECORD: "again.json", INPUT_BASELINE: "good.json", INPUT_MAX_DROP: "0.5 cite=0.3" });
    expect(passed.status).toBe(0);
    expect(passed.stdout).toContain("14 of 14 checks");
    expect(passed.summary).toContain("### SciDocs gate: passed");
    const failed = action({
      INPUT_RECORD: "bad.json",
      INPUT_BASELINE: "good.json",
      INPUT_SIGNIFICANT: "true",
      INPUT_MAX_DROP: "0.5",
    });
    expect(failed.status).toBe(4);
    expect(failed.stderr).toMatch(/^::error title=/m);
    expect(failed.summary).toContain("### SciDocs gate: failed");
  });

  it("takes an input for text and never for a command", () => {
    const { status, stderr } = action({ INPUT_RECORD: "good.json", INPUT_MIN: "$(touch pwned)=1 *" });
    expect(status).toBe(2);
    expect(stderr).toContain("--min $(touch: expected COLUMN=SCORE");
    expect(spawnSync("ls", [folder], { encoding: "utf8" }).stdout).not.toContain("pwned");
  });

  it.each([
    ["record", { INPUT_RECORD: "--version" }],
    ["record", { INPUT_RECORD: "--help" }],
    ["record", { INPUT_RECORD: "" }],
    ["baseline", { INPUT_RECORD: "good.json", INPUT_BASELINE: "--version" }],
    ["max-drop", { INPUT_RECORD: "good.json", INPUT_BASELINE: "good.json", INPUT_MAX_DROP: "--help" }],
    ["min", { INPUT_RECORD: "good.json", INPUT_MIN: "-h" }],
    ["min-coverage", { INPUT_RECORD: "good.json", INPUT_MIN_COVERAGE: "--help" }],
    ["config", { INPUT_RECORD: "good.json", INPUT_MIN: "mag-f1=1", INPUT_CONFIG: "--version" }],
    ["significant", { INPUT_RECORD: "good.json", INPUT_BASELINE: "good.json", INPUT_SIGNIFICANT: "maybe" }],
    ["max-drop", { INPUT_RECORD: "good.json", INPUT_BASELINE: "good.json", INPUT_MAX_DROP: "0,5" }],
    ["min", { INPUT_RECORD: "good.json", INPUT_MIN: "mag-f1=1,,cite=1" }],
  ])("passes nothing unjudged: %s of %j ends with code 2", (_, inputs) => {
    const { status, stdout } = action(inputs as Record<string, string>);
    expect(status).toBe(2);
    expect(stdout).not.toContain("PASS");
  });

  it.each(["true", "True", "TRUE", "yes", "on", "1"])("takes significant: %s as YAML writes it", (word) => {
    // Avg of equal models may not fall by more than 0, but for chance.
    const limits = { INPUT_RECORD: "twin.json", INPUT_BASELINE: "good.json", INPUT_MAX_DROP: "all=0 Avg=0" };
    expect(action({ ...limits, INPUT_SIGNIFICANT: word }).status).toBe(0);
  });

  it("hands on margins and the leave to score fewer", () => {
    const twin = { INPUT_RECORD: "twin.json", INPUT_BASELINE: "good.json" };
    expect(action({ ...twin, INPUT_MAX_DROP: "all=0 Avg=0", INPUT_SIGNIFICANT: "False" }).status).toBe(4);
    expect(action({ ...twin, INPUT_NON_INFERIOR: "0.01" }).status).toBe(4);
    const fewer = { INPUT_RECORD: "fewer.json", INPUT_BASELINE: "good.json" };
    expect(action(fewer).status).toBe(4);
    expect(action({ ...fewer, INPUT_ALLOW_FEWER: "true" }).status).toBe(0);
  });

  it("puts a false that is said over a true of the configuration, and leaves to it what is not said", () => {
    writeFileSync(join(folder, "lax.json"), JSON.stringify({ gate: { allowFewer: true } }));
    const fewer = { INPUT_RECORD: "fewer.json", INPUT_BASELINE: "good.json", INPUT_CONFIG: "lax.json" };
    expect(action(fewer).status).toBe(0);
    expect(action({ ...fewer, INPUT_ALLOW_FEWER: "false" }).status).toBe(4);
  });
});
