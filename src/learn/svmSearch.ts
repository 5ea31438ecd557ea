import { throwIfAborted } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import type { CandidateC } from "../results/schema.ts";
import { type FitReport, fitLinearSvm, gridOfC, type LabelledMatrix, predictLabels } from "./linearSvm.ts";
import { stratifiedFolds } from "./stratifiedFolds.ts";

/** Folds of the cross-validation that chooses C. */
export const foldCount = 3;

/** The chosen classifier and how it was chosen. */
export interface SvmSearch {
  readonly bestC: number;
  readonly candidates: readonly CandidateC[];
  /** The fit on all training rows with the chosen C. */
  readonly refit: FitReport;
}

/** Training rows and held-out rows of every fold, in the order of the data. */
export function foldRows(labels: Int32Array): { train: Int32Array; heldOut: Int32Array }[] {
  const foldOf = stratifiedFolds(labels, foldCount);
  const all = Int32Array.from(labels, (_, row) => row);
  return Array.from({ length: foldCount }, (_, fold) => ({
    train: all.filter((row) => foldOf[row] !== fold),
    heldOut: all.filter((row) => foldOf[row] === fold),
  }));
}

/** Share of rows whose prediction is their label. */
export function accuracyOf(labels: Int32Array, rows: Int32Array, predictions: Int32Array): number {
  let correct = 0;
  for (const [i, row] of rows.entries()) if (labels[row] === predictions[i]) correct += 1;
  return correct / rows.length;
}

/** The mean over folds, added up in the reference's order. */
export function meanAccuracy(foldAccuracies: readonly number[]): number {
  return foldAccuracies.reduce((sum, accuracy) => sum + accuracy, 0) / foldAccuracies.length;
}

/** Chooses C by cross-validated accuracy (the smallest C on ties) along the reference path, then fits all rows with it. */
export async function searchSvm(matrix: LabelledMatrix, stage: string, control: RunControl = {}): Promise<SvmSearch> {
  const { labels } = matrix;
  const folds = foldRows(labels);
  const total = gridOfC.length * foldCount + 1;
  let done = 0;
  const fitRows = async (rows: Int32Array, C: number): Promise<FitReport> => {
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(control.signal);
    const report = fitLinearSvm(matrix, rows, C);
    done += 1;
    control.onProgress?.({ stage, done, total, unit: "fits" });
    return report;
  };

  const candidates: CandidateC[] = [];
  for (const C of gridOfC) {
    const foldAccuracies: number[] = [];
    for (const { train, heldOut } of folds) {
      const { model } = await fitRows(train, C);
      foldAccuracies.push(accuracyOf(labels, heldOut, predictLabels(model, matrix, heldOut)));
    }
    candidates.push({ C, accuracy: meanAccuracy(foldAccuracies), foldAccuracies, path: "reference" });
  }
  const best = candidates.reduce((a, b) => (b.accuracy! > a.accuracy! ? b : a));
  const all = Int32Array.from(labels, (_, row) => row);
  return { bestC: best.C, candidates, refit: await fitRows(all, best.C) };
}
