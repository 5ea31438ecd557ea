import type { FileHandle } from "node:fs/promises";
import { ScidocsError, throwIfAborted } from "../../errors.ts";
import type { HttpResponse } from "../../network/network.ts";
import { TransientFailure } from "../../network/retry.ts";
import type { GrowingHash } from "./downloadHash.ts";
import type { FetchedFile, FetchTools, FileToFetch } from "./fileToFetch.ts";

/** Received bytes go to the disk in pieces of this size, large enough that waking a thread for each costs nothing … */
const writeBytes = 2 ** 22;
/** … or after this time, so that slow lines show progress and a kill loses little. */
const writeAfterMs = 200;

/** The file that collects an object's first bytes, while it is open. */
export interface PartState {
  readonly handle: FileHandle;
  readonly hash: GrowingHash | null;
  /** Bytes that are there; the file is never longer once a request has been served. */
  position: number;
  /** Where `position` has been before a failure: only what goes beyond counts as progress, or a store that always breaks off would be asked for ever. */
  furthest: number;
}

/** What a failed write means to the user. */
export function cannotWrite(path: string): (cause: unknown) => never {
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

/** Empties the part, because its bytes are of no use. */
export async function restart(state: PartState, file: FileToFetch, tools: FetchTools): Promise<void> {
  await state.handle.truncate(0).catch(cannotWrite(file.part));
  state.position = 0;
  state.hash?.restart();
  tools.onPosition(file.path, 0);
}

/** Writes a body at the end of the part, in large pieces, one of them on its way to the disk while the next arrives. */
export async function receive(
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
