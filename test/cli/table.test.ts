import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordText } from "../../src/results/record.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const records = {
  newer: buildRecord({ name: "model", quality: 0.8, modelSeed: 2, createdAt: "2026-03-01T00:00:00.000Z" }),
  older: buildRecord({ name: "model", quality: 0.3, createdAt: "2026-02-01T00:00:00.000Z" }),
};
for (const [name, record] of Object.entries(records)) writeFileSync(join(folder, `${name}.json`), recordText(record));
const table = (...args: string[]) => runScidocs(folder, ["table", "newer.json", "older.json", ...args]);
const names = (stdout: string): string[] =>
  (JSON.parse(stdout) as { rows: { model: string }[] }).rows.map(({ model }) => model);

describe("scidocs table of several records", () => {
  it("marks the best and what is significantly better", () => {
    const { stdout, exitCode } = table();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^a model .* b\*/m);
    expect(stdout).toContain("* best of its column");
    expect(table("--no-significance").stdout).not.toMatch(/ b\*/);
  });

  it("sorts by date and by a column", () => {
    const [older, newer] = ["model (hf) [2026-02-01]", "model (hf) [2026-03-01]"];
    expect(names(table("--sort", "date", "--format", "json").stdout)).toEqual([older, newer]);
    expect(names(table("--sort", "Avg", "--format", "json").stdout)).toEqual([newer, older]);
    expect(table("--sort", "cute").exitCode).toBe(2);
  });

  it("takes a folder for the records in it, and passes over published rows and what else lies there", () => {
    mkdirSync(join(folder, "results"));
    for (const name of ["older", "newer"])
      copyFileSync(join(folder, `${name}.json`), join(folder, `results/${name}.json`));
    copyFileSync(join(import.meta.dirname, "../../results/published.json"), join(folder, "results/published.json"));
    writeFileSync(join(folder, "results/notes.json"), "{}");
    const whole = runScidocs(folder, ["table", "results", "--format", "json"]);
    expect(names(whole.stdout)).toHaveLength(2);
    expect(whole.stderr.match(/^passed over: results\/(notes|published)\.json/gm)).toHaveLength(2);
    const listed = ["newer", "older", "published"].map((name) => `results/${name}.json`);
    expect(names(runScidocs(folder, ["table", ...listed, "--format", "json"]).stdout)).toHaveLength(2);
    const named = runScidocs(folder, ["table", "results/notes.json", "results/newer.json"]);
    expect([named.exitCode, named.stderr]).toEqual([2, expect.stringContaining("results/notes.json")]);
    expect(runScidocs(folder, ["table", "results/published.json"]).exitCode).toBe(2);
  });

  it("holds records against a published row", () => {
    const { stdout } = table("--expect", "specter (hugging", "--format", "markdown");
    expect(stdout).toContain("differs from the published SPECTER (Hugging Face)");
    expect(stdout).toMatch(/Likely reason: made-up-data is made-up data/);
    expect(table("--expect", "e").exitCode).toBe(2);
    expect(table("--expect", "nobody").stderr).toContain("no published row is called so");
  });
});
