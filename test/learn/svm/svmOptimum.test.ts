import { describe, expect, test } from "vitest";
import { type DenseProducts, denseProducts } from "../../../src/learn/denseProducts.ts";
import { allRows } from "../../../src/learn/svm/linearSvm.ts";
import { leadingSpectrum, preconditioner } from "../../../src/learn/svm/preconditioner.ts";
import { newtonStep, type SvmColumns, zeroState } from "../../../src/learn/svm/svmOptimum.ts";
import { randomRows } from "../randomRows.ts";
import { fitLinearSvm } from "./plainLinearSvm.ts";

const data = randomRows({ dimensions: 8, classes: 3, rows: 150, single: true, seed: 4 });
const { dimensions, labels } = data;
const all = allRows(labels);
const products = await denseProducts(Float32Array.from(data.data), 150, 1);

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

/** No preconditioning: directions are those of plain conjugate gradients. */
const plainly = async (columns: Float32Array): Promise<Float32Array> => columns.slice();

describe("the direction of a step", () => {
  /** One of each class against the others, and a column whose only rows are papers without a vector. */
  const signsOf = (columns: readonly number[]): Int8Array =>
    Int8Array.from({ length: 150 * columns.length }, (_, p) =>
      labels[Math.floor(p / columns.length)] === columns[p % columns.length] ? 1 : -1,
    );

  test("solves Newton's equations after as many iterations as there are dimensions, for every column", async () => {
    const signs = signsOf([0, 1, 2]);
    const state = zeroState({ products, count: 3, signs });
    const C = 0.1;
    const { products: used } = await newtonStep({ products, count: 3, signs }, state, C, plainly, {
      residual: 0,
      maxIterations: dimensions,
    });
    expect(used).toBe(dimensions + 1);
    // At zero weights every row is within the margin: one step gives the least squares of the signs.
    for (let k = 0; k < 3; k++) {
      const w = Array.from({ length: dimensions }, (_, j) => state.weights[j * 3 + k]!);
      for (let j = 0; j < dimensions; j++) {
        let slope = w[j]!;
        for (const row of all) {
          const x = data.data.subarray(row * dimensions, (row + 1) * dimensions);
          const score = w.reduce((sum, value, i) => sum + value * x[i]!, 0);
          slope -= 2 * C * signs[row * 3 + k]! * x[j]! * (1 - signs[row * 3 + k]! * score);
        }
        expect(Math.abs(slope)).toBeLessThan(1e-3);
      }
    }
  });

  test("is sought until every column's residual has fallen to the share asked for, and no longer", async () => {
    const used = async (columns: readonly number[], residual: number): Promise<number> => {
      const problem = { products, count: columns.length, signs: signsOf(columns) };
      return (await newtonStep(problem, zeroState(problem), 0.1, plainly, { residual, maxIterations: 50 })).products;
    };
    const alone = [await used([0], 0.01), await used([1], 0.01), await used([2], 0.01)];
    expect(new Set(alone).size).toBeGreaterThan(1);
    expect(await used([0, 1, 2], 0.01)).toBe(Math.max(...alone));
    expect(Math.max(...alone)).toBeLessThan(dimensions + 1);
    expect(await used([0], 0.3)).toBeLessThan(alone[0]!);
  });

  test("is none for a column that learns from papers without a vector alone, whatever the others' are", async () => {
    const holed = Float32Array.from(data.data);
    holed.fill(0, 0, 2 * dimensions);
    const own = await denseProducts(holed, 150, 1);
    const first = Int8Array.from(labels, (label) => (label === 1 ? 1 : -1));
    const pair = Int8Array.from({ length: 300 }, (_, p) => (p % 2 === 0 ? (p < 4 ? 1 - p : 0) : first[p >> 1]!));
    const [one, two] = [
      zeroState({ products: own, count: 1, signs: first }),
      zeroState({ products: own, count: 2, signs: pair }),
    ];
    const precision = { residual: 0.01, maxIterations: 20 };
    for (let step = 0; step < 2; step++) {
      const single = await newtonStep({ products: own, count: 1, signs: first }, one, 1, plainly, precision);
      const both = await newtonStep({ products: own, count: 2, signs: pair }, two, 1, plainly, precision);
      expect(both.products).toBe(single.products);
      expect(both.gain).toBeCloseTo(single.gain, 4);
    }
    expect([...two.weights].filter((_, p) => p % 2 === 0)).toEqual(new Array(dimensions).fill(0));
    for (const [j, weight] of one.weights.entries()) expect(two.weights[2 * j + 1]).toBeCloseTo(weight, 4);
  });
});

describe("the length of a step", () => {
  // One dimension, where the objective at small weights is a parabola with its lowest point at `lowest`.
  const x = [1, 2, -1, 0.5];
  const signs = [1, 1, -1, -1];
  const C = 0.01;
  const objectiveAt = (w: number): number =>
    (w * w) / 2 + C * x.reduce((sum, value, i) => sum + Math.max(0, 1 - signs[i]! * value * w) ** 2, 0);
  const lowest = (2 * C * 3.5) / (1 + 2 * C * 6.25);

  /** Products in whose eyes each column is so many times less curved than it is: its direction is so many times too long. */
  const overshooting = async (times: readonly number[]): Promise<DenseProducts> => {
    const own = await denseProducts(Float32Array.from(x), 4, 1);
    return {
      ...own,
      hessian: async (columns, curvature) =>
        (await own.hessian(columns, curvature)).map((value, m) => (value + columns[m]!) / times[m]! - columns[m]!),
    };
  };

  async function stepOf(times: readonly number[]) {
    const own = await overshooting(times);
    const problem = {
      products: own,
      count: times.length,
      signs: Int8Array.from(signs.flatMap((sign) => times.map(() => sign))),
    };
    const state = zeroState(problem);
    const { gain } = await newtonStep(problem, state, C, plainly, { residual: 0, maxIterations: 1 });
    return { state, gain };
  }

  test.each([
    { times: 1, length: 1 },
    { times: 1.99, length: 1 },
    // As high as before, but for half of what a step must gain at least: a ten-thousandth of what the slope promises.
    { times: 2 * (1 - 5e-5), length: 1 / 2 },
    { times: 3, length: 1 / 2 },
    // Twice what must be gained with half the length.
    { times: 4 * (1 - 1e-4), length: 1 / 2 },
    { times: 5, length: 1 / 4 },
    { times: 300, length: 1 / 256 },
    { times: 1000, length: 0 },
  ])(
    "is the first of 1, 1/2, 1/4, … 1/256 that gains enough, or none: $times times too far",
    async ({ times, length }) => {
      const { state, gain } = await stepOf([times]);
      const w = length * times * lowest;
      expect(state.weights[0]).toBeCloseTo(w, 5);
      for (const [row, value] of x.entries()) expect(state.scores[row]).toBeCloseTo(w * value, 5);
      expect(gain).toBeCloseTo((objectiveAt(0) - objectiveAt(w)) / objectiveAt(w), 5);
    },
  );

  test("is each column's own", async () => {
    const { state, gain } = await stepOf([3, 1000, 1, 5]);
    for (const [m, w] of [1.5 * lowest, 0, lowest, 1.25 * lowest].entries()) {
      expect(state.weights[m]).toBeCloseTo(w, 5);
      for (const [row, value] of x.entries()) expect(state.scores[4 * row + m]).toBeCloseTo(w * value, 5);
    }
    expect(gain).toBeCloseTo((objectiveAt(0) - objectiveAt(lowest)) / objectiveAt(lowest), 5);
  });
});
