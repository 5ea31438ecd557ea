import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import type { LabelledRows } from "../../../src/learn/labelledRows.ts";
import { logisticPredictions, logisticSteps } from "../../../src/learn/logistic/logisticProbe.ts";
import { randomRows } from "../randomRows.ts";

const rows = randomRows({ dimensions: 5, classes: 3, rows: 90, single: false, seed: 2 });
const train: LabelledRows = { ...rows, rows: rows.rows.slice(0, 60), labels: rows.labels.slice(0, 60) };
const evaluated: LabelledRows = { ...rows, rows: rows.rows.slice(60), labels: rows.labels.slice(60) };

/** The probe written out: standardised columns and a one, one-vs-rest, plain descent of the summed loss. */
function plainPredictions(): number[] {
  const columns = (of: LabelledRows): number[][] =>
    Array.from(of.rows, (row) => [...of.data.slice(row * 5, row * 5 + 5)]);
  const x = columns(train);
  const mean = [0, 1, 2, 3, 4].map((j) => x.reduce((sum, row) => sum + row[j]! / 60, 0));
  const sd = mean.map((m, j) => Math.sqrt(x.reduce((sum, row) => sum + (row[j]! - m) ** 2 / 60, 0)));
  const scaled = (of: number[][]): number[][] => of.map((row) => [...row.map((v, j) => (v - mean[j]!) / sd[j]!), 1]);
  const features = new Matrix(scaled(x));
  const { realEigenvalues } = new EigenvalueDecomposition(features.transpose().mmul(features));
  const rate = 4 / (1.1 * Math.max(...realEigenvalues));
  const scores = [0, 1, 2].map((k) => {
    let weights = Matrix.zeros(6, 1);
    for (let step = 0; step < logisticSteps; step++) {
      const errors = features
        .mmul(weights)
        .to1DArray()
        .map((z, i) => Number(train.labels[i] === k) - 1 / (1 + Math.exp(-z)));
      weights = weights.add(features.transpose().mmul(Matrix.columnVector(errors)).mul(rate));
    }
    return new Matrix(scaled(columns(evaluated))).mmul(weights).to1DArray();
  });
  return Array.from(evaluated.rows, (_, i) =>
    [0, 1, 2].reduce((best, k) => (scores[k]![i]! > scores[best]![i]! ? k : best)),
  );
}

describe("the logistic probe", () => {
  test("predicts what one-vs-rest descent on standardised columns predicts", () => {
    const found = [...logisticPredictions(train, evaluated)];
    expect(found).toEqual(plainPredictions());
    expect(new Set(found).size).toBe(3);
  });

  test("does not see a column's unit or where its zero lies", () => {
    const moved = rows.data.map((value, i) => value * [1, 100, 0.01, 7, 1][i % 5]! + [0, 5, -3, 1e3, 0][i % 5]!);
    expect(logisticPredictions({ ...train, data: moved }, { ...evaluated, data: moved })).toEqual(
      logisticPredictions(train, evaluated),
    );
  });

  test("is left alone by a column that never changes where it learns, whatever is there where it predicts", () => {
    const flat = rows.data.map((value, i) => (i % 5 === 2 ? (i < 300 ? 4 : 1e6 * value) : value));
    const without = rows.data.filter((_, i) => i % 5 !== 2);
    const narrow = { data: without, dimensions: 4 };
    expect(logisticPredictions({ ...train, data: flat }, { ...evaluated, data: flat })).toEqual(
      logisticPredictions({ ...train, ...narrow }, { ...evaluated, ...narrow }),
    );
  });

  test("takes a paper without a vector for zeros, and gives labels back as they were", () => {
    const zeroed = rows.data.map((value, i) => (Math.floor(i / 5) % 10 === 3 ? 0 : value));
    const holed = (of: LabelledRows): LabelledRows => ({
      ...of,
      rows: of.rows.map((row) => (row % 10 === 3 ? -1 : row)),
      labels: of.labels.map((label) => [-7, 30, 4][label]!),
    });
    const expected = logisticPredictions({ ...train, data: zeroed }, { ...evaluated, data: zeroed });
    expect([...logisticPredictions(holed(train), holed(evaluated))]).toEqual(
      Array.from(expected, (label) => [-7, 30, 4][label]!),
    );
  });
});
