import type { Tensor } from "../../onnx/runtime.ts";
import { type DenseProducts, matrixTensor } from "../denseProducts.ts";

/**
 * Many binary problems over the same rows, a column each: minimise 1/2 |w|^2 + C * sum over rows of max(0, 1 - sign * w.x)^2.
 * Solved side by side, so that one product of the whole matrix serves all columns: all classes of all folds.
 */
export interface SvmColumns {
  readonly products: DenseProducts;
  readonly count: number;
  /** rows x count: +1 or -1 where the row belongs to the column's problem, 0 where it is held out. */
  readonly signs: Int8Array;
}

/** Weights of all columns (dimensions x count) and their scores on all rows (rows x count). */
export interface ColumnState {
  readonly weights: Float32Array;
  readonly scores: Float32Array;
}

/** One Newton step: how much it gained and with what it went. */
export interface NewtonStep {
  /** Largest decrease of a column's objective, relative to the objective. */
  readonly gain: number;
  /** Products of the whole matrix, there and back, that the step took. */
  readonly products: number;
}

/** How far the inner iteration of a step goes. */
export interface NewtonPrecision {
  /** Stop when every column's residual has fallen to this share, in the preconditioner's norm. */
  readonly residual: number;
  readonly maxIterations: number;
}

/** All weights zero. */
export function zeroState({ products, count }: SvmColumns): ColumnState {
  return {
    weights: new Float32Array(products.dimensions * count),
    scores: new Float32Array(products.rows * count),
  };
}

/**
 * One Newton step of every column, its direction by preconditioned conjugate gradients, its length by halving (Armijo); changes the
 * state in place.
 * Source: Keerthi and DeCoste, "A modified finite Newton method for fast solution of large scale linear SVMs", JMLR 2005.
 */
export async function newtonStep(
  problem: SvmColumns,
  state: ColumnState,
  C: number,
  precondition: (columns: Float32Array) => Promise<Float32Array>,
  precision: NewtonPrecision,
): Promise<NewtonStep> {
  const { products, count, signs } = problem;
  const { weights, scores } = state;
  const residuals = new Float32Array(scores.length);
  const curvature = new Float32Array(scores.length);
  for (let p = 0; p < scores.length; p++) {
    const sign = signs[p]!;
    if (sign === 0) continue;
    const slack = 1 - sign * scores[p]!;
    if (slack <= 0) continue;
    residuals[p] = -2 * C * sign * slack;
    curvature[p] = 2 * C;
  }
  const gradient = await products.back(residuals);
  for (let p = 0; p < gradient.length; p++) gradient[p]! += weights[p]!;

  const tensor = matrixTensor(curvature, products.rows);
  const { direction, iterations } = await newtonDirection(problem, gradient, tensor, precondition, precision);
  const change = await products.scores(direction);
  const gain = takeStep(problem, state, C, direction, change, columnDots(gradient, direction, count));
  return { gain, products: iterations + 1 };
}

async function newtonDirection(
  { products, count }: SvmColumns,
  gradient: Float32Array,
  curvature: Tensor,
  precondition: (columns: Float32Array) => Promise<Float32Array>,
  precision: NewtonPrecision,
): Promise<{ direction: Float32Array; iterations: number }> {
  const direction = new Float32Array(gradient.length);
  const residual = gradient.map((g) => -g);
  let conditioned = await precondition(residual);
  const search = Float32Array.from(conditioned);
  let size = columnDots(residual, conditioned, count);
  const first = size;
  let iterations = 0;
  while (iterations < precision.maxIterations) {
    const curved = await products.hessian(search, curvature);
    for (let p = 0; p < curved.length; p++) curved[p]! += search[p]!;
    const bend = columnDots(search, curved, count);
    const along = size.map((s, m) => (bend[m]! > 0 ? s / bend[m]! : 0));
    for (let p = 0, m = 0; p < direction.length; p++) {
      direction[p]! += along[m]! * search[p]!;
      residual[p]! -= along[m]! * curved[p]!;
      m = m + 1 === count ? 0 : m + 1;
    }
    iterations += 1;
    conditioned = await precondition(residual);
    const next = columnDots(residual, conditioned, count);
    if (next.every((s, m) => s <= first[m]! * precision.residual ** 2)) break;
    const turn = next.map((s, m) => (size[m]! > 0 ? s / size[m]! : 0));
    for (let p = 0, m = 0; p < search.length; p++) {
      search[p] = conditioned[p]! + turn[m]! * search[p]!;
      m = m + 1 === count ? 0 : m + 1;
    }
    size = next;
  }
  return { direction, iterations };
}

/** Moves every column along its direction, half as far each time its objective does not fall enough. Returns the largest gain. */
function takeStep(
  problem: SvmColumns,
  { weights, scores }: ColumnState,
  C: number,
  direction: Float32Array,
  change: Float32Array,
  slope: Float64Array,
): number {
  const { count } = problem;
  const lengths = new Float64Array(count);
  const before = objectives(problem, weights, scores, C, direction, change, lengths);
  lengths.fill(1);
  let after = before;
  for (let halving = 0; halving <= 8; halving++) {
    after = objectives(problem, weights, scores, C, direction, change, lengths);
    let settled = true;
    for (let m = 0; m < count; m++) {
      if (after[m]! <= before[m]! + 1e-4 * lengths[m]! * slope[m]!) continue;
      lengths[m] = halving === 8 ? 0 : lengths[m]! / 2;
      settled = false;
    }
    if (settled) break;
  }
  advance(weights, direction, lengths);
  advance(scores, change, lengths);
  return Math.max(...before.map((b, m) => (lengths[m] === 0 ? 0 : (b - after[m]!) / after[m]!)));
}

/** The objective of every column, so far along its direction. */
function objectives(
  { count, signs }: SvmColumns,
  weights: Float32Array,
  scores: Float32Array,
  C: number,
  direction: Float32Array,
  change: Float32Array,
  lengths: Float64Array,
): Float64Array {
  const norms = new Float64Array(count);
  for (let p = 0, m = 0; p < weights.length; p++) {
    const w = weights[p]! + lengths[m]! * direction[p]!;
    norms[m]! += w * w;
    m = m + 1 === count ? 0 : m + 1;
  }
  const losses = new Float64Array(count);
  for (let p = 0, m = 0; p < scores.length; p++) {
    const sign = signs[p]!;
    if (sign !== 0) {
      const slack = 1 - sign * (scores[p]! + lengths[m]! * change[p]!);
      if (slack > 0) losses[m]! += slack * slack;
    }
    m = m + 1 === count ? 0 : m + 1;
  }
  return norms.map((norm, m) => norm / 2 + C * losses[m]!);
}

function advance(values: Float32Array, change: Float32Array, lengths: Float64Array): void {
  for (let p = 0, m = 0; p < values.length; p++) {
    values[p]! += lengths[m]! * change[p]!;
    m = m + 1 === lengths.length ? 0 : m + 1;
  }
}

/** Dot product of each pair of columns. */
function columnDots(a: Float32Array, b: Float32Array, count: number): Float64Array {
  const dots = new Float64Array(count);
  for (let p = 0, m = 0; p < a.length; p++) {
    dots[m]! += a[p]! * b[p]!;
    m = m + 1 === count ? 0 : m + 1;
  }
  return dots;
}
