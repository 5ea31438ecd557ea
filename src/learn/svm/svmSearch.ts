import { availableParallelism } from "node:os";
import { throwIfAborted } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { oneAtATime } from "../../threads/oneAtATime.ts";
import { type Threads, withThreads } from "../../threads/threads.ts";
import { type LabelledRows, ownMatrix } from "../labelledRows.ts";
import { allRows, classesOf, gridOfC } from "./linearSvm.ts";
import { machineCores } from "./sharedCores.ts";
import { stratifiedFolds } from "./stratifiedFolds.ts";
import { chooseAmong, chooseByReference, type SvmChoice } from "./svmChoice.ts";
import { openSvmPool } from "./svmPool.ts";
import { svmProgress } from "./svmProgress.ts";
import type { FoldRows, RankedC } from "./svmRanking.ts";
import type { SvmRankingRequest } from "./svmRankingWorker.ts";

/** Folds of the cross-validation that chooses C. */
export const foldCount = 3;

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

/**
 * Chooses C by cross-validated accuracy (the smallest C on ties), then fits all rows with it along the reference path.
 * @throws ScidocsError `INTERRUPTED` within a second of the signal, even amid a fit
 */
export async function searchSvm(
  data: LabelledRows,
  options: SvmSearchOptions,
  control: RunControl = {},
): Promise<SvmChoice> {
  throwIfAborted(control.signal);
  const threads = options.threads ?? availableParallelism();
  const size = data.rows.length * data.dimensions * classesOf(data.labels, allRows(data.labels)).length;
  const ranks = options.solver === "auto" && size > (options.approximateAbove ?? 4e6);
  const folds = foldRows(data.labels);
  const progress = svmProgress(options.stage, control.onProgress, ranks, () =>
    rankings.waiting() > 0 ? "waiting" : machineCores.users() > 0 ? "fitting" : "none",
  );
  const rankCs = (): Promise<RankedC[]> => {
    progress.begin();
    const release = machineCores.occupy(threads);
    return rank(data, folds, threads, control.signal, progress.ranked).finally(release);
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
    const search = await (ranked === null ? chooseByReference(pool, folds) : chooseAmong(pool, folds, ranked));
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
