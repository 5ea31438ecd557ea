import { printable, printableLines } from "./printable.ts";

/**
 * What went wrong, in a word that scripts may rely on.
 *
 * - `USAGE`: a flag or argument that cannot be taken.
 * - `BAD_INPUT`: a file, model or vector that cannot be used as it is.
 * - `NOT_FOUND`: something named that is not there.
 * - `UNAVAILABLE`: a provider, service or network that this machine does not have now.
 * - `COVERAGE`: less was covered than was asked for.
 * - `GATE`: a gate's verdict is "fail".
 * - `INTERRUPTED`: stopped by the user.
 */
export type ErrorCode = "USAGE" | "BAD_INPUT" | "NOT_FOUND" | "UNAVAILABLE" | "COVERAGE" | "GATE" | "INTERRUPTED";

/** Exit status of the program for each error code; an error that is not a {@link ScidocsError} is a crash and exits 1. */
export const exitCodes: Readonly<Record<ErrorCode, number>> = {
  USAGE: 2,
  BAD_INPUT: 2,
  NOT_FOUND: 2,
  UNAVAILABLE: 2,
  COVERAGE: 3,
  GATE: 4,
  INTERRUPTED: 130,
};

/**
 * The one error class of scidocs: its message says what happened, where, and what to do. Control characters in the
 * message (line ends apart) are written as escapes, so that no file can speak to the terminal through an error, a message
 * that a file has made endless is cut, and addresses are shown without names and passwords.
 */
export class ScidocsError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(printableLines(bounded(message).replace(credentials, "$1")), options);
    this.name = "ScidocsError";
    this.code = code;
  }
}

/** A name and a password in an address: many a message repeats what a flag or a file said, and may not show them. */
const credentials = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi;

/** Names and reasons come from files, which may hold names of any length. */
const longestMessage = 8000;

function bounded(message: string): string {
  if (message.length <= longestMessage) return message;
  const left = message.length - longestMessage;
  return `${message.slice(0, longestMessage - 500)} … (${left} characters left out) … ${message.slice(-500)}`;
}

/** A {@link ScidocsError} about a place in a file; `line` counts from 1. The message reads `file:line: problem`. */
export function fileError(file: string, line: number | null, problem: string, cause?: unknown): ScidocsError {
  const where = line === null ? file : `${file}:${line}`;
  return new ScidocsError("BAD_INPUT", `${where}: ${problem}`, cause === undefined ? undefined : { cause });
}

/** The interruption that an aborted signal stands for. */
export function interrupted(): ScidocsError {
  return new ScidocsError("INTERRUPTED", "interrupted");
}

/** Throws the interruption if the signal has been aborted; long loops call it between their steps. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted();
}

/**
 * What a promise gives, or the end that a signal calls for, whichever comes first; the promise is then left to itself.
 * @throws ScidocsError `INTERRUPTED`, or what the promise rejects with
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  promise.catch(() => {});
  throwIfAborted(signal);
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(interrupted());
    signal?.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/**
 * `list(["a", "b", …])`: the first few of many things for a message, with how many there are.
 * @param shown how many to name, default 5
 */
export function firstFew(things: readonly string[], shown = 5): string {
  const named = things.slice(0, shown).map((thing) => printable(thing));
  return things.length <= shown ? named.join(", ") : `${named.join(", ")}, … (${things.length} in all)`;
}
