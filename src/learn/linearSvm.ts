import { mt19937 } from "./mt19937.ts";

/** Rows of numbers with their classes: what a linear classifier learns from. */
export interface LabelledMatrix {
  /** Row-major numbers; float32 only where every value survived the narrowing. */
  readonly data: Float32Array | Float64Array;
  readonly dimensions: number;
  /** Class label of each row. */
  readonly labels: Int32Array;
}

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

export const maxEpochs = 1000;
export const tolerance = 1e-3;
export const svmSeed = 42;

/** The distinct labels of some rows, ascending. */
export function classesOf(labels: Int32Array, rows: Int32Array): Int32Array {
  return Int32Array.from(new Set(rows.map((row) => labels[row]!))).sort();
}

/** Number of binary problems that a set of classes makes. */
export function problemCount(classes: number): number {
  return classes === 1 ? 0 : classes === 2 ? 1 : classes;
}

/**
 * Fits the reference's classifier: squared-hinge linear SVM, one-vs-rest, by dual coordinate descent with shrinking, 1,000 passes at
 * most. The order of every operation is that of the reference, so the weights agree with it to the last bit, converged or not.
 * Source: Hsieh et al., "A dual coordinate descent method for large-scale linear SVM", ICML 2008; lightning's `dual_cd_fast.pyx`.
 * @param rows the rows of the matrix to train on, in order
 */
export function fitLinearSvm(matrix: LabelledMatrix, rows: Int32Array, C: number): FitReport {
  const { dimensions, labels } = matrix;
  const classes = classesOf(labels, rows);
  const problems = problemCount(classes.length);
  const weights = new Float64Array(problems * dimensions);
  const epochs = new Int32Array(problems);
  const converged = new Uint8Array(problems);
  // One generator serves all binary problems of a fit in turn, as in the reference; it is not seeded again between them.
  const random = mt19937(svmSeed);
  for (let k = 0; k < problems; k++) {
    const positive = classes[problems === 1 ? 1 : k];
    const y = Float64Array.from(rows, (r) => (labels[r] === positive ? 1 : -1));
    const w = weights.subarray(k * dimensions, (k + 1) * dimensions);
    const end = solveBinary(matrix, rows, y, C, random.interval, w);
    epochs[k] = end.epochs;
    converged[k] = end.converged ? 1 : 0;
  }
  return { model: { classes, weights, dimensions }, epochs, converged };
}

function solveBinary(
  { data, dimensions }: LabelledMatrix,
  rows: Int32Array,
  y: Float64Array,
  C: number,
  interval: (max: number) => number,
  w: Float64Array,
): { epochs: number; converged: boolean } {
  const n = rows.length;
  const D = 1 / (2 * C);
  const signedAlpha = new Float64Array(n);
  const diagonal = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const start = rows[i]! * dimensions;
    let sum = 0;
    for (let j = 0; j < dimensions; j++) sum += data[start + j]! * data[start + j]!;
    diagonal[i] = sum + D;
  }
  const order = Int32Array.from({ length: n }, (_, i) => i);
  let active = n;
  let highest = Number.POSITIVE_INFINITY;
  for (let epoch = 1; epoch <= maxEpochs; epoch++) {
    for (let i = active - 1; i > 0; i--) {
      const j = interval(i);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    let largest = Number.NEGATIVE_INFINITY;
    let smallest = Number.POSITIVE_INFINITY;
    let s = 0;
    while (s < active) {
      const i = order[s]!;
      const start = rows[i]! * dimensions;
      let dot = 0;
      for (let j = 0; j < dimensions; j++) dot += w[j]! * data[start + j]!;
      const a = Math.abs(signedAlpha[i]!);
      const G = y[i]! * dot - 1 + D * a;
      let PG = G;
      if (a === 0 && G >= 0) {
        PG = 0;
        if (G > highest) {
          active -= 1;
          order[s] = order[active]!;
          order[active] = i;
          continue;
        }
      }
      largest = Math.max(largest, PG);
      smallest = Math.min(smallest, PG);
      if (Math.abs(PG) > 1e-12) {
        const next = Math.max(a - G / diagonal[i]!, 0);
        const step = (next - a) * y[i]!;
        signedAlpha[i] = next * y[i]!;
        for (let j = 0; j < dimensions; j++) w[j]! += step * data[start + j]!;
      }
      s += 1;
    }
    if (largest - smallest <= tolerance) {
      if (active === n) return { epochs: epoch, converged: true };
      active = n;
      highest = Number.POSITIVE_INFINITY;
      continue;
    }
    highest = largest > 0 ? largest : Number.POSITIVE_INFINITY;
  }
  return { epochs: maxEpochs, converged: false };
}

/** The predicted label of some rows: the class with the highest score, the smaller label on ties. */
export function predictLabels(
  model: LinearModel,
  matrix: Omit<LabelledMatrix, "labels">,
  rows: Int32Array,
): Int32Array {
  const { classes, weights, dimensions } = model;
  const { data } = matrix;
  const problems = problemCount(classes.length);
  return rows.map((row) => {
    if (problems === 0) return classes[0]!;
    const start = row * dimensions;
    let best = 0;
    let bestScore = problems === 1 ? 0 : Number.NEGATIVE_INFINITY;
    for (let k = 0; k < problems; k++) {
      let score = 0;
      for (let j = 0; j < dimensions; j++) score += weights[k * dimensions + j]! * data[start + j]!;
      if (score > bestScore) {
        best = problems === 1 ? 1 : k;
        bestScore = score;
      }
    }
    return classes[best]!;
  });
}
