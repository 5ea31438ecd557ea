import { availableParallelism } from "node:os";
import { throwIfAborted } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { oneAtATime } from "../../threads/oneAtATime.ts";
import { type Threads, withThreads } from "../../threads/threads.ts";
import { type LabelledRows, ownMatrix } from "../labelledRows.ts";
import { classesOf, type FitReport, gridOfC } from "./linearSvm.ts";
import { stratifiedFolds } from "./stratifiedFolds.ts";
import { type Reach, reachOf, standings, unlimitedReach } from "./svmDecision.ts";
import { openSvmPool, type SvmPool } from "./svmPool.ts";
import { svmProgress } from "./svmProgress.ts";
import type { FoldRows, RankedC } from "./svmRanking.ts";
import type { SvmRankingRequest } from "./svmRankingWorker.ts";

/** Folds of the cross-validation that chooses C. */
export const foldCount = 3;

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
export interface SvmSearch {
  readonly bestC: number;
  /** One entry a C, in the grid's order. */
  readonly candidates: readonly CandidateC[];
  /** The fit on all training rows with the chosen C. */
  readonly refit: FitReport;
}

export interface SvmSearchOptions {
  /** Name of the stage in progress events. */
  readonly stage: string;
  /** `reference` makes all 22 fits along the reference path; `auto` only those that decide. */
  readonly solver: "auto" | "reference";
  /** Worker threads; default the machine's. The result does not depend on it. */
  readonly threads?: number | undefined;
  /**
   * `auto` takes the reference path for everything up to this size (rows x dimensions x classes), where that takes a second or two
   * and an approximation would gain nothing. Default 4 million.
   */
  readonly approximateAbove?: number | undefined;
}

/** A ranking holds two copies of its rows and keeps every core busy; a task that fits meanwhile leaves it all but one. */
const rankings = oneAtATime();

/** Training rows and held-out rows of every fold, in the order of the data. */
export function foldRows(labels: Int32Array): FoldRows[] {
  const foldOf = stratifiedFolds(labels, foldCount);
  const all = allRows(labels);
  return Array.from({ length: foldCount }, (_, fold) => ({
    rows: all.filter((row) => foldOf[row] !== fold),
    heldOut: all.filter((row) => foldOf[row] === fold),
  }));
}

/** 0, 1, 2, … as many as there are labels. */
export function allRows(labels: Int32Array): Int32Array {
  return Int32Array.from(labels.keys());
}

/** The mean over folds, added up in the reference's order. */
export function meanAccuracy(foldAccuracies: readonly number[]): number {
  return foldAccuracies.reduce((sum, accuracy) => sum + accuracy, 0) / foldAccuracies.length;
}

/**
 * Chooses C by cross-validated accuracy (the smallest C on ties), then fits all rows with it along the reference path.
 * @throws ScidocsError `INTERRUPTED` within a second of the signal, even amid a fit
 */
export async function searchSvm(
  data: LabelledRows,
  options: SvmSearchOptions,
  control: RunControl = {},
): Promise<SvmSearch> {
  throwIfAborted(control.signal);
  const threads = options.threads ?? availableParallelism();
  const size = data.rows.length * data.dimensions * classesOf(data.labels, allRows(data.labels)).length;
  const ranks = options.solver === "auto" && size > (options.approximateAbove ?? 4e6);
  const folds = foldRows(data.labels);
  const progress = svmProgress(options.stage, control.onProgress, ranks);
  const rankCs = (): Promise<RankedC[]> => {
    progress.begin();
    return rank(data, folds, threads, control.signal, progress.ranked);
  };
  // The ranking's matrices and the fits' shared rows are as large as each other: they are held one after the other.
  const ranked = ranks ? await rankings(rankCs, control.signal) : null;
  if (ranked === null) progress.begin();
  progress.fitting();
  // A fit is one chain of steps: more threads than fits would find nothing to do.
  const pool = await openSvmPool(data, Math.min(threads, gridOfC.length * foldCount + 1), () =>
    progress.fitted(pool.work()),
  );
  const stop = (): void => void pool.close();
  control.signal?.addEventListener("abort", stop);
  try {
    throwIfAborted(control.signal);
    const search = await (ranked === null ? searchByReference(pool, folds) : decide(pool, folds, ranked));
    progress.finished();
    return search;
  } finally {
    control.signal?.removeEventListener("abort", stop);
    await pool.close();
  }
}

/** Ranks the Cs in a thread of its own, for ONNX Runtime blocks the thread that it runs on. */
async function rank(
  data: LabelledRows,
  folds: readonly FoldRows[],
  threads: number,
  signal: AbortSignal | undefined,
  onProgress: () => void,
): Promise<RankedC[]> {
  const script = builtFile(import.meta.url, "./svmRankingWorker.js");
  const matrix = await ownMatrix(data);
  return withThreads({ script, native: true, signal }, (ranking: Threads<SvmRankingRequest, RankedC[], RankedC>) =>
    ranking.call({ matrix, labels: data.labels, folds, threads }, { onProgress, transfer: [matrix.buffer] }),
  );
}

async function searchByReference(pool: SvmPool, folds: readonly FoldRows[]): Promise<SvmSearch> {
  const candidates = await Promise.all(gridOfC.map((C) => referenceCandidate(pool, folds, C)));
  const { C: bestC } = bestCandidate(candidates);
  return { bestC, candidates, refit: await refit(pool, bestC) };
}

/**
 * Decides among the Cs. The leader's refit is begun at once: it is one long chain of steps, and how soon it converged tells up to which C the
 * others would. Whatever then cannot be ruled out is fitted along the reference path, the leader with it.
 */
async function decide(pool: SvmPool, folds: readonly FoldRows[], ranked: readonly RankedC[]): Promise<SvmSearch> {
  const leader = ranked.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const leaderRefit = refit(pool, leader.C);
  // When the leader loses, its refit is dropped with the pool; nobody waits for it then.
  leaderRefit.catch(() => {});
  const exact = new Map<number, CandidateC>();
  const accuracies = (): Map<number, number> =>
    new Map(Array.from(exact.values(), ({ C, accuracy }) => [C, accuracy ?? 0]));
  const fitExactly = async (close: readonly number[]): Promise<void> => {
    const fresh = [leader.C, ...close].filter((C) => !exact.has(C));
    const fitted = await Promise.all(fresh.map((C) => referenceCandidate(pool, folds, C)));
    for (const candidate of fitted) exact.set(candidate.C, candidate);
  };
  const open = (reach: Reach | null): number[] =>
    standings(ranked, leader, reach, accuracies()).flatMap(({ C, clearance }) =>
      clearance <= 0 && !exact.has(C) ? [C] : [],
    );
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
  const bestC = decided.length > 0 ? bestCandidate(decided).C : leader.C;
  const clearances = new Map(standings(ranked, leader, reach, accuracies()).map(({ C, clearance }) => [C, clearance]));
  const candidates = ranked.map((each) => exact.get(each.C) ?? fastCandidate(each, clearances.get(each.C) ?? null));
  return { bestC, candidates, refit: await (bestC === leader.C ? leaderRefit : refit(pool, bestC)) };
}

function fastCandidate({ C, accuracy, foldAccuracies, state }: RankedC, clearance: number | null): CandidateC {
  return state === "ruled-out"
    ? { C, accuracy: null, foldAccuracies: [], path: "ruled-out", clearance }
    : { C, accuracy, foldAccuracies: [...foldAccuracies], path: "optimum", clearance };
}

async function refit(pool: SvmPool, C: number): Promise<FitReport> {
  const { report } = await pool.fitRows({ C, rows: allRows(pool.block.labels), heldOut: new Int32Array() });
  return report;
}

async function referenceCandidate(pool: SvmPool, folds: readonly FoldRows[], C: number): Promise<CandidateC> {
  const fits = await Promise.all(folds.map(({ rows, heldOut }) => pool.fitRows({ C, rows, heldOut })));
  const foldAccuracies = fits.map(({ accuracy }) => accuracy);
  return { C, accuracy: meanAccuracy(foldAccuracies), foldAccuracies, path: "reference", clearance: null };
}

/** The candidate with the highest accuracy, the smallest C on ties. */
function bestCandidate(candidates: readonly CandidateC[]): CandidateC {
  return candidates.reduce((a, b) => ((b.accuracy ?? -1) > (a.accuracy ?? -1) ? b : a));
}
