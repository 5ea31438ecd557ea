import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { join } from "node:path";
import { main } from "../cli/runScidocs.ts";

/**
 * Runs a training and kills it some time after its folder, which must be there, has changed so often: in the middle of a checkpoint,
 * between two, while old ones are removed.
 * @returns true when it ended by itself
 */
export function runAndKill(
  folder: string,
  flags: readonly string[],
  kill: {
    readonly output: string;
    readonly changes: number;
    readonly afterMs: number;
    readonly signal: NodeJS.Signals;
  },
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...flags], { cwd: folder, stdio: "ignore" });
    let seen = 0;
    const watcher = watch(join(folder, kill.output), () => {
      seen += 1;
      if (seen === kill.changes) setTimeout(() => child.kill(kill.signal), kill.afterMs);
    });
    child.on("exit", (code) => {
      watcher.close();
      resolve(code === 0);
    });
  });
}
