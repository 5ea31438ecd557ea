import { describe, expect, test } from "vitest";
import { denseProducts } from "../../../src/learn/denseProducts.ts";
import { leadingSpectrum, preconditioner } from "../../../src/learn/svm/preconditioner.ts";
import { generator } from "../../../src/stats/random/generator.ts";

/** Rows whose X'X has the given eigenvalues, along random directions made orthonormal. */
function rowsOfSpectrum(eigenvalues: readonly number[], seed: number): Float32Array {
  const size = eigenvalues.length;
  const { normal } = generator(seed);
  const basis: number[][] = [];
  while (basis.length < size) {
    let next = Array.from({ length: size }, normal);
    for (let round = 0; round < 2; round++) {
      for (const other of basis) {
        const along = next.reduce((sum, value, i) => sum + value * other[i]!, 0);
        next = next.map((value, i) => value - along * other[i]!);
      }
    }
    const length = Math.hypot(...next);
    basis.push(next.map((value) => value / length));
  }
  return Float32Array.from(
    basis.flatMap((direction, i) => direction.map((value) => value * Math.sqrt(eigenvalues[i]!))),
  );
}

describe("the spectrum of X'X", () => {
  test("is found whole where the rows are narrow", async () => {
    const eigenvalues = [900, 100, 25, 4, 1];
    const products = await denseProducts(rowsOfSpectrum(eigenvalues, 3), 5, 1);
    const { values, rest } = await leadingSpectrum(products);
    expect([...values].sort((a, b) => b - a).map((value) => Number(value.toPrecision(4)))).toEqual(eigenvalues);
    expect(rest).toBe(0);
  });

  test("is its leading part and the mean of what is left where they are wide", async () => {
    const eigenvalues = Array.from({ length: 200 }, (_, i) => (i < 20 ? 1e4 / (i + 1) : 2));
    const products = await denseProducts(rowsOfSpectrum(eigenvalues, 5), 200, 1);
    const { vectors, values, rest } = await leadingSpectrum(products);
    expect(values.length).toBe(128);
    expect(vectors.length).toBe(200 * 128);
    const leading = [...values].sort((a, b) => b - a).slice(0, 20);
    for (const [i, value] of leading.entries()) expect(Math.abs(value / (1e4 / (i + 1)) - 1)).toBeLessThan(1e-3);
    expect(rest).toBeCloseTo(2, 2);
  });
});

test("the preconditioner undoes I + weight * X'X where the spectrum is its own description", async () => {
  const eigenvalues = Array.from({ length: 160 }, (_, i) => (i < 10 ? 5000 / (i + 1) : 3));
  const products = await denseProducts(rowsOfSpectrum(eigenvalues, 7), 160, 1);
  const C = 0.5;
  const apply = preconditioner(products, await leadingSpectrum(products), C);
  const { normal } = generator(9);
  const wanted = Float32Array.from({ length: 160 * 2 }, normal);
  const squared = await products.back(await products.scores(wanted));
  // 2 C times the share of rows that the preconditioner takes to lie within the margin.
  const image = wanted.map((value, p) => value + 2 * C * 0.15 * squared[p]!);
  for (const [p, value] of (await apply(image)).entries()) expect(Math.abs(value - wanted[p]!)).toBeLessThan(5e-3);
});
