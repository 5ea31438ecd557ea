import { describe, expect, test } from "vitest";
import type { LabelledRows } from "../../../src/learn/labelledRows.ts";
import { allRows, gridOfC, predictLabels } from "../../../src/learn/svm/linearSvm.ts";
import { stratifiedFolds } from "../../../src/learn/svm/stratifiedFolds.ts";
import { openSvmPool, type SvmPool } from "../../../src/learn/svm/svmPool.ts";
import { foldRows } from "../../../src/learn/svm/svmSearch.ts";
import { labelledRows } from "../../../src/tasks/classification/classification.ts";
import { hasShared } from "../../shared.ts";
import { edgeGoldens, smallSplit, smallVectors, taskGolden, weightsHash } from "../goldens.ts";
import { randomRows } from "../randomRows.ts";
import { fitLinearSvm } from "./plainLinearSvm.ts";

const noRows = new Int32Array();

async function withPool<T>(data: LabelledRows, threads: number, use: (pool: SvmPool) => Promise<T>): Promise<T> {
  const pool = await openSvmPool(data, threads);
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

describe.skipIf(!hasShared).each(["mag", "mesh"] as const)("on the small %s of the reference", (task) => {
  const golden = hasShared ? taskGolden(task) : undefined!;
  const data = hasShared ? labelledRows(smallSplit(task, "train"), smallVectors()) : undefined!;

  test("every training row is held out by the reference's fold", () => {
    expect([...stratifiedFolds(data.labels, 3)]).toEqual(golden.fold_of_train_row);
  });

  test("the weights of all 22 fits have the reference's SHA-256, unconverged ones included", async () => {
    const folds = foldRows(data.labels);
    const jobs = golden.fits_in_order.map(({ C }, index) =>
      index < 21 ? { C, ...folds[index % 3]! } : { C, rows: allRows(data.labels), heldOut: noRows },
    );
    const fits = await withPool(data, 2, (pool) => Promise.all(jobs.map(pool.fitRows)));
    expect(fits.map(({ report }) => weightsHash(report.model.weights))).toEqual(
      golden.fits_in_order.map(({ coef_sha256 }) => coef_sha256),
    );
    expect(fits.slice(0, 21).map(({ accuracy }) => accuracy)).toEqual(
      golden.fits_in_order.slice(0, 21).map(({ cv_accuracy }) => cv_accuracy),
    );
  });

  test("a fit on all rows takes the reference's epochs for every C", async () => {
    const jobs = golden.per_C_full_fit.map(({ C }) => ({ C, rows: allRows(data.labels), heldOut: noRows }));
    const fits = await withPool(data, 2, (pool) => Promise.all(jobs.map(pool.fitRows)));
    for (const [index, expected] of golden.per_C_full_fit.entries()) {
      const { report } = fits[index]!;
      expect([...report.epochs]).toEqual(expected.epochs_per_class);
      expect(report.converged.reduce((a, b) => a + b, 0)).toBe(expected.converged_msgs);
      expect(weightsHash(report.model.weights)).toBe(expected.coef_sha256);
    }
  });
});

describe.skipIf(!hasShared)("on the awkward cases of the reference", () => {
  test.each(hasShared ? Object.entries(edgeGoldens()) : [])("%s gives the same weights", async (_, golden) => {
    const labels = Int32Array.from(golden.y_train);
    const rows = allRows(labels);
    const matrix = {
      data: Float64Array.from(golden.X_train.flat()),
      dimensions: golden.X_train[0]!.length,
      labels,
      rows,
    };
    const { report } = await withPool(matrix, 1, (pool) => pool.fitRows({ C: golden.best_C, rows, heldOut: noRows }));
    expect([...report.model.weights]).toEqual(golden.coef.flat());
    expect([...fitLinearSvm(matrix, rows, golden.best_C).model.weights]).toEqual(golden.coef.flat());
  });
});

describe("the compiled kernel against the plain loop", () => {
  test.each([
    { dimensions: 1, classes: 2, rows: 9, single: false },
    { dimensions: 6, classes: 3, rows: 60, single: true },
    { dimensions: 7, classes: 4, rows: 90, single: false },
    { dimensions: 16, classes: 5, rows: 120, single: true },
  ])("gives the same bits, epochs and ends: %o", async ({ dimensions, classes, rows, single }) => {
    const data = randomRows({ dimensions, classes, rows, single, seed: dimensions });
    const subsets = [allRows(data.labels), allRows(data.labels).filter((row) => row % 4 !== 1)];
    const jobs = gridOfC.flatMap((C) => subsets.map((subset) => ({ C, rows: subset, heldOut: subsets[0]! })));
    const fits = await withPool(data, 2, (pool) => Promise.all(jobs.map(pool.fitRows)));
    for (const [index, { report, accuracy }] of fits.entries()) {
      const plain = fitLinearSvm(data, jobs[index]!.rows, jobs[index]!.C);
      expect(report).toEqual(plain);
      const predictions = predictLabels(plain.model, data);
      expect(accuracy).toBe(predictions.filter((label, row) => label === data.labels[row]).length / rows);
    }
  });

  test("rows that lack a class, or all but one, are fitted to the classes that they have", async () => {
    const data = randomRows({ dimensions: 3, classes: 3, rows: 30, single: true, seed: 5 });
    const without2 = allRows(data.labels).filter((row) => data.labels[row] !== 2);
    const only1 = allRows(data.labels).filter((row) => data.labels[row] === 1);
    const jobs = [without2, only1].map((rows) => ({ C: 1, rows, heldOut: only1 }));
    const [two, one] = await withPool(data, 1, (pool) => Promise.all(jobs.map(pool.fitRows)));
    expect(two!.report).toEqual(fitLinearSvm(data, without2, 1));
    expect(two!.report.model.weights).toHaveLength(3);
    expect(one).toMatchObject({ accuracy: 1, report: { model: { classes: Int32Array.of(1) } } });
  });

  test("a missing row is the zero vector", async () => {
    const data = randomRows({ dimensions: 4, classes: 3, rows: 40, single: false, seed: 6 });
    const dense = Float64Array.from(data.data);
    dense.fill(0, 4 * 7, 4 * 8);
    const rows = allRows(data.labels);
    const holed = { ...data, rows: rows.map((row) => (row === 7 ? -1 : row)) };
    const { report } = await withPool(holed, 1, (pool) => pool.fitRows({ C: 0.1, rows, heldOut: noRows }));
    expect(report).toEqual(fitLinearSvm({ ...data, data: dense }, rows, 0.1));
  });
});

describe("a linear model", () => {
  const predicted = (classes: number[], weights: number[], data: number[], dimensions = 2) => [
    ...predictLabels(
      { classes: Int32Array.from(classes), weights: Float64Array.from(weights), dimensions },
      { data: Float64Array.from(data), rows: Int32Array.from({ length: data.length / dimensions }, (_, row) => row) },
    ),
  ];

  test("predicts the class of the highest score, the smaller label on ties", () => {
    expect(predicted([3, 5, 9], [1, 0, 0, 1, -1, -1], [2, 1, 1, 2, -1, -1, 1, 1])).toEqual([3, 5, 9, 3]);
  });

  test("of two classes needs a score above 0 for the larger label, and of one class has no choice", () => {
    expect(predicted([3, 5], [1, -1], [2, 1, 1, 2, 1, 1])).toEqual([5, 3, 3]);
    expect(predicted([7], [], [2, 1])).toEqual([7]);
  });

  test("scores a missing row as zeros", () => {
    const model = { classes: Int32Array.of(1, 2, 3), weights: Float64Array.of(-1, 5, 9), dimensions: 1 };
    expect([...predictLabels(model, { data: Float64Array.of(4), rows: Int32Array.of(-1, 0) })]).toEqual([1, 3]);
  });
});
