/** How far fits have come that run side by side. */
export interface FitsUnderWay {
  /** Visits of rows that are done. */
  readonly done: number;
  /** Visits that all fits asked for are expected to take. */
  readonly expected: number;
  /** How long the last of those under way still takes at its own pace: a fit is one chain of steps, which no idle core shortens. */
  readonly longestLeftMs: number;
}

/** One fit, from when it is asked for. */
export interface FitMeter {
  /** The fit tells what share of it is done. */
  reached(share: number): void;
  /** The fit is made. */
  ended(): void;
}

/** Keeps account of fits. */
export interface FitAccount {
  /** Takes in a fit that is expected to visit so many rows. */
  asked(visits: number): FitMeter;
  /** How far all fits asked for have come. */
  work(): FitsUnderWay;
}

/** A fit that is not yet made. */
interface Fit {
  readonly visits: number;
  /** What was first heard of it, and when. */
  first: { readonly share: number; readonly ms: number } | null;
  share: number;
}

/** Opens an account without fits. */
export function fitAccount(nowMs: () => number = () => performance.now()): FitAccount {
  const underWay = new Set<Fit>();
  let finished = 0;
  let expected = 0;
  return {
    asked: (visits) => {
      const fit: Fit = { visits, first: null, share: 0 };
      underWay.add(fit);
      expected += visits;
      return {
        reached: (share) => {
          fit.first ??= { share, ms: nowMs() };
          fit.share = share;
        },
        ended: () => {
          underWay.delete(fit);
          finished += visits;
        },
      };
    },
    work: () => {
      const now = nowMs();
      let [done, longestLeftMs] = [finished, 0];
      for (const { visits, first, share } of underWay) {
        done += share * visits;
        // A pace shows once a fit has told of itself twice.
        if (first === null || share === first.share) continue;
        longestLeftMs = Math.max(longestLeftMs, ((now - first.ms) * (1 - share)) / (share - first.share));
      }
      return { done, expected, longestLeftMs };
    },
  };
}
