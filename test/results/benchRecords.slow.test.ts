import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freshFolder, runScidocs } from "../cli/runScidocs.ts";

const records = join(import.meta.dirname, "../../bench/compare/records.mjs");

/** Writes two records as the benches make them. */
const script = `
  const { fullRecord } = await import(${JSON.stringify(records)});
  const { writeFileSync } = await import("node:fs");
  for (const [name, seed] of [["a", 1], ["b", 2]]) writeFileSync(name + ".json", JSON.stringify(fullRecord(name, seed)));
`;

it("the made-up records of the benches are records that every command takes", () => {
  const folder = freshFolder();
  const made = spawnSync(process.execPath, ["--input-type=module", "-e", script], { cwd: folder, encoding: "utf8" });
  expect(made.stderr).toBe("");
  const { exitCode, stderr } = runScidocs(folder, ["gate", "b.json", "--baseline", "a.json"]);
  expect(stderr).not.toContain("contradicts itself");
  expect([0, 4]).toContain(exitCode);
});
