import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { firstFew, ScidocsError } from "../../errors.ts";
import { freeBytes } from "../../files/freeSpace.ts";
import { type Network, readText, shownAddress } from "../../network/network.ts";
import {
  isTransientStatus,
  type RetryPolicy,
  retryAfterMs,
  TransientFailure,
  withRetries,
} from "../../network/retry.ts";
import { printable } from "../../printable.ts";
import { type PullJournal, readJournal } from "./downloadJournal.ts";
import { filesOfKeys } from "./downloadKeys.ts";
import { parseListing, type StoredObject } from "./downloadListing.ts";
import type { FileToFetch } from "./fileToFetch.ts";
import { isWanted, type PublicStore } from "./publicStore.ts";

/** What is there of one file of the dataset. */
export interface PlannedFile extends FileToFetch {
  /**
   * - `present`: there, and pulled from this very object before;
   * - `unproven`: there with the right size, not known from an earlier pull: its MD5 decides;
   * - `partial`: some of its bytes are there;
   * - `missing`;
   * - `outdated`: there from an earlier pull, the store has another one now;
   * - `foreign`: there with other bytes, and no pull of ours wrote it.
   */
  readonly state: "present" | "unproven" | "partial" | "missing" | "outdated" | "foreign";
  /** Bytes that need not be fetched. */
  readonly bytesThere: number;
}

/** What a pull will do; a plain value, computed without changing anything. */
export interface PullPlan {
  readonly target: string;
  readonly bucketUrl: string;
  readonly prefix: string;
  /** Files to be had in the end, by path. */
  readonly files: readonly PlannedFile[];
  /** Files of the store that were not asked for, and their bytes. */
  readonly notAsked: { readonly files: number; readonly bytes: number };
  /** Keys whose names are kept for something else. */
  readonly leftOut: readonly string[];
  readonly totalBytes: number;
  /** Bytes still to come, which is also the disk space that the pull takes. */
  readonly bytesToFetch: number;
  /** Bytes free where the target folder is or will be; null where the file system does not tell. */
  readonly bytesFree: number | null;
}

/** What {@link planPull} needs to know. */
export interface PlanRequest {
  readonly target: string;
  readonly only: ReadonlySet<string> | null;
  readonly store: PublicStore;
  /** In place of the store's. */
  readonly bucketUrl: string;
  readonly prefix: string;
}

const pageLimit = 1000;

/** The bucket's URL with a final slash, without query or fragment. */
function bucket({ bucketUrl: text, store }: Pick<PlanRequest, "bucketUrl" | "store">): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:") || url.search !== "" || url.hash !== "") {
    throw new ScidocsError("USAGE", `--from ${shownAddress(text)}: give the bucket's URL, such as ${store.bucketUrl}`);
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** Keys of a listing, and bytes of one page of a thousand of them; each key costs memory and a look. */
const mostObjects = 20_000;
const longestPage = 4 * 2 ** 20;

/** All objects below the prefix, page after page. */
async function listStore(
  network: Network,
  request: PlanRequest,
  retry: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<readonly StoredObject[]> {
  const objects: StoredObject[] = [];
  const seen = new Set<string>();
  let token: string | null = null;
  // One clock for all pages: a server that has always another one must not have the time of each.
  const startedMs = performance.now();
  for (let page = 0; page < pageLimit; page++) {
    const url = bucket(request);
    url.searchParams.set("list-type", "2");
    url.searchParams.set("prefix", request.prefix);
    if (token !== null) url.searchParams.set("continuation-token", token);
    const left = {
      maxWaitMs: Math.max(1, retry.maxWaitMs - (performance.now() - startedMs)),
      toldMaxWaitMs: retry.maxWaitMs,
    };
    const text = await withRetries(`the listing of ${url.origin}`, { ...retry, ...left }, signal, async (given) => {
      const response = await network.send({ method: "GET", url }, given.signal);
      if (response.status === 200) return await readText(response, "the store's listing", longestPage);
      const asked = retryAfterMs(response.header("retry-after"), Date.now());
      await response.discard();
      if (isTransientStatus(response.status)) throw new TransientFailure(`the store answers ${response.status}`, asked);
      throw new ScidocsError(
        "UNAVAILABLE",
        `the store answers ${response.status} to the listing at ${shownAddress(url)}: check the URL of --from`,
      );
    });
    const { objects: more, nextToken } = parseListing(text);
    for (const object of more) objects.push(object);
    if (objects.length > mostObjects) {
      throw new ScidocsError(
        "UNAVAILABLE",
        `the store's listing has over ${mostObjects} keys below the prefix, where SciDocs has some thirty: check --from and --prefix`,
      );
    }
    if (nextToken === null) return objects;
    if (seen.has(nextToken)) break;
    seen.add(nextToken);
    token = nextToken;
  }
  throw new ScidocsError("UNAVAILABLE", "the store's listing does not end: it repeats a page, or has over a thousand");
}

/** URL of an object: each part of the key escaped, so that `?`, `#` and `%` in a name stay part of it. */
function objectUrl(request: PlanRequest, key: string): URL {
  const url = bucket(request);
  return new URL(url.href + key.split("/").map(encodeURIComponent).join("/"));
}

async function sizeAndTime(path: string): Promise<{ size: number; mtimeMs: number; isFile: boolean } | null> {
  try {
    const found = await stat(path);
    return { size: found.size, mtimeMs: found.mtimeMs, isFile: found.isFile() };
  } catch {
    return null;
  }
}

async function planFile(
  path: string,
  object: StoredObject,
  request: PlanRequest,
  journal: PullJournal,
): Promise<PlannedFile> {
  const target = join(request.target, ...path.split("/"));
  // The part's name holds the object's ETag, so that bytes of two versions can never meet in one file.
  const version = createHash("sha256").update(object.etag).digest("hex").slice(0, 12);
  const part = `${target}.${version}.part`;
  const file = { path, object, target, part, url: objectUrl(request, object.key) };
  const there = await sizeAndTime(target);
  if (there !== null && !there.isFile) {
    throw new ScidocsError("BAD_INPUT", `${target}: is no file; the dataset has a file of this name`);
  }
  const partial = Math.min((await sizeAndTime(part))?.size ?? 0, object.size);
  if (there === null) return { ...file, state: partial > 0 ? "partial" : "missing", bytesThere: partial };
  const known = journal.get(path);
  const untouched = known !== undefined && known.size === there.size && known.mtimeMs === there.mtimeMs;
  if (untouched && known.etag === object.etag) return { ...file, state: "present", bytesThere: object.size };
  if (there.size === object.size) return { ...file, state: "unproven", bytesThere: object.size };
  return { ...file, state: untouched ? "outdated" : "foreign", bytesThere: partial };
}

/**
 * Lists the store and looks at what is there already.
 * @throws ScidocsError `UNAVAILABLE` when the store cannot be listed, `NOT_FOUND` when it has none of what is asked for
 */
export async function planPull(
  request: PlanRequest,
  network: Network,
  retry: RetryPolicy,
  signal?: AbortSignal,
): Promise<PullPlan> {
  const objects = await listStore(network, request, retry, signal);
  const { files: listed, leftOut } = filesOfKeys(objects, request.prefix);
  const wanted = listed.filter(({ path }) => isWanted(request.store, path, request.only));
  if (wanted.length === 0) {
    const others =
      listed.length === 0 ? "it is empty" : `it has ${firstFew(listed.map(({ path }) => printable(path)))}`;
    throw new ScidocsError(
      "NOT_FOUND",
      `${shownAddress(request.bucketUrl)} has nothing of what was asked for below ${printable(request.prefix)}: ${others}`,
    );
  }
  const journal = await readJournal(request.target);
  const files: PlannedFile[] = [];
  for (const { path, object } of wanted) files.push(await planFile(path, object, request, journal));
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  const totalBytes = sum(files.map((file) => file.object.size));
  return {
    target: request.target,
    bucketUrl: request.bucketUrl,
    prefix: request.prefix,
    files,
    notAsked: {
      files: listed.length - wanted.length,
      bytes: sum(listed.map(({ object }) => object.size)) - totalBytes,
    },
    leftOut,
    totalBytes,
    bytesToFetch: sum(files.map((file) => file.object.size - file.bytesThere)),
    bytesFree: await freeBytes(request.target),
  };
}
