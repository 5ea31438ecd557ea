import { describe, expect, test } from "vitest";
import { fitLinearSvm, predictLabels } from "../../src/learn/linearSvm.ts";
import { stratifiedFolds } from "../../src/learn/stratifiedFolds.ts";
import { accuracyOf, foldRows } from "../../src/learn/svmSearch.ts";
import { gatherRows } from "../../src/tasks/classification.ts";
import { hasShared } from "../shared.ts";
import { edgeGoldens, smallSplit, smallVectors, taskGolden, weightsHash } from "./goldens.ts";

describe.skipIf(!hasShared).each(["mag", "mesh"] as const)("on the small %s of the reference", (task) => {
  const golden = hasShared ? taskGolden(task) : undefined!;
  const matrix = hasShared ? gatherRows(smallSplit(task, "train"), smallVectors()) : undefined!;

  test("every training row is held out by the reference's fold", () => {
    expect([...stratifiedFolds(matrix.labels, 3)]).toEqual(golden.fold_of_train_row);
  });

  test("the weights of all 22 fits have the reference's SHA-256, unconverged ones included", () => {
    const folds = foldRows(matrix.labels);
    const all = Int32Array.from(matrix.labels, (_, row) => row);
    for (const [index, expected] of golden.fits_in_order.entries()) {
      const { train, heldOut } = folds[index % 3]!;
      const isRefit = index === golden.fits_in_order.length - 1;
      const { model } = fitLinearSvm(matrix, isRefit ? all : train, expected.C);
      expect(weightsHash(model.weights), `fit ${index}`).toBe(expected.coef_sha256);
      if (isRefit) continue;
      expect(accuracyOf(matrix.labels, heldOut, predictLabels(model, matrix, heldOut))).toBe(expected.cv_accuracy);
    }
  });

  test("a fit on all rows takes the reference's epochs for every C", () => {
    const all = Int32Array.from(matrix.labels, (_, row) => row);
    for (const expected of golden.per_C_full_fit) {
      const report = fitLinearSvm(matrix, all, expected.C);
      expect([...report.epochs]).toEqual(expected.epochs_per_class);
      expect(report.converged.reduce((a, b) => a + b, 0)).toBe(expected.converged_msgs);
      expect(weightsHash(report.model.weights)).toBe(expected.coef_sha256);
    }
  });
});

describe.skipIf(!hasShared)("on the awkward cases of the reference", () => {
  test.each(hasShared ? Object.entries(edgeGoldens()) : [])("%s gives the same weights", (_, golden) => {
    const matrix = {
      data: Float64Array.from(golden.X_train.flat()),
      dimensions: golden.X_train[0]!.length,
      labels: Int32Array.from(golden.y_train),
    };
    const rows = Int32Array.from(golden.y_train, (_, row) => row);
    const { model } = fitLinearSvm(matrix, rows, golden.best_C);
    expect([...model.weights]).toEqual(golden.coef.flat());
  });
});
