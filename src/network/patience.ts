/** A longer timer would end at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The time that one thing asked for may take without getting on: tries, silence, and waits between them. */
export interface Patience {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left. */
  readonly leftMs: () => number;
  /** Says that something came: the time begins anew. */
  readonly renew: () => void;
  /** Stops the clock, while something of our own is waited for, such as a turn, and for good at the end. */
  readonly pause: () => void;
  /** Lets a stopped clock go on. */
  readonly resume: () => void;
}

/** Starts the clock. */
export function startPatience(maxWaitMs: number): Patience {
  const over = new AbortController();
  let left = maxWaitMs;
  let startedMs = performance.now();
  let timer: NodeJS.Timeout | null = null;
  const leftMs = (): number => (timer === null ? left : left - (performance.now() - startedMs));
  const pause = (): void => {
    left = leftMs();
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const resume = (): void => {
    if (timer !== null) return;
    startedMs = performance.now();
    timer = setTimeout(() => over.abort(), Math.min(longestTimerMs, Math.max(0, left)));
  };
  resume();
  return {
    signal: over.signal,
    leftMs,
    renew: () => {
      const isRunning = timer !== null;
      pause();
      left = maxWaitMs;
      if (isRunning) resume();
    },
    pause,
    resume,
  };
}
