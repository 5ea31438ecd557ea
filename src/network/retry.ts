import { setTimeout as wait } from "node:timers/promises";
import { interrupted, ScidocsError, throwIfAborted } from "../errors.ts";
import { type Patience, startPatience } from "./patience.ts";

/** A failure that may pass if tried again: a broken connection, 429, 5xx. Never leaves the library: {@link withRetries} turns the last one into a `ScidocsError`. */
export class TransientFailure extends Error {
  /** How long the server asked to wait, in milliseconds; null when it did not say. */
  readonly retryAfterMs: number | null;
  /** True when the try got something done before it failed; the count of tries then starts anew. */
  readonly progressed: boolean;

  constructor(message: string, retryAfterMs: number | null = null, cause?: unknown, progressed = false) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "TransientFailure";
    this.retryAfterMs = retryAfterMs;
    this.progressed = progressed;
  }
}

/** How often and how patiently something is tried. */
export interface RetryPolicy {
  /** Tries in a row without progress before giving up. */
  readonly attempts: number;
  /** Wait after the first failure, in milliseconds; it doubles with each further one. */
  readonly firstWaitMs: number;
  /** No wait of our own choice is longer than this. */
  readonly longestWaitMs: number;
  /**
   * Milliseconds that one thing may take without getting on, waits that the server asks for among them. A server that asks for a longer
   * wait is taken as unavailable at once.
   */
  readonly maxWaitMs: number;
  /** What messages say instead of `maxWaitMs`, where that is what is left of a longer time. */
  readonly toldMaxWaitMs?: number;
  /** Told before each wait. */
  readonly onWait?: ((wait: Wait) => void) | undefined;
  /** Resolves after so many milliseconds, or rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** A number in [0, 1) for the jitter. */
  readonly random: () => number;
}

/** A wait between two tries. */
export interface Wait {
  /** What is waited for: "the store's listing". */
  readonly what: string;
  /** Why the last try failed. */
  readonly reason: string;
  readonly ms: number;
  /** Whether the server asked for it. */
  readonly isAsked: boolean;
}

/** What a try is given. */
export interface Try extends Pick<Patience, "renew" | "pause" | "resume"> {
  /** Aborted when the caller stops, or when the time is over. */
  readonly signal: AbortSignal;
}

/** Nine tries over most of a minute: waits of 0.2, 0.4, 0.8, … 25.6 s, each cut by up to one half at random. */
export const defaultRetryPolicy: RetryPolicy = {
  attempts: 9,
  firstWaitMs: 200,
  longestWaitMs: 30_000,
  maxWaitMs: 600_000,
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  },
  random: Math.random,
};

/** Statuses that may pass: the server is busy, restarting or behind a proxy that lost it. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** A `Retry-After` header (seconds, or an HTTP date) in milliseconds from now; null where it is absent or unreadable. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(Number.MAX_SAFE_INTEGER, Number(text) * 1000);
  // Only the three forms of an HTTP date begin with a weekday; Date.parse alone would take almost anything.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)/i.test(text)) return null;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

/**
 * Calls `attempt` until it does not fail with {@link TransientFailure}, waiting longer after each failure.
 * @param what names the thing for the error: "the store's listing"
 * @param onRetry called before each wait
 * @throws ScidocsError `UNAVAILABLE` with the last reason when the tries or the time are used up; every other error passes through
 */
export async function withRetries<T>(
  what: string,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: (given: Try) => Promise<T>,
  onRetry: (failure: TransientFailure) => void = () => {},
): Promise<T> {
  const patience = startPatience(policy.maxWaitMs);
  const eitherSignal = AbortSignal.any([...(signal === undefined ? [] : [signal]), patience.signal]);
  const given: Try = { ...patience, signal: eitherSignal };
  try {
    for (let failures = 0; ; ) {
      throwIfAborted(signal);
      patience.resume();
      const outcome = await outcomeOf(attempt, given);
      if (!("error" in outcome)) return outcome.value;
      const { error } = outcome;
      patience.resume();
      if (signal?.aborted) throw interrupted();
      if (patience.signal.aborted) throw timeIsOver(what, policy, error);
      if (!(error instanceof TransientFailure)) throw error;
      if (error.progressed) patience.renew();
      failures = error.progressed ? 1 : failures + 1;
      if (failures >= policy.attempts) {
        throw new ScidocsError("UNAVAILABLE", `${what}: gave up after ${failures} tries: ${error.message}`, {
          cause: error,
        });
      }
      const ms = waitAfter(failures, error, policy);
      if (ms > patience.leftMs()) throw waitIsTooLong(what, policy, error);
      onRetry(error);
      policy.onWait?.({ what, reason: error.message, ms, isAsked: ms === error.retryAfterMs });
      await sleepOrInterrupt(policy, ms, signal);
    }
  } finally {
    patience.pause();
  }
}

async function outcomeOf<T>(
  attempt: (given: Try) => Promise<T>,
  given: Try,
): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await attempt(given) };
  } catch (error) {
    return { error };
  }
}

/** How long to wait after so many failures. */
function waitAfter(failures: number, { retryAfterMs: asked }: TransientFailure, policy: RetryPolicy): number {
  const own = Math.min(policy.longestWaitMs, policy.firstWaitMs * 2 ** (failures - 1));
  // Half of the wait is random, so that clients which failed together do not return together.
  return Math.max(asked ?? 0, own * (0.5 + 0.5 * policy.random()));
}

const allowed = ({ maxWaitMs, toldMaxWaitMs }: RetryPolicy): string => seconds(toldMaxWaitMs ?? maxWaitMs);

const seconds = (ms: number): string => `${Math.ceil(ms / 1000)} s`;

function waitIsTooLong(what: string, policy: RetryPolicy, failure: TransientFailure): ScidocsError {
  const { retryAfterMs: asked, message } = failure;
  if (asked === null || asked === 0) return timeIsOver(what, policy, failure);
  const before = asked > policy.maxWaitMs ? "" : "with what was waited before ";
  return new ScidocsError(
    "UNAVAILABLE",
    `${what}: ${message}, and the server asks to wait ${seconds(asked)}: ${before}longer than --max-wait allows (${allowed(policy)}); try again then`,
    { cause: failure },
  );
}

function timeIsOver(what: string, policy: RetryPolicy, cause: unknown): ScidocsError {
  const reason = cause instanceof TransientFailure ? `: ${cause.message}` : "";
  return new ScidocsError(
    "UNAVAILABLE",
    `${what}: gave up, for nothing came in the ${allowed(policy)} that --max-wait allows${reason}`,
    { cause },
  );
}

async function sleepOrInterrupt(policy: RetryPolicy, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await policy.sleep(ms, signal);
  } catch (error) {
    if (signal?.aborted) throw interrupted();
    throw error;
  }
}
