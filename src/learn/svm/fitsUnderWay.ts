import { passesExpected, type SolvedPasses, solvedPasses } from "./passesExpected.ts";
import type { SharedCores } from "./sharedCores.ts";
import type { FitReached } from "./svmWorker.ts";

/** How far the fits of a search have come. */
export interface FitsUnderWay {
  /** Visits of rows that are done. */
  readonly done: number;
  /** Visits that all fits asked for are expected to take, by what has shown so far. */
  readonly expected: number;
  /** How long those still to do take if the cores stay as fast as of late; infinite before that has shown. */
  readonly leftMs: number;
}

/** A fit as it is asked for. */
export interface FitAsked {
  readonly C: number;
  readonly rows: number;
  /** Binary problems that it solves one after the other. */
  readonly problems: number;
}

/** One fit, from when it is asked for. */
export interface FitMeter {
  /** The fit tells how far it is. */
  reached(so: FitReached): void;
  /** The fit is made. */
  ended(): void;
}

/** Keeps account of the fits of one search. */
export interface FitAccount {
  /** Takes in a fit that is to be made. */
  asked(fit: FitAsked): FitMeter;
  /** How far all fits asked for have come. */
  work(): FitsUnderWay;
  /** The search is over: what it had under way no longer counts. */
  close(): void;
}

interface Fit extends FitAsked {
  so: FitReached;
}

/**
 * Opens the account of a search.
 * @param cores what it shares with other searches
 * @param lately what problems took in searches so far, to go by until this one has solved some: vectors of one encoder are much alike
 * @param threads that make its fits
 * @param dimensions numbers of a row
 */
export function fitAccount(cores: SharedCores, lately: SolvedPasses, threads: number, dimensions: number): FitAccount {
  const own = solvedPasses();
  const underWay = new Set<Fit>();
  let done = 0;
  const left = (): number[] => {
    const means = own.means();
    const seen = means.size > 0 ? means : lately.means();
    return Array.from(underWay, (fit) => visitsLeft(fit, passesExpected(seen, fit.C)));
  };
  const share = cores.join({ threads, left: () => left().map((visits) => visits * dimensions) });
  return {
    asked: (asked) => {
      share.changes();
      const fit: Fit = { ...asked, so: { visits: 0, solved: 0, solvedVisits: 0 } };
      underWay.add(fit);
      return {
        reached: (so) => {
          const solved = so.solved - fit.so.solved;
          if (solved > 0) {
            for (const account of [own, lately]) {
              account.saw(fit.C, so.solvedVisits - fit.so.solvedVisits, solved * fit.rows);
            }
          }
          const visits = so.visits - fit.so.visits;
          done += visits;
          share.did(visits * dimensions);
          fit.so = so;
        },
        ended: () => {
          share.changes();
          underWay.delete(fit);
        },
      };
    },
    work: () => ({ done, expected: done + left().reduce((sum, each) => sum + each, 0), leftMs: share.leftMs() }),
    close: share.leave,
  };
}

/** Visits that a fit still makes, if each of its problems passes over its rows so many times. */
function visitsLeft({ rows, problems, so }: Fit, passes: number): number {
  const current = so.visits - so.solvedVisits;
  // A first problem takes at least as long as it already has.
  const ofOne = Math.max(passes * rows, so.solved === 0 ? current : 0);
  return (problems - so.solved - 1) * ofOne + Math.max(0, ofOne - current);
}
