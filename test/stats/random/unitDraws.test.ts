import { describe, expect, it } from "vitest";
import { unitDraws } from "../../../src/stats/random/unitDraws.ts";

const ids = Array.from({ length: 60 }, (_, index) => `paper ${index}`);
const draws = 4000;

function countsOf(given: readonly string[], seed = 1): Uint8Array[] {
  const random = unitDraws(given, seed);
  return Array.from({ length: draws }, (_, r) => {
    const into = new Uint8Array(given.length);
    random.counts(r, into);
    return into;
  });
}

function signsOf(given: readonly string[], seed = 1): Int8Array[] {
  const random = unitDraws(given, seed);
  return Array.from({ length: draws }, (_, r) => {
    const into = new Int8Array(given.length);
    random.signs(r, into);
    return into;
  });
}

/** Covariance of two units' draws. */
function covariance(rows: readonly ArrayLike<number>[], i: number, j: number): number {
  const mean = (unit: number): number => rows.reduce((sum, row) => sum + row[unit]! / rows.length, 0);
  const [mi, mj] = [mean(i), mean(j)];
  return rows.reduce((sum, row) => sum + ((row[i]! - mi) * (row[j]! - mj)) / rows.length, 0);
}

describe("draws of units", () => {
  it("belong to the id, not to its place or its company", () => {
    const alone = countsOf(["paper 7"]);
    const among = countsOf(ids);
    expect(alone.map((row) => row[0])).toEqual(among.map((row) => row[7]));
    const turned = signsOf([...ids].reverse());
    expect(turned.slice(0, 100).map((row) => row[0])).toEqual(
      signsOf(ids)
        .slice(0, 100)
        .map((row) => row[59]),
    );
  });

  it("are these in every version, so that a comparison can be repeated to the last digit", () => {
    const random = unitDraws(ids.slice(0, 12), 42);
    const [counts, signs] = [new Uint8Array(12), new Int8Array(12)];
    const text = (r: number): string => {
      random.counts(r, counts);
      random.signs(r, signs);
      return `${counts.join("")} ${Array.from(signs, (sign) => (sign > 0 ? "+" : "-")).join("")}`;
    };
    expect([0, 1, 2, 31, 32, 10_000].map(text)).toEqual([
      "311001011120 --+---+++--+",
      "100012100121 +-++-+++-++-",
      "101112132031 +--+-++-+-++",
      "203110002000 +--+---+++--",
      "034010000010 ----++----++",
      "000220001101 --++-++++-+-",
    ]);
  });

  it("change with the seed", () => {
    expect(countsOf(ids, 1).slice(0, 5)).not.toEqual(countsOf(ids, 2).slice(0, 5));
    expect(signsOf(ids, 1).slice(0, 5)).not.toEqual(signsOf(ids, 2).slice(0, 5));
  });

  it("are the same whatever order they are asked for in", () => {
    const random = unitDraws(ids, 3);
    const [early, signs, late, again] = [new Uint8Array(60), new Int8Array(60), new Uint8Array(60), new Uint8Array(60)];
    random.counts(5, early);
    random.signs(40, signs);
    random.counts(1000, late);
    random.counts(5, again);
    expect(again).toEqual(early);
    expect(late).not.toEqual(early);
  });

  it("count like Poisson numbers: mean 1, variance 1, no unit tied to another or to its own last draw", () => {
    const rows = countsOf(ids);
    const flat = rows.flatMap((row) => [...row]);
    const mean = flat.reduce((sum, value) => sum + value, 0) / flat.length;
    expect(mean).toBeCloseTo(1, 2);
    expect(flat.reduce((sum, value) => sum + (value - mean) ** 2, 0) / flat.length).toBeCloseTo(1, 1);
    expect(flat.filter((value) => value === 0).length / flat.length).toBeCloseTo(Math.exp(-1), 2);
    // A covariance of two independent Poisson numbers over 4,000 draws has a standard error of 0.016.
    for (let unit = 1; unit < 60; unit++) expect(Math.abs(covariance(rows, unit - 1, unit))).toBeLessThan(0.065);
    const lagged = rows.slice(1).map((row, r) => [row[0]!, rows[r]![0]!]);
    expect(Math.abs(covariance(lagged, 0, 1))).toBeLessThan(0.065);
  });

  it("turn signs like fair coins, no unit tied to another or to its own last draw", () => {
    const rows = signsOf(ids);
    const flat = rows.flatMap((row) => [...row]);
    expect(flat.every((sign) => sign === 1 || sign === -1)).toBe(true);
    expect(flat.reduce((sum, sign) => sum + sign, 0) / flat.length).toBeCloseTo(0, 2);
    for (let unit = 1; unit < 60; unit++) expect(Math.abs(covariance(rows, unit - 1, unit))).toBeLessThan(0.065);
    const lagged = rows.slice(1).map((row, r) => [row[0]!, rows[r]![0]!]);
    expect(Math.abs(covariance(lagged, 0, 1))).toBeLessThan(0.065);
  });
});
