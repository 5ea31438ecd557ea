import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ScidocsError, throwIfAborted } from "../errors.ts";
import { syncFolder } from "../files/writeWhole.ts";
import type { HttpResponse, Network } from "../network/network.ts";
import { isTransientStatus, type RetryPolicy, retryAfterMs, TransientFailure, withRetries } from "../network/retry.ts";
import { printable } from "../printable.ts";
import type { FileHasher, GrowingHash } from "./downloadHash.ts";
import type { StoredObject } from "./downloadListing.ts";

/** One object and where it goes. */
export interface FileToFetch {
  /** Path in the dataset, for messages. */
  readonly path: string;
  readonly url: URL;
  readonly object: StoredObject;
  /** Where the whole file goes. */
  readonly target: string;
  /** Where its first bytes are collected. */
  readonly part: string;
}

/** What fetching needs beside the file. */
export interface FetchTools {
  readonly network: Network;
  readonly retry: RetryPolicy;
  readonly hasher: FileHasher;
  readonly signal: AbortSignal | undefined;
  /** Runs one request when there is room for it. Waiting to try again and checking what came are done outside, so that others use the line. */
  readonly inSlot: (request: () => Promise<void>) => Promise<void>;
  /** Told how many bytes of the file are there. */
  readonly onPosition: (path: string, bytes: number) => void;
}

/** What it took. */
export interface FetchedFile {
  /** Bytes received, those thrown away included. */
  receivedBytes: number;
  /** Requests that failed and were repeated. */
  retries: number;
  /** Times the file was begun anew: the store ignored the range, or the bytes did not match. */
  restarts: number;
  /** Bytes that an earlier run had left. */
  resumedBytes: number;
}

/** Received bytes go to the disk in pieces of this size, large enough that waking a thread for each costs nothing … */
const writeBytes = 2 ** 22;
/** … or after this time, so that slow lines show progress and a kill loses little. */
const writeAfterMs = 200;
const corruptionLimit = 3;
/** Progress of this many bytes makes a failure count as the first again. */
const progressBytes = 2 ** 18;

/** The MD5 that an ETag is, in hex; null for one of a multipart upload or of another kind, which says nothing about the bytes. */
export function md5OfEtag(etag: string): string | null {
  return /^"([0-9a-f]{32})"$/i.exec(etag)?.[1]?.toLowerCase() ?? null;
}

/**
 * Fetches one object into `part`, going on from the bytes that are there, checks size and MD5, and renames it to `target`.
 * @throws ScidocsError `UNAVAILABLE` when the store cannot give it; what came so far stays in `part` for the next run
 */
export async function fetchFile(file: FileToFetch, tools: FetchTools): Promise<FetchedFile> {
  const outcome: FetchedFile = { receivedBytes: 0, retries: 0, restarts: 0, resumedBytes: 0 };
  const { size } = file.object;
  const md5 = md5OfEtag(file.object.etag);
  await mkdir(dirname(file.part), { recursive: true }).catch(cannotWrite(file.part));
  const handle = await open(file.part, constants.O_RDWR | constants.O_CREAT).catch(cannotWrite(file.part));
  const hash = md5 === null ? null : tools.hasher.open(file.part);
  let closed = false;
  try {
    const state: PartState = { handle, hash, position: (await handle.stat()).size, furthest: 0 };
    if (state.position > size) await restart(state, file, tools);
    outcome.resumedBytes = state.position;
    state.furthest = state.position;
    tools.onPosition(file.path, state.position);
    hash?.advance(state.position);
    let corruptions = 0;
    await withRetries(
      printable(file.path),
      tools.retry,
      tools.signal,
      async () => {
        if (state.position < size) await tools.inSlot(() => fetchRest(file, state, tools, outcome));
        const found = await hash?.finish(size);
        if (found === undefined || found === md5) return;
        corruptions++;
        outcome.restarts++;
        await restart(state, file, tools);
        state.furthest = 0;
        const problem = `its bytes have MD5 ${found}, the store says ${md5}`;
        if (corruptions < corruptionLimit) throw new TransientFailure(problem, null, undefined, true);
        throw new ScidocsError("UNAVAILABLE", `${printable(file.path)}: came ${corruptions} times and ${problem}`);
      },
      () => outcome.retries++,
    );
    await handle.sync();
    await handle.close();
    closed = true;
    await rename(file.part, file.target).catch(cannotWrite(file.target));
    await syncFolder(dirname(file.target));
    return outcome;
  } finally {
    hash?.restart();
    if (!closed) await handle.close();
  }
}

interface PartState {
  readonly handle: FileHandle;
  readonly hash: GrowingHash | null;
  /** Bytes that are there; the file is never longer once a request has been served. */
  position: number;
  /** Where `position` has been before a failure: only what goes beyond counts as progress, or a store that always breaks off would be asked for ever. */
  furthest: number;
}

function cannotWrite(path: string): (cause: unknown) => never {
  return (cause) => {
    const full = cause instanceof Error && "code" in cause && (cause.code === "ENOSPC" || cause.code === "EDQUOT");
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw full
      ? new ScidocsError("UNAVAILABLE", `${path}: the disk is full; free some space and run this again, it goes on`, {
          cause,
        })
      : new ScidocsError("BAD_INPUT", `${path}: cannot be written: ${reason}`, { cause });
  };
}

async function restart(state: PartState, file: FileToFetch, tools: FetchTools): Promise<void> {
  await state.handle.truncate(0).catch(cannotWrite(file.part));
  state.position = 0;
  state.hash?.restart();
  tools.onPosition(file.path, 0);
}

/** One request for what is missing; returns when the part has its full size. */
async function fetchRest(file: FileToFetch, state: PartState, tools: FetchTools, outcome: FetchedFile): Promise<void> {
  const { etag } = file.object;
  const from = state.position;
  const response = await tools.network.send(
    {
      method: "GET",
      url: file.url,
      headers: from > 0 ? { "if-match": etag, range: `bytes=${from}-` } : { "if-match": etag },
    },
    tools.signal,
  );
  const problem = await problemOf(response, file, state, tools);
  if (problem !== null) {
    await response.discard();
    throw problem;
  }
  if (response.status === 200 && from > 0) {
    outcome.restarts++;
    await restart(state, file, tools);
  }
  try {
    await receive(response, file, state, tools, outcome);
  } catch (error) {
    if (!(error instanceof TransientFailure)) throw error;
    const progressed = state.position >= state.furthest + progressBytes;
    if (progressed) state.furthest = state.position;
    throw new TransientFailure(error.message, null, error, progressed);
  }
}

/** Why an answer cannot be used; null when its body is the rest of the file, or all of it. */
async function problemOf(
  response: HttpResponse,
  file: FileToFetch,
  state: PartState,
  tools: FetchTools,
): Promise<Error | null> {
  const { status } = response;
  const { etag, size } = file.object;
  const name = printable(file.path);
  if (isTransientStatus(status)) {
    return new TransientFailure(
      `the store answers ${status}`,
      retryAfterMs(response.header("retry-after"), Date.now()),
    );
  }
  if (status === 412) return await changed(file, state, tools);
  if (status === 416) {
    await restart(state, file, tools);
    return new TransientFailure(`the store has no bytes from ${state.position} on`);
  }
  if (status !== 200 && status !== 206) {
    return new ScidocsError("UNAVAILABLE", `${name}: the store answers ${status} for ${printable(file.url.href, 300)}`);
  }
  const encoding = response.header("content-encoding");
  if (encoding !== null && encoding !== "identity" && encoding !== "aws-chunked") {
    return new ScidocsError(
      "UNAVAILABLE",
      `${name}: the store sends it ${printable(encoding)}-encoded; is a proxy in between?`,
    );
  }
  const sentEtag = response.header("etag");
  if (sentEtag !== null && sentEtag.replace(/^W\//, "") !== etag.replace(/^W\//, ""))
    return await changed(file, state, tools);
  if (status === 206) {
    const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.header("content-range") ?? "");
    if (range === null || Number(range[1]) !== state.position || (range[3] !== "*" && Number(range[3]) !== size)) {
      return new TransientFailure("the store sent another range than was asked for");
    }
    return null;
  }
  const length = response.header("content-length");
  if (length !== null && Number(length) !== size) {
    return new TransientFailure(`the store sends ${printable(length)} bytes where its listing says ${size}`);
  }
  return null;
}

async function changed(file: FileToFetch, state: PartState, tools: FetchTools): Promise<ScidocsError> {
  await restart(state, file, tools);
  await rm(file.part, { force: true });
  return new ScidocsError(
    "UNAVAILABLE",
    `${printable(file.path)}: has changed in the store since it was listed; run this again to get the new one`,
  );
}

/** Writes a body at the end of the part, in large pieces, one of them on its way to the disk while the next arrives. */
async function receive(
  response: HttpResponse,
  file: FileToFetch,
  state: PartState,
  tools: FetchTools,
  outcome: FetchedFile,
): Promise<void> {
  const { size } = file.object;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let received = state.position;
  let writing: Promise<void> = Promise.resolve();
  let flushedMs = performance.now();
  const flush = async (): Promise<void> => {
    await writing;
    flushedMs = performance.now();
    if (pendingBytes === 0) return;
    const pieces = pending;
    const bytes = pendingBytes;
    pending = [];
    pendingBytes = 0;
    writing = writeAll(state.handle, pieces, state.position).then(
      () => {
        state.position += bytes;
        state.hash?.advance(state.position);
        tools.onPosition(file.path, state.position);
      },
      (cause: unknown) => cannotWrite(file.part)(cause),
    );
    // Awaited by the next flush; a failure meanwhile must not count as unhandled.
    writing.catch(() => {});
  };
  try {
    for await (const chunk of response.body) {
      received += chunk.length;
      outcome.receivedBytes += chunk.length;
      if (received > size) break;
      pending.push(chunk);
      pendingBytes += chunk.length;
      if (pendingBytes >= writeBytes || performance.now() - flushedMs >= writeAfterMs) await flush();
    }
  } finally {
    if (received <= size) await flush();
    await writing;
  }
  throwIfAborted(tools.signal);
  if (received > size) {
    await restart(state, file, tools);
    outcome.restarts++;
    throw new TransientFailure(`the store sent more than the ${size} bytes of its listing`);
  }
  if (received < size) throw new TransientFailure(`the connection ended after ${received} of ${size} bytes`);
}

async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[], position: number): Promise<void> {
  let at = position;
  let rest = pieces;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, at);
    at += bytesWritten;
    let skip = bytesWritten;
    const left: Uint8Array[] = [];
    for (const piece of rest) {
      if (skip >= piece.length) skip -= piece.length;
      else {
        left.push(skip === 0 ? piece : piece.subarray(skip));
        skip = 0;
      }
    }
    rest = left;
  }
}
