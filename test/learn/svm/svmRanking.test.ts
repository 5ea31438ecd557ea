import { expect, test } from "vitest";
import { denseProducts, guardedProducts, matrixTensor } from "../../../src/learn/denseProducts.ts";
import { predictLabels } from "../../../src/learn/svm/linearSvm.ts";
import { leadingSpectrum, preconditioner } from "../../../src/learn/svm/preconditioner.ts";
import { newtonStep, type SvmColumns, zeroState } from "../../../src/learn/svm/svmOptimum.ts";
import { rankByOptimum } from "../../../src/learn/svm/svmRanking.ts";
import { allRows, foldRows } from "../../../src/learn/svm/svmSearch.ts";
import { randomRows } from "../randomRows.ts";
import { fitLinearSvm } from "./plainLinearSvm.ts";

const data = randomRows({ dimensions: 8, classes: 3, rows: 150, single: true, seed: 4 });
const { dimensions, labels } = data;
const all = allRows(labels);
const products = await denseProducts(Float32Array.from(data.data), 150, 1);

test("products on ONNX Runtime are those of the definition", async () => {
  const x = await denseProducts(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 1);
  expect([...(await x.scores(Float32Array.of(1, 0, 0, 1)))]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...(await x.back(Float32Array.of(1, 1, 1)))]).toEqual([9, 12]);
  expect(x.squaredNorm).toBe(91);
  expect([...(await x.hessian(Float32Array.of(1, 0), matrixTensor(Float32Array.of(1, 0, 2), 3)))]).toEqual([51, 62]);
  const half = matrixTensor(Float32Array.of(0.5, 0, 0, 0.5), 2);
  const weights = matrixTensor(Float32Array.of(1, 3), 2);
  expect([...(await x.around(half, half, Float32Array.of(8, 4), weights))]).toEqual([2, 3]);
});

test("guarded products are the same, with a look around before each that can end the work", async () => {
  const x = await denseProducts(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 1);
  let looks = 0;
  const guarded = guardedProducts(x, () => {
    looks++;
    if (looks > 4) throw new Error("enough");
  });
  expect([guarded.rows, guarded.dimensions, guarded.squaredNorm]).toEqual([3, 2, 91]);
  const [columns, residuals] = [Float32Array.of(1, 0, 0, 1), Float32Array.of(1, 1, 1)];
  const curvature = matrixTensor(Float32Array.of(1, 0, 2), 3);
  const half = matrixTensor(Float32Array.of(0.5, 0, 0, 0.5), 2);
  const weights = matrixTensor(Float32Array.of(1, 3), 2);
  expect(await guarded.scores(columns)).toEqual(await x.scores(columns));
  expect(await guarded.back(residuals)).toEqual(await x.back(residuals));
  expect(await guarded.hessian(Float32Array.of(1, 0), curvature)).toEqual(
    await x.hessian(Float32Array.of(1, 0), curvature),
  );
  expect(await guarded.around(half, half, Float32Array.of(8, 4), weights)).toEqual(
    await x.around(half, half, Float32Array.of(8, 4), weights),
  );
  expect(looks).toBe(4);
  await expect(guarded.back(residuals)).rejects.toThrow("enough");
});

test("Newton steps arrive at the weights to which coordinate descent converges", async () => {
  const signs = new Int8Array(150 * 3);
  for (const row of all) for (let k = 0; k < 3; k++) signs[row * 3 + k] = labels[row] === k ? 1 : -1;
  const columns: SvmColumns = { products, count: 3, signs };
  const spectrum = await leadingSpectrum(products);
  const state = zeroState(columns);
  for (const C of [0.01, 0.1]) {
    const precondition = preconditioner(products, spectrum, C);
    let gain = 1;
    for (let step = 0; step < 12; step++) {
      ({ gain } = await newtonStep(columns, state, C, precondition, { residual: 1e-3, maxIterations: 50 }));
    }
    expect(gain).toBeLessThan(1e-6);
    const plain = fitLinearSvm(data, all, C);
    expect([...plain.converged]).toEqual([1, 1, 1]);
    for (let k = 0; k < 3; k++) {
      for (let j = 0; j < dimensions; j++) {
        expect(state.weights[j * 3 + k]).toBeCloseTo(plain.model.weights[k * dimensions + j]!, 2);
      }
    }
  }
});

/** The objective of a column, written out: half the squared weights and C times the squared shortfalls of its rows. */
function objective(signs: Int8Array, weights: Float32Array, column: number, count: number, C: number): number {
  const w = Array.from({ length: dimensions }, (_, j) => weights[j * count + column]!);
  let losses = 0;
  for (const row of all) {
    const sign = signs[row * count + column]!;
    if (sign === 0) continue;
    const score = w.reduce((sum, value, j) => sum + value * data.data[row * dimensions + j]!, 0);
    losses += Math.max(0, 1 - sign * score) ** 2;
  }
  return w.reduce((sum, value) => sum + value * value, 0) / 2 + C * losses;
}

test("a Newton step lowers every column's objective, says by how much the most, and keeps weights and scores together", async () => {
  // Of the two columns the second leaves out a third of the rows.
  const signs = Int8Array.from({ length: 300 }, (_, p) => {
    const [row, column] = [p >> 1, p & 1];
    if (column === 1 && row % 3 === 0) return 0;
    return labels[row] === column ? 1 : -1;
  });
  const columns: SvmColumns = { products, count: 2, signs };
  const state = zeroState(columns);
  const spectrum = await leadingSpectrum(products);
  for (const C of [0.01, 1, 100]) {
    for (let step = 0; step < 3; step++) {
      const before = [0, 1].map((column) => objective(signs, state.weights, column, 2, C));
      const precision = { residual: 0.1, maxIterations: 30 };
      const { gain, products: used } = await newtonStep(
        columns,
        state,
        C,
        preconditioner(products, spectrum, C),
        precision,
      );
      const later = [0, 1].map((column) => objective(signs, state.weights, column, 2, C));
      for (const column of [0, 1]) expect(later[column]!).toBeLessThanOrEqual(before[column]! * (1 + 1e-6));
      expect(gain).toBeCloseTo(Math.max(...later.map((value, column) => (before[column]! - value) / value)), 4);
      expect(used).toBeGreaterThan(1);
      expect(used).toBeLessThanOrEqual(31);
      const scores = await products.scores(state.weights);
      for (const [p, score] of scores.entries()) expect(Math.abs(state.scores[p]! - score)).toBeLessThan(1e-3);
    }
  }
});

test("a row that a column holds out has no say in its weights", async () => {
  const spectrum = await leadingSpectrum(products);
  const weightsWith = async (held: Int32Array): Promise<Float32Array> => {
    const signs = Int8Array.from(labels, (label, row) => (held.includes(row) ? 0 : label === 1 ? 1 : -1));
    const columns: SvmColumns = { products, count: 1, signs };
    const state = zeroState(columns);
    const precondition = preconditioner(products, spectrum, 0.1);
    for (let step = 0; step < 8; step++) {
      await newtonStep(columns, state, 0.1, precondition, { residual: 1e-3, maxIterations: 50 });
    }
    return state.weights;
  };
  const held = all.filter((row) => row % 4 === 0);
  const kept = all.filter((row) => row % 4 !== 0);
  const binary = { ...data, labels: labels.map((label) => (label === 1 ? 1 : 0)) };
  const plain = fitLinearSvm(binary, kept, 0.1).model.weights;
  for (const [j, weight] of (await weightsWith(held)).entries()) expect(weight).toBeCloseTo(plain[j]!, 2);
});

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
