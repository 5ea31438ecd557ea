import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** The built program. */
export const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What a run of the built program left. */
export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of a run: no colours, and a cache of its own, since what one test stores must not help another. */
function environment(folder: string, env: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, NO_COLOR: "1", XDG_CACHE_HOME: join(folder, ".cache"), ...env };
}

/** The same as {@link runScidocs} while this process goes on: for tests that serve what the program asks for. */
export async function startScidocs(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: environment(folder, env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
    });
  }
  const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { exitCode, ...text };
}

/**
 * Runs the built program in a folder, with no colours and nothing on stdin.
 * @param out where stdout goes in place of what is returned: an open file
 * @param program another program that is to run like it
 */
export function runScidocs(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
  out: "pipe" | number = "pipe",
  program: string = main,
): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: environment(folder, env),
    stdio: ["ignore", out, "pipe"],
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
