import { classesOf, type FitReport, problemCount } from "../../../src/learn/svm/linearSvm.ts";
import { mt19937 } from "../../../src/stats/random/mt19937.ts";

/** Dense rows with their labels. */
export interface Matrix {
  readonly data: Float32Array | Float64Array;
  readonly dimensions: number;
  readonly labels: Int32Array;
}

/**
 * The reference's classifier as a plain loop, the oracle for the compiled kernel: squared-hinge linear SVM, one-vs-rest, by dual
 * coordinate descent with shrinking.
 * Source: Hsieh et al., "A dual coordinate descent method for large-scale linear SVM", ICML 2008; lightning's `dual_cd_fast.pyx`.
 * @param rows the rows of the matrix to train on, in order
 */
export function fitLinearSvm(matrix: Matrix, rows: Int32Array, C: number): FitReport {
  const { dimensions, labels } = matrix;
  const classes = classesOf(labels, rows);
  const problems = problemCount(classes.length);
  const weights = new Float64Array(problems * dimensions);
  const epochs = new Int32Array(problems);
  const converged = new Uint8Array(problems);
  // One generator serves all binary problems of a fit in turn, as in the reference; it is not seeded again between them.
  const random = mt19937(42);
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
  { data, dimensions }: Matrix,
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
  for (let epoch = 1; epoch <= 1000; epoch++) {
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
    if (largest - smallest <= 1e-3) {
      if (active === n) return { epochs: epoch, converged: true };
      active = n;
      highest = Number.POSITIVE_INFINITY;
      continue;
    }
    highest = largest > 0 ? largest : Number.POSITIVE_INFINITY;
  }
  return { epochs: 1000, converged: false };
}
