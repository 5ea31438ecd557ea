import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fileError, ScidocsError } from "../../errors.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { syncFolder } from "../../files/writeWhole.ts";
import { type HttpResponse, shownAddress } from "../../network/network.ts";
import { isTransientStatus, retryAfterMs, TransientFailure, type Try, withRetries } from "../../network/retry.ts";
import { printable } from "../../printable.ts";
import { cannotWrite, type PartState, receive, restart } from "./downloadPart.ts";
import type { FetchedFile, FetchTools, FileToFetch } from "./fileToFetch.ts";

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
  try {
    makeFolder(dirname(file.part));
  } catch (cause) {
    cannotWrite(file.part)(cause);
  }
  const handle = await openPart(file.part);
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
      async (given) => {
        const trying = { ...tools, signal: given.signal, onPosition: renewing(tools, given, state.position) };
        // Neither its turn nor its hash is a wait for the store.
        given.pause();
        if (state.position < size) {
          await tools.inSlot(() => {
            given.resume();
            return fetchRest(file, state, trying, outcome);
          });
        }
        given.pause();
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

// Windows has no such flags, nor such pipes.
const partFlags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Opens the file that collects an object's bytes. A link or a pipe of its name was not made by a pull, and leads elsewhere. */
async function openPart(part: string): Promise<FileHandle> {
  const handle = await open(part, partFlags).catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ELOOP") throw notOurs(part, cause);
    return cannotWrite(part)(cause);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw notOurs(part);
}

function notOurs(part: string, cause?: unknown): ScidocsError {
  return fileError(part, null, "is no plain file, where a pull keeps what has come so far; delete it", cause);
}

/** Tells positions on, and that the store brings something: its time begins anew with each so many bytes. */
function renewing({ onPosition }: FetchTools, given: Try, position: number): FetchTools["onPosition"] {
  let renewedAt = position;
  return (path, bytes) => {
    onPosition(path, bytes);
    if (bytes < renewedAt + progressBytes) return;
    renewedAt = bytes;
    given.renew();
  };
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

/** An ETag without its marks: some stores leave out the quotes, some proxies make it a weak one. */
function bareTag(etag: string): string {
  return etag.replace(/^W\//, "").replace(/^"|"$/g, "");
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
    return new ScidocsError("UNAVAILABLE", `${name}: the store answers ${status} for ${shownAddress(file.url)}`);
  }
  const encoding = response.header("content-encoding");
  if (encoding !== null && encoding !== "identity" && encoding !== "aws-chunked") {
    return new ScidocsError(
      "UNAVAILABLE",
      `${name}: the store sends it ${printable(encoding)}-encoded; is a proxy in between?`,
    );
  }
  const sentEtag = response.header("etag");
  if (sentEtag !== null && bareTag(sentEtag) !== bareTag(etag)) return await changed(file, state, tools);
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
