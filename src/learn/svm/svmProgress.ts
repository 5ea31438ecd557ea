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

/** Units of time that ranking the grid takes, of which the first C, which starts from nothing and finds the spectrum, takes five. */
const rankingUnits = 11;
const unitsOfFirst = 5;
/** What other searches do while one ranks its Cs: they wait to rank theirs, or make their fits, or there are none. */
export type OtherSearches = "waiting" | "fitting" | "none";

/**
 * Share of the ranking in a search, until the fits behind it tell themselves: what waits to rank will take cores from them, and what fits has
 * taken cores from the ranking.
 */
const rankingShare = { waiting: 0.45, fitting: 0.6, none: 0.5 } as const satisfies Record<OtherSearches, number>;
/** Share of the fits from which their own speed is believed. */
const believedFrom = 0.03;

/**
 * Reports a search's progress. What is done is measured in time, since a C ranked and a fit made have nothing in common: the fits' share of
 * the whole follows from how fast they turn out to be, so the time left is that of the work left.
 * @param ranks whether the Cs are ranked first; without, all there is are fits
 * @param others what they do at the moment
 */
export function svmProgress(
  stage: string,
  onProgress: OnProgress | undefined,
  ranks: boolean,
  others: () => OtherSearches = () => "none",
  nowMs: () => number = () => performance.now(),
): SvmProgress {
  let startMs = 0;
  let units = 0;
  let ranking = 0;
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
      units += units === 0 ? unitsOfFirst : 1;
      ranking = rankingShare[others()];
      report((ranking * Math.min(units, rankingUnits)) / rankingUnits);
    },
    fitting: () => {
      fittingMs = nowMs();
    },
    finished: () => report(1),
    fitted: ({ done, expected, leftMs }) => {
      const share = done / expected;
      // The last fit is asked for when all others are done: only the search knows when it is at its end.
      if (fittingMs === Number.POSITIVE_INFINITY || !(share < 1)) return;
      const now = nowMs();
      if (share < believedFrom || leftMs === Number.POSITIVE_INFINITY) return report(ranks ? ranking : share);
      report((now - startMs) / (now - startMs + leftMs));
    },
  };
}
