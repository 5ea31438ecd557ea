import { expect, test } from "vitest";
import { type DenseProducts, denseProducts } from "../../../src/learn/denseProducts.ts";
import { allRows, predictLabels } from "../../../src/learn/svm/linearSvm.ts";
import { type FoldRows, type RankedC, rankByOptimum } from "../../../src/learn/svm/svmRanking.ts";
import { foldRows } from "../../../src/learn/svm/svmSearch.ts";
import { randomRows } from "../randomRows.ts";
import { fitLinearSvm } from "./plainLinearSvm.ts";

const data = randomRows({ dimensions: 8, classes: 3, rows: 150, single: true, seed: 4 });
const { labels } = data;
const products = await denseProducts(Float32Array.from(data.data), 150, 1);

test.each([2, 3, 5])(
  "accuracies and what they can be are those of converged fits, fold by fold: %i classes",
  async (classes) => {
    const own = randomRows({ dimensions: 8, classes, rows: 150, single: true, seed: 40 + classes });
    const x = await denseProducts(Float32Array.from(own.data), 150, 1);
    const folds = foldRows(own.labels);
    const settled: number[] = [];
    for await (const { C, foldAccuracies, accuracy, bracket, state } of rankByOptimum(x, own.labels, folds)) {
      if (C > 0.1 || state !== "optimum") continue;
      settled.push(C);
      const outcomes = folds.map(({ rows, heldOut }) => {
        const { model, converged } = fitLinearSvm(own, rows, C);
        expect(converged.every((one) => one === 1)).toBe(true);
        const right = predictLabels(model, { data: own.data, rows: heldOut }).map((label, i) =>
          Number(label === own.labels[heldOut[i]!]),
        );
        const leads = Array.from(heldOut, (row) => {
          const problems = model.weights.length / 8;
          const scores = Array.from({ length: problems }, (_, k) =>
            Array.from({ length: 8 }, (__, j) => model.weights[k * 8 + j]! * own.data[row * 8 + j]!).reduce(
              (a, b) => a + b,
            ),
          );
          const truth = own.labels[row]!;
          if (problems === 1) return truth === 1 ? scores[0]! : -scores[0]!;
          return scores[truth]! - Math.max(...scores.filter((_, k) => k !== truth));
        });
        const share = (beyond: number): number => leads.filter((lead) => lead > beyond).length / heldOut.length;
        return {
          accuracy: right.reduce((a, b) => a + b) / heldOut.length,
          lowest: share(0.004),
          highest: share(-0.004),
        };
      });
      const mean = (of: "accuracy" | "lowest" | "highest") => outcomes.reduce((sum, one) => sum + one[of] / 3, 0);
      for (const [fold, outcome] of outcomes.entries()) expect(foldAccuracies[fold]).toBeCloseTo(outcome.accuracy, 12);
      expect(accuracy).toBeCloseTo(mean("accuracy"), 12);
      expect(bracket.lowest).toBeCloseTo(mean("lowest"), 12);
      expect(bracket.highest).toBeCloseTo(mean("highest"), 12);
    }
    expect(settled.length).toBeGreaterThan(1);
  },
);

test("every C gets a verdict, and none within the margin of the best is ruled out", async () => {
  const ranked = [];
  for await (const next of rankByOptimum(products, labels, foldRows(labels))) ranked.push(next);
  expect(ranked.map(({ C }) => C)).toEqual([0.0001, 0.001, 0.01, 0.1, 1, 10, 100]);
  const best = Math.max(...ranked.map(({ accuracy }) => accuracy));
  for (const { state, accuracy, optimistic, bracket } of ranked) {
    expect(bracket.lowest).toBeLessThanOrEqual(accuracy);
    expect(bracket.highest).toBeGreaterThanOrEqual(accuracy);
    expect(optimistic).toBeGreaterThanOrEqual(accuracy);
    if (state === "ruled-out") expect(accuracy).toBeLessThan(best - 0.005);
  }
});

test("from C = 1 on, where the reference stops short of the optimum, a C may reach half-way to the next smaller one's accuracy", async () => {
  const noisy = randomRows({ dimensions: 8, classes: 3, rows: 150, single: true, seed: 1 });
  const own = await denseProducts(Float32Array.from(noisy.data), 150, 1);
  let previous = 0;
  let allowed = 0;
  for await (const { C, accuracy, optimistic, state } of rankByOptimum(own, noisy.labels, foldRows(noisy.labels))) {
    if (state === "optimum") {
      expect(optimistic).toBe(C < 1 ? accuracy : Math.max(accuracy, (accuracy + previous) / 2));
      if (C === 1 && optimistic > accuracy) allowed++;
    }
    previous = accuracy;
  }
  // The accuracy falls from 0.1 to 1 here, so that there is something to allow for.
  expect(allowed).toBe(1);
});

/** The verdict on every C, and how many Newton steps each took: a step asks for one gradient. */
async function verdicts(products: DenseProducts, labels: Int32Array, folds: readonly FoldRows[]) {
  let gradients = 0;
  const counted: DenseProducts = {
    ...products,
    back: (residuals) => {
      gradients++;
      return products.back(residuals);
    },
  };
  const found: (RankedC & { readonly steps: number })[] = [];
  // The spectrum asks for as many as it has rounds.
  let before = 2;
  for await (const ranked of rankByOptimum(counted, labels, folds)) {
    found.push({ ...ranked, steps: gradients - before });
    before = gradients;
  }
  return found;
}

test("a C is given up once it is out of the best one's sight by half a point and as much again as its last step moved", async () => {
  const crowded = randomRows({ dimensions: 20, classes: 3, rows: 100, single: true, seed: 2 });
  const own = await denseProducts(Float32Array.from(crowded.data), 100, 1);
  const ranked = await verdicts(own, crowded.labels, foldRows(crowded.labels));
  expect(ranked.map(({ state }) => state)).toEqual(["optimum", "optimum", ...new Array(5).fill("ruled-out")]);
  const best = Math.max(...ranked.map(({ accuracy }) => accuracy));
  for (const [index, { C, accuracy, optimistic, steps, state }] of ranked.entries()) {
    if (state === "optimum") continue;
    expect(optimistic).toBeLessThan(best - 0.005);
    // A first step of a C below 1 goes most of the way: only the second tells how far the next may go.
    expect(steps).toBe(C < 1 ? 2 : 1);
    const before = ranked[index - 1]!.accuracy;
    if (C >= 1) {
      expect(optimistic).toBeCloseTo(Math.max(accuracy, (accuracy + before) / 2) + Math.abs(accuracy - before), 12);
    }
  }
});

test("a C that ten steps do not settle, and that may still be the best, is left open", async () => {
  // A curvature of twenty times the true one makes every step too short.
  const short: DenseProducts = {
    ...products,
    hessian: async (columns, curvature) => (await products.hessian(columns, curvature)).map((value) => 20 * value),
  };
  const ranked = await verdicts(short, labels, foldRows(labels));
  const open = ranked.filter(({ state }) => state === "open");
  expect(open.map(({ C }) => C)).toEqual([0.01]);
  expect(open[0]!.steps).toBe(10);
  expect(open[0]!.accuracy).toBe(Math.max(...ranked.map(({ accuracy }) => accuracy)));
  expect(open[0]!.foldAccuracies).toHaveLength(3);
});

test.each([2, 3])(
  "papers without a vector, and of a class that a fold trains without, count as its fit predicts them: %i classes",
  async (classes) => {
    const own = randomRows({ dimensions: 4, classes, rows: 60, single: true, seed: 50 + classes });
    const matrix = Float32Array.from(own.data);
    // Two rows of each class without a vector, and one class more that has a single row, which one of the folds holds out.
    for (let label = 0; label < classes; label++) {
      for (const row of allRows(own.labels)
        .filter((row) => own.labels[row] === label)
        .slice(0, 2))
        matrix.fill(0, 4 * row, 4 * row + 4);
    }
    const lone = own.labels.with(59, classes);
    const x = await denseProducts(matrix, 60, 1);
    const rows = allRows(lone);
    const folds: FoldRows[] = [0, 1].map((fold) => ({
      rows: rows.filter((row) => row % 2 !== fold),
      heldOut: rows.filter((row) => row % 2 === fold),
    }));
    const settled: number[] = [];
    for (const { C, state, foldAccuracies } of await verdicts(x, lone, folds)) {
      if (C > 0.1 || state !== "optimum") continue;
      settled.push(C);
      for (const [fold, { rows: trained, heldOut }] of folds.entries()) {
        const { model } = fitLinearSvm({ data: matrix, dimensions: 4, labels: lone }, trained, C);
        const right = predictLabels(model, { data: matrix, rows: heldOut }).filter(
          (label, i) => label === lone[heldOut[i]!],
        );
        expect(foldAccuracies[fold]).toBeCloseTo(right.length / heldOut.length, 12);
      }
    }
    expect(settled.length).toBeGreaterThan(1);
  },
);
