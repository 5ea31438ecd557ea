import type { DenseProducts } from "../denseProducts.ts";
import { classesOf, gridOfC, problemCount } from "./linearSvm.ts";
import { leadingSpectrum, preconditioner, type Spectrum } from "./preconditioner.ts";
import { type ColumnState, newtonStep, type SvmColumns, zeroState } from "./svmOptimum.ts";

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
  /** The highest accuracy that the reference path is taken to be able to reach with this C, whether it converges or not. */
  readonly optimistic: number;
  /** What the accuracy can be where the reference converges: each held-out row whose lead is within {@link leadTolerance} counts either way. */
  readonly bracket: AccuracyBracket;
}

/** An accuracy and how far it can be off, all in [0, 1]. */
export interface AccuracyBracket {
  readonly lowest: number;
  readonly highest: number;
}

/** Accuracies this close to the best are looked at more closely: 0.5 points. */
export const decisionMargin = 0.005;

/**
 * A row's lead is its true class's score less the best other one. Where the reference converges, it stops once its largest violation is below
 * 0.001; no lead then was seen further than 0.0004 from the optimum's (docs/performance.md), and ten times that is allowed for.
 */
export const leadTolerance = 0.004;

/** From this C on the reference usually stops at its limit of epochs, short of the optimum. */
const unconvergedFrom = 1;
const maxSteps = 10;

/**
 * Cross-validates every C of the grid at the exact optimum, ascending, each warm-started from the one before.
 *
 * For C >= 1 the reference stops short of the optimum, which acts like a smaller C. Its accuracy is therefore taken to lie anywhere up to
 * half-way from the optimum's towards the optimum's of the next smaller C. The solver gives any C up once the most it is taken to reach, and as
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
  const spectrum = await leadingSpectrum(products);
  let best = 0;
  let previous = 0;
  for (const C of gridOfC) {
    const ranked = await settle(columns, state, plans, labels, spectrum, C, previous, best);
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
  spectrum: Spectrum,
  C: number,
  previous: number,
  best: number,
): Promise<RankedC> {
  const loose = C >= unconvergedFrom;
  const precondition = preconditioner(columns.products, spectrum, C);
  const precision = loose ? { residual: 0.2, maxIterations: 20 } : { residual: 0.1, maxIterations: 40 };
  let last = previous;
  for (let step = 1; ; step++) {
    const { gain } = await newtonStep(columns, state, C, precondition, precision);
    const outcomes = plans.map((plan) => heldOutOutcome(plan, state.scores, columns.count, labels));
    const foldAccuracies = outcomes.map((outcome) => outcome.accuracy);
    const accuracy = mean(foldAccuracies);
    const optimistic = loose ? Math.max(accuracy, (accuracy + previous) / 2) : accuracy;
    const bracket = {
      lowest: mean(outcomes.map(({ lowest }) => lowest)),
      highest: mean(outcomes.map(({ highest }) => highest)),
    };
    const moved = Math.abs(accuracy - last);
    const result = { C, foldAccuracies, accuracy, optimistic, bracket };
    if (gain < 1e-3) return { ...result, state: "optimum" };
    // The first step of a C goes most of the way; only from the second on does a step tell how far the next may go.
    const steady = loose || step > 1;
    if (steady && optimistic + moved < best - decisionMargin)
      return { ...result, optimistic: optimistic + moved, state: "ruled-out" };
    if (step === maxSteps) return { ...result, state: "open" };
    last = accuracy;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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
  const count = plans.reduce((sum, { classes }) => sum + problemCount(classes.length), 0);
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

function heldOutOutcome(
  plan: FoldPlan,
  scores: Float32Array,
  count: number,
  labels: Int32Array,
): AccuracyBracket & { readonly accuracy: number } {
  const { heldOut, classes, firstColumn } = plan;
  const problems = problemCount(classes.length);
  const classOf = new Map(Array.from(classes, (label, index) => [label, index]));
  let [correct, certain, possible] = [0, 0, 0];
  for (const row of heldOut) {
    const truth = classOf.get(labels[row]!);
    if (truth === undefined) continue;
    const lead = leadOf(truth, scores, row * count + firstColumn, problems);
    if (lead.first) correct += 1;
    if (lead.by > leadTolerance) certain += 1;
    if (lead.by > -leadTolerance) possible += 1;
  }
  const rows = heldOut.length;
  return { accuracy: correct / rows, lowest: certain / rows, highest: possible / rows };
}

/** By how much a class leads the best other one, and whether it is the one predicted: on ties the smaller class is. */
function leadOf(truth: number, scores: Float32Array, start: number, problems: number): { by: number; first: boolean } {
  if (problems === 1) {
    const score = scores[start]!;
    return truth === 1 ? { by: score, first: score > 0 } : { by: -score, first: score <= 0 };
  }
  const own = scores[start + truth]!;
  let other = Number.NEGATIVE_INFINITY;
  let first = true;
  for (let k = 0; k < problems; k++) {
    if (k === truth) continue;
    const score = scores[start + k]!;
    other = Math.max(other, score);
    if (k < truth ? score >= own : score > own) first = false;
  }
  return { by: own - other, first };
}
