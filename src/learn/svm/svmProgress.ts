import type { OnProgress } from "../../progress.ts";
import type { FitsUnderWay } from "./fitsUnderWay.ts";

/** Tells how far a search has come, as a share of its time. */
export interface SvmProgress {
  /** Work begins; a search may have to wait for its turn. */
  begin(): void;
  /** One more C of the grid has been ranked. */
  ranked(): void;
  /** All Cs are ranked; from here on the fits' own progress counts. */
  fitting(): void;
  /** How much of the fits that are known of is done. */
  fitted(work: FitsUnderWay): void;
  /** The search is at its end. */
  finished(): void;
}

/** Units of time that ranking the grid takes: the first C, which starts from nothing and finds the spectrum, counts twice. */
const rankingUnits = 8;
/** The fits behind it take about as long, until they tell themselves. */
const rankingShare = 0.5;
/** Share of the fits from which their own speed is believed. */
const believedFrom = 0.03;

/**
 * Reports a search's progress. What is done is measured in time, since a C ranked and a fit made have nothing in common: the fits' share of
 * the whole follows from how fast they turn out to be, so the time left is that of the work left.
 * @param ranks whether the Cs are ranked first; without, all there is are fits
 */
export function svmProgress(
  stage: string,
  onProgress: OnProgress | undefined,
  ranks: boolean,
  nowMs: () => number = () => performance.now(),
): SvmProgress {
  let startMs = 0;
  let units = 0;
  let fittingMs = Number.POSITIVE_INFINITY;
  let reported = 0;
  const report = (share: number): void => {
    // Work that comes up on the way makes the rest longer; a bar does not go back for it.
    reported = Math.max(reported, share);
    onProgress?.({ stage, done: 100 * reported, total: 100, unit: "%", share });
  };
  return {
    begin: () => {
      startMs = nowMs();
      report(0);
    },
    ranked: () => {
      units += units === 0 ? 2 : 1;
      report((rankingShare * Math.min(units, rankingUnits)) / rankingUnits);
    },
    fitting: () => {
      fittingMs = nowMs();
    },
    finished: () => report(1),
    fitted: ({ done, expected, longestLeftMs }) => {
      const share = done / expected;
      // The last fit is asked for when all others are done: only the search knows when it is at its end.
      if (fittingMs === Number.POSITIVE_INFINITY || !(share < 1)) return;
      const now = nowMs();
      if (share < believedFrom || now === fittingMs) return report(ranks ? rankingShare : share);
      // All cores go on as they did at best; at worst the longest fit ends alone, and each of its problems at the limit of epochs. The truth
      // lies between.
      const atBestMs = ((now - fittingMs) * (1 - share)) / share;
      const leftMs = longestLeftMs > atBestMs ? Math.sqrt(atBestMs * longestLeftMs) : atBestMs;
      report((now - startMs) / (now - startMs + leftMs));
    },
  };
}
