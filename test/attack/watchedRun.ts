import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "../cli/runScidocs.ts";

/** What a run of the built program did, as the system saw it. */
export interface WatchedRun {
  readonly exitCode: number | null;
  readonly stderr: string;
  /** The most memory that its processes held together; null where the system does not tell. */
  readonly peakBytes: number | null;
}

/** Whether the system tells what a process holds. */
export const tellsMemory = existsSync("/proc/self/status");

/** Runs the built program and watches its memory, and that of the processes it starts, from outside. */
export async function watchedRun(folder: string, args: readonly string[]): Promise<WatchedRun> {
  const env = { ...process.env, NO_COLOR: "1", XDG_CACHE_HOME: join(folder, ".cache") };
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    if (stderr.length < 100_000) stderr += chunk;
  });
  let peakBytes = 0;
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, child.pid === undefined ? 0 : heldBy(child.pid));
  }, 10);
  const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(timer);
  return { exitCode, stderr, peakBytes: tellsMemory ? peakBytes : null };
}

/** Bytes that a process and its children hold now. */
function heldBy(pid: number): number {
  try {
    const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "0";
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean);
    return Number(rss) * 1024 + children.reduce((sum, child) => sum + heldBy(Number(child)), 0);
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}
