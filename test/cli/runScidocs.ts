import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What a run of the built program left. */
export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program in a folder, with no colours and nothing on stdin. */
export function runScidocs(folder: string, args: readonly string[], env: Record<string, string> = {}): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: "utf8",
    // A cache of its own: what one test stores must not help another.
    env: { ...process.env, NO_COLOR: "1", XDG_CACHE_HOME: join(folder, ".cache"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 28,
  });
  return { exitCode: status, stdout, stderr };
}

/** A folder of its own for a test file, gone after it. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "scidocs-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
