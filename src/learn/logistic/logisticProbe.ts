import LogisticRegression from "ml-logistic-regression";
import { Matrix } from "ml-matrix";
import type { LabelledRows } from "../labelledRows.ts";
import { allRows, classesOf } from "../svm/linearSvm.ts";

/** Gradient steps of the probe. */
export const logisticSteps = 100;

/**
 * Predicts labels by one-vs-rest logistic regression: a quick probe, not the paper's protocol.
 *
 * Features are standardised by the training rows and get an intercept. The package descends the summed loss by a fixed rate and without
 * regularisation; the rate is set to the largest that is surely stable, 4 over the largest eigenvalue of X'X, and stopping after
 * {@link logisticSteps} steps is what keeps it from overfitting.
 * @returns the label predicted for each evaluated row
 */
export function logisticPredictions(train: LabelledRows, evaluated: LabelledRows): Int32Array {
  const classes = classesOf(train.labels, allRows(train.labels));
  const indexOf = new Map(Array.from(classes, (label, k) => [label, k]));
  const scaling = columnScaling(train);
  const features = scaledMatrix(train, scaling);
  const model = new LogisticRegression({
    numSteps: logisticSteps,
    learningRate: 4 / largestEigenvalue(features),
  });
  model.train(features, Matrix.columnVector(Array.from(train.labels, (label) => indexOf.get(label) ?? 0)));
  return Int32Array.from(model.predict(scaledMatrix(evaluated, scaling)), (k) => classes[k] ?? 0);
}

interface Scaling {
  readonly mean: Float64Array;
  /** 1 over the standard deviation; 0 for a column that never changes. */
  readonly factor: Float64Array;
}

function valueAt({ data, dimensions }: LabelledRows, row: number, column: number): number {
  return row < 0 ? 0 : data[row * dimensions + column]!;
}

function columnScaling(train: LabelledRows): Scaling {
  const mean = new Float64Array(train.dimensions);
  const factor = new Float64Array(train.dimensions);
  const count = train.rows.length;
  for (let j = 0; j < train.dimensions; j++) {
    for (const row of train.rows) mean[j]! += valueAt(train, row, j) / count;
    const first = valueAt(train, train.rows[0]!, j);
    // The mean of equal numbers may miss them by its last bit, whose deviation is no scale to measure by.
    if (train.rows.every((row) => valueAt(train, row, j) === first)) continue;
    let variance = 0;
    for (const row of train.rows) variance += (valueAt(train, row, j) - mean[j]!) ** 2 / count;
    factor[j] = 1 / Math.sqrt(variance);
  }
  return { mean, factor };
}

/** Standardised rows with a last column of ones. */
function scaledMatrix(rows: LabelledRows, { mean, factor }: Scaling): Matrix {
  const matrix = Matrix.ones(rows.rows.length, rows.dimensions + 1);
  for (const [i, row] of rows.rows.entries()) {
    for (let j = 0; j < rows.dimensions; j++) matrix.set(i, j, (valueAt(rows, row, j) - mean[j]!) * factor[j]!);
  }
  return matrix;
}

/** The largest eigenvalue of X'X, by power iteration from a fixed start, with a little on top for what is left to converge. */
function largestEigenvalue(features: Matrix): number {
  const turned = features.transpose();
  let vector = Matrix.columnVector(Array.from({ length: features.columns }, (_, j) => 1 + (j % 7) / 7));
  let size = 0;
  for (let step = 0; step < 15; step++) {
    vector = vector.div(vector.norm("frobenius"));
    vector = turned.mmul(features.mmul(vector));
    size = vector.norm("frobenius");
  }
  return 1.1 * size;
}
