// npm run bench -- compare: comparing, ranking and reporting made-up records of the benchmark's full size.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareRecords } from "../../dist/results/compare/comparison.js";
import { recordText } from "../../dist/results/record.js";
import { fullRecord } from "./records.mjs";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
export async function main() {
  const folder = mkdtempSync(join(tmpdir(), "scidocs-bench-"));
  try {
    const names = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index));
    const records = names.map((name, index) => fullRecord(name, index + 1));
    for (const one of records) writeFileSync(join(folder, `${one.model.name}.json`), recordText(one));
    const before = process.cpuUsage();
    const startedMs = performance.now();
    await compareRecords(records[0], records[1]);
    const { user, system } = process.cpuUsage(before);
    console.log(
      `compareRecords, 12 columns, 10,000 resamples: ${((performance.now() - startedMs) / 1000).toFixed(2)} s wall, ${((user + system) / 1e6).toFixed(2)} s CPU`,
    );
    for (const args of [
      ["compare", "a.json", "b.json"],
      ["gate", "b.json", "--baseline", "a.json"],
      ["table", "a.json", "b.json", "c.json"],
      ["table", ...names.map((name) => `${name}.json`), "--significance"],
      ["report", "a.json", "b.json", "c.json"],
    ]) {
      const startMs = performance.now();
      const { status, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8" });
      if (status !== 0 && status !== 4) throw new Error(stderr);
      console.log(`scidocs ${args.join(" ")}: ${((performance.now() - startMs) / 1000).toFixed(2)} s wall`);
    }
    console.log(`report.html of three records: ${(statSync(join(folder, "report.html")).size / 1e6).toFixed(2)} MB`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
