import { randomBytes } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ScidocsError } from "../errors.ts";

/** Locks held by this process, by path: a lock file with our process number that is not here was left by an earlier process of that number. */
const held = new Set<string>();

/**
 * Keeps a second pull out of a target folder: two would write into the same part files. The lock of a process that has ended is taken over.
 * @returns what gives the folder free again
 * @throws ScidocsError `UNAVAILABLE` when another pull is at work there
 */
export async function lockTarget(target: string): Promise<() => Promise<void>> {
  const path = join(target, ".scidocs-pull.lock");
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(draft, String(process.pid), { flag: "wx" });
    for (let tries = 0; ; tries++) {
      try {
        // A link appears with its content or not at all, so nobody ever reads a lock without its process.
        await link(draft, path);
        held.add(path);
        return async () => {
          held.delete(path);
          await rm(path, { force: true });
        };
      } catch (cause) {
        if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
        const holder = await livingHolder(path);
        if (holder !== null || tries > 2) {
          throw new ScidocsError(
            "UNAVAILABLE",
            `${target}: another pull (process ${holder ?? "unknown"}) is at work here; wait for it to end, or delete ${path} if there is none`,
          );
        }
        await rm(path, { force: true });
      }
    }
  } catch (cause) {
    if (cause instanceof ScidocsError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ScidocsError("BAD_INPUT", `${target}: cannot be written: ${reason}`, { cause });
  } finally {
    await rm(draft, { force: true });
  }
}

/** The process that holds a lock; null when it has ended. */
async function livingHolder(path: string): Promise<number | null> {
  const pid = Number(await readFile(path, "utf8").catch(() => ""));
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (pid === process.pid) return held.has(path) ? pid : null;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM" ? pid : null;
  }
}
