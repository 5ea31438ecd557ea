import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordText } from "../../src/results/record.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { freshFolder } from "./runScidocs.ts";

const root = join(import.meta.dirname, "../..");
const folder = freshFolder();
const records = {
  good: buildRecord({ name: "good", quality: 0.6 }),
  bad: buildRecord({ name: "bad", quality: 0.3, modelSeed: 2 }),
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

  it("passes a good record and fails a bad one with code 4, a summary and annotations", () => {
    const passed = action({ INPUT_RECORD: "good.json", INPUT_BASELINE: "good.json", INPUT_MAX_DROP: "0.5 cite=0.3" });
    expect(passed.status).toBe(0);
    expect(passed.stdout).toContain("3 of 3 checks");
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
});
