import { readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { checkTruths } from "../../checkNumbers.ts";
import { firstFew, ScidocsError, throwIfAborted } from "../../errors.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { acquireLock } from "../../files/processLock.ts";
import { type Network, openNetwork } from "../../network/network.ts";
import { defaultRetryPolicy, type RetryPolicy } from "../../network/retry.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import { fetchFile, md5OfEtag } from "./downloadFile.ts";
import { type FileHasher, openFileHasher } from "./downloadHash.ts";
import { openJournal } from "./downloadJournal.ts";
import { type PlannedFile, type PullPlan, planPull } from "./downloadPlan.ts";
import type { FetchedFile } from "./fileToFetch.ts";
import type { PublicStore } from "./publicStore.ts";

/** What {@link pullDataset} takes. */
export interface PullOptions {
  /** Folder that the dataset goes to; made if missing. */
  readonly target: string;
  /** Where a suite's data lie: `scidocs.store`. */
  readonly store: PublicStore;
  /** Names of the store's parts to pull; null for those that come by default. */
  readonly only?: readonly string[] | null;
  /** The URL of a bucket in place of the store's. */
  readonly from?: string;
  /** What every key begins with, in place of the store's. */
  readonly prefix?: string;
  /** Files fetched at a time. Default 4. */
  readonly jobs?: number;
  /** Replace files that no pull wrote and that differ from the store's. Default false: they are an error. */
  readonly overwrite?: boolean;
  readonly network?: Network;
  readonly retry?: RetryPolicy;
  /** Called with the plan before anything is changed; returning false ends the call there. */
  readonly onPlan?: (plan: PullPlan) => boolean;
}

const optionNames: OptionNames<PullOptions> = {
  target: true,
  store: true,
  only: true,
  from: true,
  prefix: true,
  jobs: true,
  overwrite: true,
  network: true,
  retry: true,
  onPlan: true,
};

/** What a pull did. */
export interface PullReport {
  readonly plan: PullPlan;
  /** Paths fetched, whole or their rest. */
  readonly fetched: readonly string[];
  /** Paths that were there already. */
  readonly present: readonly string[];
  /** Paths whose ETag is no MD5 (multipart uploads): their size was checked, nothing else could be. */
  readonly sizeOnly: readonly string[];
  readonly receivedBytes: number;
  readonly resumedBytes: number;
  readonly retries: number;
  readonly restarts: number;
}

/** Kept free beyond what the files need: file systems slow down and other programs fail on a disk that is full to the last byte. */
const spareBytes = 64 * 2 ** 20;

/**
 * Brings a dataset from a public object store: lists it, tells what will come, fetches what is missing, and proves every file by
 * its size and MD5. Interrupted or failed, it keeps what came, and the next call goes on from there.
 * @throws ScidocsError `UNAVAILABLE` (network, store, disk space), `BAD_INPUT` (files in the way), `NOT_FOUND`, `INTERRUPTED`
 */
export async function pullDataset(options: PullOptions, control: RunControl = {}): Promise<PullReport> {
  refuseUnknownOptions("pullDataset", options, optionNames);
  checkTruths("pullDataset", options, ["overwrite"]);
  const { signal } = control;
  const network = options.network ?? openNetwork();
  const retry = options.retry ?? defaultRetryPolicy;
  const hasher = openFileHasher(signal);
  try {
    const plan = await planPull(
      {
        target: options.target,
        only: options.only == null ? null : new Set(options.only),
        store: options.store,
        bucketUrl: options.from ?? options.store.bucketUrl,
        prefix: options.prefix ?? options.store.prefix,
      },
      network,
      retry,
      signal,
    );
    if (options.onPlan?.(plan) === false) return reportOf(plan, new Map(), [], []);
    refuseWhatIsInTheWay(plan, options.overwrite === true);
    return await carryOut(plan, options, { network, retry, hasher }, control);
  } finally {
    await hasher.close();
    if (options.network === undefined) await network.close();
  }
}

function refuseWhatIsInTheWay(plan: PullPlan, overwrite: boolean): void {
  const foreign = plan.files.filter((file) => file.state === "foreign").map((file) => file.path);
  if (foreign.length > 0 && !overwrite) throw inTheWay(plan.target, foreign);
  const { bytesFree } = plan;
  if (plan.bytesToFetch > 0 && bytesFree !== null && plan.bytesToFetch + spareBytes > bytesFree) {
    const [needed, free] = [plan.bytesToFetch + spareBytes, bytesFree].map((bytes) => (bytes / 2 ** 20).toFixed(0));
    throw new ScidocsError(
      "UNAVAILABLE",
      `${plan.target}: the pull needs ${needed} MiB and the disk has ${free} MiB free; free some, choose another --data, or pull less with --only`,
    );
  }
}

function inTheWay(target: string, paths: readonly string[]): ScidocsError {
  return new ScidocsError(
    "BAD_INPUT",
    `${target}: ${firstFew(paths)} differ${paths.length === 1 ? "s" : ""} from the store and did not come from a pull; move them away, or replace them with --overwrite`,
  );
}

interface PullTools {
  readonly network: Network;
  readonly retry: RetryPolicy;
  readonly hasher: FileHasher;
}

async function carryOut(
  plan: PullPlan,
  options: PullOptions,
  tools: PullTools,
  control: RunControl,
): Promise<PullReport> {
  try {
    makeFolder(plan.target);
  } catch (cause) {
    throw new ScidocsError("BAD_INPUT", `${plan.target}: cannot be made: ${String(cause)}`, { cause });
  }
  const unlock = await lockTarget(plan.target);
  try {
    return await fetchAll(plan, options, tools, control);
  } finally {
    await unlock();
  }
}

async function fetchAll(
  plan: PullPlan,
  options: PullOptions,
  tools: PullTools,
  control: RunControl,
): Promise<PullReport> {
  const journal = await openJournal(plan.target);
  const fetched = new Map<string, FetchedFile>();
  const present = plan.files.filter((file) => file.state === "present");
  const differing: string[] = [];

  for (const file of plan.files.filter((one) => one.state === "unproven")) {
    throwIfAborted(control.signal);
    const md5 = md5OfEtag(file.object.etag);
    if (md5 === null || (await tools.hasher.open(file.target).finish(file.object.size)) === md5) {
      present.push(file);
      journal.remember(file.path, file.object.etag, await stat(file.target));
    } else differing.push(file.path);
  }
  const known = new Set(present.map((file) => file.path));
  const mine = differing.filter((path) => !journal.has(path));
  if (mine.length > 0 && options.overwrite !== true) throw inTheWay(plan.target, mine);

  // Large files first: the last one to end then is a small one, and no connection idles for long.
  const queue = plan.files.filter((file) => !known.has(file.path)).sort((a, b) => b.object.size - a.object.size);
  const progress = byteProgress(queue, control);
  // One file's failure ends the others at their next byte; what they have stays.
  const stop = new AbortController();
  const signal = control.signal === undefined ? stop.signal : AbortSignal.any([control.signal, stop.signal]);
  const jobs = options.jobs ?? 4;
  const inSlot = slots(jobs);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let file = queue[next++]; file !== undefined; file = queue[next++]) {
      await removeOldParts(file);
      fetched.set(file.path, await fetchFile(file, { ...tools, signal, inSlot, onPosition: progress }));
      journal.remember(file.path, file.object.etag, await stat(file.target));
    }
  };
  let failure: unknown = null;
  await Promise.all(
    // Twice as many files as requests: while one waits or is checked, another one loads.
    Array.from({ length: Math.min(2 * jobs, queue.length) }, () =>
      work().catch((error: unknown) => {
        failure ??= error;
        stop.abort();
      }),
    ),
  );
  await journal.written();
  throwIfAborted(control.signal);
  if (failure !== null) throw failure;
  const sizeOnly = plan.files.filter((file) => md5OfEtag(file.object.etag) === null).map((file) => file.path);
  return reportOf(plan, fetched, present.map((file) => file.path).sort(), sizeOnly);
}

function reportOf(
  plan: PullPlan,
  fetched: ReadonlyMap<string, FetchedFile>,
  present: readonly string[],
  sizeOnly: readonly string[],
): PullReport {
  const total = (key: keyof FetchedFile): number => [...fetched.values()].reduce((sum, file) => sum + file[key], 0);
  return {
    plan,
    fetched: [...fetched.keys()].sort(),
    present,
    sizeOnly,
    receivedBytes: total("receivedBytes"),
    resumedBytes: total("resumedBytes"),
    retries: total("retries"),
    restarts: total("restarts"),
  };
}

/** Sums the positions of all files into one bar, reported at most ten times a second. */
function byteProgress(queue: readonly PlannedFile[], control: RunControl): (path: string, bytes: number) => void {
  const positions = new Map<string, number>();
  const total = queue.reduce((sum, file) => sum + file.object.size, 0);
  let done = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  return (path, bytes) => {
    done += bytes - (positions.get(path) ?? 0);
    positions.set(path, bytes);
    const now = performance.now();
    if (now - lastMs < 100 && done < total) return;
    lastMs = now;
    control.onProgress?.({ stage: "downloading", done, total, unit: "bytes" });
  };
}

/** Deletes partial files of other versions of an object, which nothing will ever finish. */
async function removeOldParts(file: PlannedFile): Promise<void> {
  const folder = dirname(file.part);
  const stem = `${basename(file.target)}.`;
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const isPart = name.startsWith(stem) && /^[0-9a-f]{12}\.part$/.test(name.slice(stem.length));
    if (isPart && name !== basename(file.part)) await rm(join(folder, name), { force: true });
  }
}

/** Lets `count` requests run at a time, the others in the order in which they came. */
function slots(count: number): (request: () => Promise<void>) => Promise<void> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (request) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await request();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

/**
 * Keeps a second pull out of a target folder: two would write into the same part files.
 * @returns what gives the folder free again
 */
async function lockTarget(target: string): Promise<() => Promise<void>> {
  const path = join(target, ".scidocs-pull.lock");
  const outcome = await acquireLock(path).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ScidocsError("BAD_INPUT", `${target}: cannot be written: ${reason}`, { cause });
  });
  if ("release" in outcome) return outcome.release;
  const { pid, host } = outcome.holder;
  throw new ScidocsError(
    "UNAVAILABLE",
    `${target}: another pull (process ${pid} on ${host}) is at work here; wait for it to end, or delete ${path} if there is none`,
  );
}
