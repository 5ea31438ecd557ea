import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the system's own units; empty where that cannot be told. Process numbers are used again. */
  readonly started: string;
}

/** A lock that was got, or who has it. */
export type LockOutcome = { readonly release: () => Promise<void> } | { readonly holder: LockHolder };

/** Locks held by this process, by path. */
const held = new Set<string>();

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

/**
 * Takes a lock file for this process. One that was left behind by a process which has ended is taken over.
 * A lock from another machine (a shared disk) counts as held, for nobody here can tell.
 * @throws the file system's error where the lock cannot be written
 */
export async function acquireLock(path: string): Promise<LockOutcome> {
  const own = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, own, { flag: "wx" });
  try {
    for (;;) {
      try {
        // A link appears with its content or not at all, so that nobody reads half a lock.
        await link(draft, path);
        held.add(path);
        return {
          release: async () => {
            held.delete(path);
            await rm(path, { force: true });
          },
        };
      } catch (error) {
        if (!isCode(error, "EEXIST")) throw error;
      }
      const found = await readFile(path, "utf8").catch(() => null);
      if (found === null) continue;
      const holder = parseHolder(found);
      if (holder !== null && isAlive(holder, path)) return { holder };
      await removeStale(path, found);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes a lock that was found stale, unless another process has put its own there in the meantime. */
async function removeStale(path: string, found: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  if ((await readFile(aside, "utf8")) !== found) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

function parseHolder(text: string): LockHolder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { pid, host, started } = { pid: null, host: "", started: "", ...value };
    return typeof pid === "number" && Number.isInteger(pid) && pid > 0
      ? { pid, host: String(host), started: String(started) }
      : null;
  } catch {
    return null;
  }
}

function isAlive(holder: LockHolder, path: string): boolean {
  if (holder.host !== hostname()) return true;
  if (holder.started !== startOf(holder.pid)) return false;
  // Where start times cannot be told, a lock with our own number that we do not hold was left by an earlier process of that number.
  if (holder.pid === process.pid) return held.has(path);
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

/** When a process began, as Linux tells it (field 22 of /proc/PID/stat, clock ticks since boot); elsewhere the empty text. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The process name, in parentheses, may hold spaces; fields are counted after it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
