import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

const script = join(import.meta.dirname, "../../scripts/fuzz/main.mjs");

function fuzz(folder: string, flags: readonly string[]): Promise<{ exitCode: number | null; stdout: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...flags], { cwd: folder }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode, stdout: stdout + stderr }),
    );
  });
}

test("a short fuzzing of every format finds no reader that crashes, hangs or takes all memory", async () => {
  const folder = temporaryFolder();
  const { exitCode, stdout } = await fuzz(folder, ["--runs", "12", "--seed", "11"]);
  expect(stdout).toMatch(/^seed 11: 0 failed$/m);
  expect(exitCode).toBe(0);
  expect(stdout.match(/ 0 failed$/gm)?.length).toBeGreaterThan(15);
  expect(existsSync(join(folder, "fuzz-failures"))).toBe(false);
});

test("the fuzzing finds a reader that does fail, keeps what it failed at, and shrinks it", async () => {
  const folder = temporaryFolder();
  const flags = ["--self-test", "--format", "crash", "--runs", "3", "--seed", "1"];
  const { exitCode, stdout } = await fuzz(folder, flags);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/FAILED a reader that crashes: crash: TypeError: not an a/);
  const kept = readdirSync(join(folder, "fuzz-failures"));
  expect(kept.length).toBeGreaterThan(0);
  for (const name of kept) expect(readFileSync(join(folder, "fuzz-failures", name)).length).toBeLessThan(40);
});
