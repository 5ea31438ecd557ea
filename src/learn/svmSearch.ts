import { availableParallelism } from "node:os";
import { interrupted, throwIfAborted } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import type { CandidateC } from "../results/schema.ts";
import { type FitReport, gridOfC } from "./linearSvm.ts";
import { stratifiedFolds } from "./stratifiedFolds.ts";
import type { LabelledRows } from "./svmBlock.ts";
import { openSvmPool, type SvmPool } from "./svmPool.ts";

/** Folds of the cross-validation that chooses C. */
export const foldCount = 3;

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
  /** Worker threads; default the machine's. The result does not depend on it. */
  readonly threads?: number | undefined;
}

/** Training rows and held-out rows of every fold, in the order of the data. */
export function foldRows(labels: Int32Array): { rows: Int32Array; heldOut: Int32Array }[] {
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
 * Chooses C by cross-validated accuracy (the smallest C on ties) along the reference path, then fits all rows with it.
 * @throws ScidocsError `INTERRUPTED` within a second of the signal, even amid a fit
 */
export async function searchSvm(
  data: LabelledRows,
  options: SvmSearchOptions,
  control: RunControl = {},
): Promise<SvmSearch> {
  throwIfAborted(control.signal);
  const threads = options.threads ?? availableParallelism();
  const total = gridOfC.length * foldCount + 1;
  const report = (): void => control.onProgress?.({ stage: options.stage, done: pool.done(), total, unit: "fits" });
  const pool = await openSvmPool(data, threads, report);
  const stop = (): void => void pool.close();
  control.signal?.addEventListener("abort", stop);
  try {
    if (control.signal?.aborted) throw interrupted();
    return await searchByReference(pool);
  } finally {
    control.signal?.removeEventListener("abort", stop);
    await pool.close();
  }
}

async function searchByReference(pool: SvmPool): Promise<SvmSearch> {
  const { labels } = pool.block;
  const folds = foldRows(labels);
  const candidates = await Promise.all(gridOfC.map((C) => referenceCandidate(pool, folds, C)));
  const { C: bestC } = bestCandidate(candidates);
  const { report } = await pool.fitRows({ C: bestC, rows: allRows(labels), heldOut: new Int32Array() });
  return { bestC, candidates, refit: report };
}

async function referenceCandidate(pool: SvmPool, folds: ReturnType<typeof foldRows>, C: number): Promise<CandidateC> {
  const fits = await Promise.all(folds.map(({ rows, heldOut }) => pool.fitRows({ C, rows, heldOut })));
  const foldAccuracies = fits.map(({ accuracy }) => accuracy);
  return { C, accuracy: meanAccuracy(foldAccuracies), foldAccuracies, path: "reference" };
}

/** The candidate with the highest accuracy, the smallest C on ties. */
function bestCandidate(candidates: readonly CandidateC[]): CandidateC {
  return candidates.reduce((a, b) => ((b.accuracy ?? -1) > (a.accuracy ?? -1) ? b : a));
}
