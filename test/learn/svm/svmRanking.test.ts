import { expect, test } from "vitest";
import { denseProducts, matrixTensor } from "../../../src/learn/denseProducts.ts";
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
