import { allRows, type FitReport, gridOfC } from "./linearSvm.ts";
import { type Reach, reachOf, standings, unlimitedReach } from "./svmDecision.ts";
import type { SvmPool } from "./svmPool.ts";
import type { FoldRows, RankedC } from "./svmRanking.ts";

/** How one C of the grid got its cross-validation accuracy. */
export interface CandidateC {
  C: number;
  /** Mean accuracy over the folds, in [0, 1]; null when it was ruled out without a full computation. */
  accuracy: number | null;
  foldAccuracies: number[];
  /**
   * `reference`: the exact coordinate-descent path; `optimum`: the fast exact-optimum solver;
   * `ruled-out`: the fast solver stopped early because this C could no longer come within the margin of the best.
   */
  path: "reference" | "optimum" | "ruled-out";
  /**
   * By how much, in [0, 1], the chosen C is ahead of the most that this one is taken to be able to reach on the reference path; null for the chosen C
   * and for one that the reference path fitted itself.
   */
  clearance: number | null;
}

/** The chosen classifier and how it was chosen. */
export interface SvmChoice {
  readonly bestC: number;
  /** One entry a C, in the grid's order. */
  readonly candidates: readonly CandidateC[];
  /** The fit on all training rows with the chosen C. */
  readonly refit: FitReport;
}

/** What fits are asked of. */
export type Fits = Pick<SvmPool, "block" | "fitRows">;

interface ReferenceCandidate extends CandidateC {
  accuracy: number;
}

/** Fits every C on every fold along the reference path, and all rows with the best. */
export async function chooseByReference(pool: Fits, folds: readonly FoldRows[]): Promise<SvmChoice> {
  const candidates = await Promise.all(gridOfC.map((C) => referenceCandidate(pool, folds, C)));
  const { C: bestC } = bestCandidate(candidates);
  return { bestC, candidates, refit: await refit(pool, bestC) };
}

/**
 * Decides among ranked Cs. The leader's refit is begun at once: it is one long chain of steps, and how soon it converged tells up to which C the
 * others would. Whatever then cannot be ruled out is fitted along the reference path, the leader with it.
 * @param ranked every C of the grid, ascending
 */
export async function chooseAmong(
  pool: Fits,
  folds: readonly FoldRows[],
  ranked: readonly RankedC[],
): Promise<SvmChoice> {
  const leader = ranked.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const leaderRefit = refit(pool, leader.C);
  const exact = new Map<number, ReferenceCandidate>();
  const standingsAt = (reach: Reach | null) =>
    standings(ranked, leader, reach, new Map(Array.from(exact.values(), ({ C, accuracy }) => [C, accuracy])));
  const fitExactly = async (close: readonly number[]): Promise<void> => {
    const fresh = [leader.C, ...close].filter((C) => !exact.has(C));
    const fitted = await Promise.all(fresh.map((C) => referenceCandidate(pool, folds, C)));
    for (const candidate of fitted) exact.set(candidate.C, candidate);
  };
  const open = (reach: Reach | null): number[] =>
    standingsAt(reach).flatMap(({ C, clearance }) => (clearance <= 0 && !exact.has(C) ? [C] : []));
  // What is close even if all converge need not wait for the refit.
  const close = open(unlimitedReach);
  const [refitted] = await Promise.all([leaderRefit, close.length > 0 ? fitExactly(close) : null]);
  const reach = reachOf(leader.C, refitted);
  for (let rest = open(reach); rest.length > 0; rest = open(reach)) {
    // Beyond what converges one after another: each bounds what those above it can do.
    const sure = rest.filter((C) => reach === null || C <= reach.converged);
    await fitExactly(sure.length > 0 ? sure : rest.slice(0, 1));
  }
  // In the grid's order, as ties need it: they were fitted as they came to be needed, the leader first.
  const decided = gridOfC.flatMap((C) => exact.get(C) ?? []);
  const best = decided.length > 0 ? bestCandidate(decided) : null;
  const clearances = new Map(
    standingsAt(reach).map(({ C, ceiling, clearance }) => [C, best === null ? clearance : best.accuracy - ceiling]),
  );
  const candidates = ranked.map((each) => exact.get(each.C) ?? fastCandidate(each, clearances.get(each.C) ?? null));
  const bestC = best?.C ?? leader.C;
  return { bestC, candidates, refit: bestC === leader.C ? refitted : await refit(pool, bestC) };
}

function fastCandidate({ C, accuracy, foldAccuracies, state }: RankedC, clearance: number | null): CandidateC {
  return state === "ruled-out"
    ? { C, accuracy: null, foldAccuracies: [], path: "ruled-out", clearance }
    : { C, accuracy, foldAccuracies: [...foldAccuracies], path: "optimum", clearance };
}

async function refit(pool: Fits, C: number): Promise<FitReport> {
  const { report } = await pool.fitRows({ C, rows: allRows(pool.block.labels), heldOut: new Int32Array() });
  return report;
}

async function referenceCandidate(pool: Fits, folds: readonly FoldRows[], C: number): Promise<ReferenceCandidate> {
  const fits = await Promise.all(folds.map(({ rows, heldOut }) => pool.fitRows({ C, rows, heldOut })));
  const foldAccuracies = fits.map(({ accuracy }) => accuracy);
  return { C, accuracy: meanAccuracy(foldAccuracies), foldAccuracies, path: "reference", clearance: null };
}

/** The mean over folds, added up in the reference's order. */
function meanAccuracy(foldAccuracies: readonly number[]): number {
  return foldAccuracies.reduce((sum, accuracy) => sum + accuracy, 0) / foldAccuracies.length;
}

/** The candidate with the highest accuracy, the smallest C on ties. */
function bestCandidate(candidates: readonly ReferenceCandidate[]): ReferenceCandidate {
  return candidates.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
}
