import type { LabelledRows } from "../labelledRows.ts";

/** A linear one-vs-rest classifier without intercept. */
export interface LinearModel {
  /** Labels seen in training, ascending. */
  readonly classes: Int32Array;
  /** One row a class; for two classes a single row, positive for the larger label; for one class none. */
  readonly weights: Float64Array;
  readonly dimensions: number;
}

/** How the solver ended each binary problem. */
export interface FitReport {
  readonly model: LinearModel;
  /** Passes over the data, one number a binary problem. */
  readonly epochs: Int32Array;
  /** 1 where the stopping criterion was met before the limit. */
  readonly converged: Uint8Array;
}

/** The grid of the protocol, as literals: `10 ** -4` is one unit in the last place off. */
export const gridOfC: readonly number[] = [0.0001, 0.001, 0.01, 0.1, 1, 10, 100];

/** Epochs after which a fit stops short of the optimum. */
export const maxEpochs = 1000;

/** Seed of every fit's generator. */
export const svmSeed = 42;

/** 0, 1, 2, … as many as there are labels. */
export function allRows(labels: Int32Array): Int32Array {
  return Int32Array.from(labels.keys());
}

/** The distinct labels of some rows, ascending. */
export function classesOf(labels: Int32Array, rows: Int32Array): Int32Array {
  return Int32Array.from(new Set(rows.map((row) => labels[row]!))).sort();
}

/** Number of binary problems that a set of classes makes. */
export function problemCount(classes: number): number {
  return classes === 1 ? 0 : classes === 2 ? 1 : classes;
}

/**
 * The predicted label of every row: the class with the highest score, the smaller label on ties.
 * Two classes have one score, and the larger label needs it above 0; a single class is always predicted.
 */
export function predictLabels(model: LinearModel, { data, rows }: Pick<LabelledRows, "data" | "rows">): Int32Array {
  const { classes, weights, dimensions } = model;
  const problems = problemCount(classes.length);
  return rows.map((row) => {
    const start = row * dimensions;
    let best = 0;
    let bestScore = problems === 1 ? 0 : Number.NEGATIVE_INFINITY;
    for (let k = 0; k < problems; k++) {
      let score = 0;
      if (row >= 0) for (let j = 0; j < dimensions; j++) score += weights[k * dimensions + j]! * data[start + j]!;
      if (score > bestScore) {
        best = problems === 1 ? 1 : k;
        bestScore = score;
      }
    }
    return classes[best]!;
  });
}
