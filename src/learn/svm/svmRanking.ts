import type { DenseProducts } from "../denseProducts.ts";
import { classesOf, gridOfC, problemCount } from "./linearSvm.ts";
import { type ColumnState, newtonStep, preconditioner, type SvmColumns, zeroState } from "./svmOptimum.ts";

/** Rows that one fold trains on and rows that it holds out. */
export interface FoldRows {
  readonly rows: Int32Array;
  readonly heldOut: Int32Array;
}

/** What the fast solver found out about one C. */
export interface RankedC {
  readonly C: number;
  /** Accuracy on each fold's held-out rows, at the optimum or, when ruled out, where the solver stopped. */
  readonly foldAccuracies: readonly number[];
  /** Their mean. */
  readonly accuracy: number;
  /**
   * `optimum`: every column converged; `ruled-out`: stopped early because it could no longer come within the margin;
   * `open`: it did not converge in the steps allowed.
   */
  readonly state: "optimum" | "ruled-out" | "open";
  /** The highest accuracy that the reference path is taken to be able to reach with this C. */
  readonly optimistic: number;
}

/** Accuracies this close to the best are decided by the reference path: 0.5 points. */
export const decisionMargin = 0.005;

/** From this C on the reference usually stops at its limit of epochs, short of the optimum. */
const unconvergedFrom = 1;
const maxSteps = 10;

/**
 * Cross-validates every C of the grid at the exact optimum, ascending, each warm-started from the one before.
 *
 * For C >= 1 the reference stops short of the optimum, which acts like a smaller C. Its accuracy is therefore taken to lie anywhere up to
 * half-way from the optimum's towards the optimum's of the next smaller C; the solver gives such a C up once even that, and as
 * much again as its last step moved, leaves it outside the margin.
 */
export async function* rankByOptimum(
  products: DenseProducts,
  labels: Int32Array,
  folds: readonly FoldRows[],
): AsyncGenerator<RankedC> {
  const plans = foldPlans(labels, folds);
  const columns = foldColumns(products, labels, plans);
  const state = zeroState(columns);
  const gram = await products.gram();
  let best = 0;
  let previous = 0;
  for (const C of gridOfC) {
    const ranked = await settle(columns, state, plans, labels, gram, C, previous, best);
    best = Math.max(best, ranked.accuracy);
    previous = ranked.accuracy;
    yield ranked;
  }
}

async function settle(
  columns: SvmColumns,
  state: ColumnState,
  plans: readonly FoldPlan[],
  labels: Int32Array,
  gram: Float32Array,
  C: number,
  previous: number,
  best: number,
): Promise<RankedC> {
  const loose = C >= unconvergedFrom;
  const precondition = preconditioner(columns, gram, C);
  let last = previous;
  for (let step = 1; ; step++) {
    const precision = loose ? { residual: 0.2, maxIterations: 20 } : { residual: 0.1, maxIterations: 40 };
    const { gain } = await newtonStep(columns, state, C, precondition, precision);
    const foldAccuracies = plans.map((plan) => heldOutAccuracy(plan, state.scores, columns.count, labels));
    const accuracy = foldAccuracies.reduce((sum, a) => sum + a, 0) / foldAccuracies.length;
    const optimistic = loose ? Math.max(accuracy, (accuracy + previous) / 2) : accuracy;
    const moved = Math.abs(accuracy - last);
    const result = { C, foldAccuracies, accuracy, optimistic };
    if (gain < 1e-3) return { ...result, state: "optimum" };
    if (loose && optimistic + moved < best - decisionMargin) return { ...result, state: "ruled-out" };
    if (step === maxSteps) return { ...result, state: "open" };
    last = accuracy;
  }
}

/** One fold's classes and the first of its columns. */
interface FoldPlan extends FoldRows {
  readonly classes: Int32Array;
  readonly firstColumn: number;
}

function foldPlans(labels: Int32Array, folds: readonly FoldRows[]): FoldPlan[] {
  let firstColumn = 0;
  return folds.map((fold) => {
    const classes = classesOf(labels, fold.rows);
    const plan = { ...fold, classes, firstColumn };
    firstColumn += problemCount(classes.length);
    return plan;
  });
}

function foldColumns(products: DenseProducts, labels: Int32Array, plans: readonly FoldPlan[]): SvmColumns {
  const last = plans.at(-1);
  const count = last === undefined ? 0 : last.firstColumn + problemCount(last.classes.length);
  const signs = new Int8Array(products.rows * count);
  for (const { rows, classes, firstColumn } of plans) {
    const positives = classes.subarray(classes.length - problemCount(classes.length));
    for (const row of rows) {
      for (const [k, positive] of positives.entries()) {
        signs[row * count + firstColumn + k] = labels[row] === positive ? 1 : -1;
      }
    }
  }
  return { products, count, signs };
}

function heldOutAccuracy(plan: FoldPlan, scores: Float32Array, count: number, labels: Int32Array): number {
  const { heldOut, classes, firstColumn } = plan;
  const problems = problemCount(classes.length);
  let correct = 0;
  for (const row of heldOut) {
    const start = row * count + firstColumn;
    let best = 0;
    if (problems === 1) best = scores[start]! > 0 ? 1 : 0;
    else for (let k = 1; k < problems; k++) if (scores[start + k]! > scores[start + best]!) best = k;
    if (classes[best] === labels[row]) correct += 1;
  }
  return correct / heldOut.length;
}
