import { writeSync } from "node:fs";
import type { WatchData } from "./inProcess.ts";
import { threadData } from "./inThread.ts";

// The thread that ends its process when that takes more memory or time than it may: the main thread may be deaf by then.

const { limits, moved, busy, parent } = threadData<WatchData>();
const everyMs = 10;

let lastMoved = 0;
let cpuAtLast = cpuMs();

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function end(why: string): void {
  writeSync(2, `scidocs: over its ${why}\n`);
  process.kill(process.pid, "SIGKILL");
}

setInterval(() => {
  const now = Atomics.load(moved, 0);
  if (now !== lastMoved || Atomics.load(busy, 0) === 0) {
    lastMoved = now;
    cpuAtLast = cpuMs();
  }
  if (process.memoryUsage.rss() > limits.memoryBytes) end("memory");
  if (cpuMs() - cpuAtLast > limits.cpuMs) end("time");
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, everyMs);
