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
  /** Seconds that its processes kept processors busy, as last seen: on a machine that is at work on other things, time says little. */
  readonly busySeconds: number | null;
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
  let busySeconds = 0;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const used = child.pid === undefined ? { bytes: 0, seconds: 0 } : usedBy(child.pid);
    peakBytes = Math.max(peakBytes, used.bytes);
    busySeconds = Math.max(busySeconds, used.seconds);
    if (performance.now() - startedAt > longestMs) child.kill("SIGKILL");
  }, 10);
  const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(timer);
  return {
    exitCode,
    stderr,
    peakBytes: tellsMemory ? peakBytes : null,
    busySeconds: tellsMemory ? busySeconds : null,
  };
}

/** What takes longer hangs, on whatever machine. */
const longestMs = 90_000;
/** Ticks of the clock that Linux counts processor time in. */
const ticksPerSecond = 100;

/** Bytes that a process and its children hold now, and the processor time they have taken. */
function usedBy(pid: number): { bytes: number; seconds: number } {
  try {
    const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "0";
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean);
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Fields are counted after the process's name, in parentheses: its own time, and that of children that have ended.
    const ticks = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 15)
      .reduce((sum, text) => sum + Number(text), 0);
    const used = { bytes: Number(rss) * 1024, seconds: ticks / ticksPerSecond };
    for (const child of children) {
      const more = usedBy(Number(child));
      used.bytes += more.bytes;
      used.seconds += more.seconds;
    }
    return used;
  } catch {
    // It has ended meanwhile.
    return { bytes: 0, seconds: 0 };
  }
}
