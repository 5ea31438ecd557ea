import { createHash, randomBytes } from "node:crypto";
import { constants, lstatSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { copyFile, link, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileError, ScidocsError } from "../errors.ts";
import { openRegular, readRegularSync } from "./regularFile.ts";

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the system's own units; empty where that cannot be told. Process numbers are used again. */
  readonly started: string;
  /** Among which processes the number counts, as Linux names it: containers of one host name count apart. Empty where that cannot be told. */
  readonly space: string;
  /** Which start of which machine it was, as Linux names it: machines of one image often have one name. Empty where that cannot be told. */
  readonly boot: string;
}

/** A lock that was got. */
export interface HeldLock {
  readonly release: () => Promise<void>;
  /**
   * Whether it still is this process's: one that was halted for long, with its container, may have been succeeded. A lock that cannot be
   * looked at counts as held.
   */
  readonly isHeld: () => boolean;
}

/** A lock that was got, or who has it. */
export type LockOutcome = HeldLock | { readonly holder: LockHolder };

/** Locks held by this process, by path. */
const held = new Set<string>();

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

/**
 * A lock's time is set anew while it is held. Of a container nothing else can be seen from another one, nor of a machine of the same name: a
 * lock whose time has stood still so long was left by one that has ended, as when a container or a machine is started again under its name.
 */
const pulse = { everyMs: 20_000, stillMs: 180_000 };

/** Looks at a lock that others are just taking over, and the pause between two; fewer at one that has no content yet. */
const patience = { looks: 200, emptyLooks: 50, pauseMs: 10 };

/**
 * Takes a lock file for this process. One that was left behind by a process which has ended is taken over, by one process alone.
 * A lock from another machine (a shared disk) counts as held, for nobody here can tell, and so does one from another container, or from
 * another start of a machine of this name, until its time has stood still for three minutes.
 * @throws the file system's error where the lock cannot be read or written
 */
export async function acquireLock(path: string): Promise<LockOutcome> {
  const nonce = randomBytes(6).toString("hex");
  const own = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
    space: ownSpace(),
    boot: ownBoot(),
    nonce,
  });
  const draft = `${path}.${nonce}`;
  await writeFile(draft, own, { flag: "wx" });
  try {
    for (let look = 0; look < patience.looks; look++) {
      if (await linked(draft, path)) {
        await removeDrafts(path, draft).catch(() => {});
        const timer = setInterval(() => void setTime(path, own), pulse.everyMs).unref();
        return {
          release: () => {
            clearInterval(timer);
            return release(path, own);
          },
          isHeld: () => isStill(path, own),
        };
      }
      const found = await readLock(path);
      const holder = found === null ? null : parseHolder(found);
      if (holder !== null && isAlive(holder, path)) return { holder };
      if (found !== null && !mayBeWritten(holder, look)) await removeStale(path, found, draft, look);
      // A name that is taken and gone in turns: others are at it.
      if (look > 0) await setTimeout(patience.pauseMs);
    }
    throw new Error(`${path} keeps changing`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Whether a lock that names nobody is one that is just being written, where that takes more than one step. */
const mayBeWritten = (holder: LockHolder | null, look: number): boolean =>
  holder === null && look < patience.emptyLooks;

/** How long a draft without content may be one that is just being written. */
const emptyDraftMs = 60_000;

/** Removes what processes left behind that were killed while they asked for the lock. */
async function removeDrafts(path: string, own: string): Promise<void> {
  const folder = dirname(path);
  const drafts = (await readdir(folder)).filter(
    (name) => name.startsWith(`${basename(path)}.`) && /^[0-9a-f]{12}$/.test(name.slice(basename(path).length + 1)),
  );
  for (const draft of drafts.map((name) => join(folder, name))) {
    const text = draft === own ? null : await readLock(draft).catch(() => null);
    if (text === null) continue;
    const holder = parseHolder(text);
    const isLeft =
      holder === null
        ? Date.now() - (await stat(draft)).mtimeMs > emptyDraftMs
        : !isAlive(holder, draft) && holder.pid !== process.pid;
    if (isLeft) await rm(draft, { force: true });
  }
}

/** Shows that a lock is held; where that fails, it is another's by now, or the disk has more to say elsewhere. */
async function setTime(path: string, own: string): Promise<void> {
  const now = new Date();
  if ((await readLock(path).catch(() => null)) === own) await utimes(path, now, now).catch(() => {});
}

/** Whether a lock says what it is to say. */
function isStill(path: string, own: string): boolean {
  try {
    return readRegularSync(path, longest).toString("utf8") === own;
  } catch (error) {
    return !(error instanceof ScidocsError && error.code === "NOT_FOUND");
  }
}

async function release(path: string, own: string): Promise<void> {
  held.delete(path);
  // Somebody may have removed it by hand, and another process have taken it since.
  if ((await readLock(path).catch(() => null)) === own) await rm(path, { force: true });
}

/** What file systems without links say: exFAT, and disks of the cloud that are mounted. */
const withoutLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "ENOTSUPP"];

/**
 * Gives a lock its name; false when there is one. A link appears with its content or not at all, so that nobody reads half a lock; where
 * there are no links, a file that must be new is as good but for the moment until it has its content.
 */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path).catch((error: unknown) => {
      if (!isCode(error, ...withoutLinks)) throw error;
      return copyFile(draft, path, constants.COPYFILE_EXCL);
    });
    held.add(path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** Bytes of the longest lock. */
const longest = 4096;

/** What a lock says; null when there is none. */
async function readLock(path: string): Promise<string | null> {
  try {
    const handle = await openRegular(path);
    try {
      if ((await handle.stat()).size > longest)
        throw fileError(path, null, "is no lock: it is longer than one; delete it");
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (error) {
    // A link to nowhere is no lock that could be taken or read; a file may have come since.
    if (!isCode(error, "ENOENT") || lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw error;
    return null;
  }
}

/**
 * Removes a lock that was found stale. Looking and removing are two steps, so the right to do both is itself a lock, one for each lock
 * that ever was (its content is named after nothing else): who has it finds the stale lock unchanged or gone, for nobody else may remove
 * it and its holder has ended. Who ends while having the right leaves a stale lock of the same kind.
 */
async function removeStale(path: string, found: string, draft: string, look: number): Promise<void> {
  const right = `${path}.${createHash("sha256").update(found).digest("hex").slice(0, 16)}.stale`;
  if (!(await linked(draft, right))) {
    const other = await readLock(right);
    const holder = other === null ? null : parseHolder(other);
    const isStale = holder === null ? !mayBeWritten(holder, look) : !isAlive(holder, right);
    if (other !== null && isStale) await removeStale(right, other, draft, look);
    return;
  }
  try {
    if ((await readLock(path)) === found) await rm(path, { force: true });
  } finally {
    held.delete(right);
    await rm(right, { force: true });
  }
}

function parseHolder(text: string): LockHolder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { pid, host, started, space, boot } = { pid: null, host: "", started: "", space: "", boot: "", ...value };
    return typeof pid === "number" && Number.isInteger(pid) && pid > 0
      ? { pid, host: String(host), started: String(started), space: String(space), boot: String(boot) }
      : null;
  } catch {
    return null;
  }
}

function isAlive(holder: LockHolder, path: string): boolean {
  // Each container is called otherwise, and they share the machine's start.
  if (holder.host !== hostname() && (holder.boot === "" || holder.boot !== ownBoot())) return true;
  if (differ(holder.boot, ownBoot()) || differ(holder.space, ownSpace())) return !standsStill(path);
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

/** Whether two names are known, and not the same. */
const differ = (a: string, b: string): boolean => a !== "" && b !== "" && a !== b;

/** Whether a lock's time is long past; both containers have the machine's clock. */
function standsStill(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > pulse.stillMs;
}

/** The namespace of process numbers that this process lives in; empty where there is no such thing. */
function ownSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** The name of this start of this machine, which its containers share; empty where there is no such thing. */
function ownBoot(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/**
 * When a process began, as Linux tells it (field 22 of /proc/PID/stat, clock ticks since boot); elsewhere, and for one that has ended, the
 * empty text. What has ended keeps its number until its parent asks, which the first process of a container may never do.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The process name, in parentheses, may hold spaces; fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "" : (fields[19] ?? "");
  } catch {
    return "";
  }
}
