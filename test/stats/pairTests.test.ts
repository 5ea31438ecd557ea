import { describe, expect, it } from "vitest";
import { macroF1Difference } from "../../src/stats/macroF1Difference.ts";
import { meanDifference } from "../../src/stats/meanDifference.ts";
import { type PairOfRuns, pairTests } from "../../src/stats/pairTests.ts";
import { generator } from "../../src/stats/random/generator.ts";
import { seededDifference } from "../../src/stats/seededDifference.ts";

const queries = Array.from({ length: 40 }, (_, i) => `query ${i}`);
const random = generator(4);
const runs = Array.from({ length: 4 }, () => [0, 1].map(() => Float64Array.from(queries, () => random.uniform())));

function pair(a: number, b: number, units: readonly string[] = queries): PairOfRuns {
  const differences = [0, 1].map((c) => {
    const [x, y] = [runs[a]![c]!, runs[b]![c]!];
    return Float64Array.from(units, (unit) => y[queries.indexOf(unit)]! - x[queries.indexOf(unit)]!);
  });
  return { key: "cite", a, b, units, statistic: meanDifference(differences) };
}

const allPairs = [0, 1, 2, 3].flatMap((b) => Array.from({ length: b }, (_, a) => [a, b] as const));

/** Draws of every test, by pair and column. */
function drawsOf(pairs: readonly PairOfRuns[], count = 50): Map<string, { observed: number; draws: number[] }> {
  const { tests, observed, draw } = pairTests(pairs, 1);
  const out = new Float64Array(tests.length);
  const rows = tests.map(({ pair: { key, a, b }, column }, index) => {
    return [`${key} ${a} ${b} ${column}`, { observed: observed[index]!, draws: [] as number[] }] as const;
  });
  for (let r = 0; r < count; r++) {
    draw(r, out);
    for (const [index, [, row]] of rows.entries()) row.draws.push(out[index]!);
  }
  return new Map(rows);
}

function expectSame(joint: ReturnType<typeof drawsOf>, alone: ReturnType<typeof drawsOf>): void {
  for (const [name, { observed, draws }] of alone) {
    const same = joint.get(name)!;
    expect(same.observed).toBeCloseTo(observed, 9);
    for (const [r, value] of draws.entries()) expect(same.draws[r]).toBeCloseTo(value, 9);
  }
}

describe("tests of all pairs of several runs", () => {
  it("draw for each pair what it would draw alone, though most are put together from others", () => {
    const joint = drawsOf(allPairs.map(([a, b]) => pair(a, b)));
    expect(joint.size).toBe(12);
    for (const [a, b] of allPairs) expectSame(joint, drawsOf([pair(a, b)]));
  });

  it("draw so where one run has scored fewer queries, too, and the same coin falls for a query in all pairs", () => {
    const fewer = queries.slice(5);
    const pairs = allPairs.map(([a, b]) => pair(a, b, b === 3 ? fewer : queries));
    const joint = drawsOf(pairs);
    for (const one of pairs) expectSame(joint, drawsOf([one]));
  });

  it("draw so where two pairs have as many queries and not the same ones", () => {
    const others = [...queries.slice(0, 30), ...queries.slice(35)];
    const pairs = [pair(0, 1, queries.slice(0, 35)), pair(0, 2, others), pair(1, 2, queries.slice(0, 35))];
    const joint = drawsOf(pairs);
    for (const one of pairs) expectSame(joint, drawsOf([one]));
  });

  it("draw so for several tasks at once, of which each has its own columns", () => {
    const cite = allPairs.map(([a, b]) => pair(a, b));
    // The same runs and queries, with the two columns exchanged.
    const view = cite.map((one): PairOfRuns => {
      const columns = [1, 0].map((c) =>
        Float64Array.from(queries, (_, i) => runs[one.b]![c]![i]! - runs[one.a]![c]![i]!),
      );
      return { ...one, key: "view", statistic: meanDifference(columns) };
    });
    const joint = drawsOf([...cite, ...view]);
    expect(joint.size).toBe(24);
    for (const one of [...cite, ...view]) expectSame(joint, drawsOf([one]));
    // The same coin falls for a query in both tasks.
    for (const [a, b] of allPairs) {
      const [x, y] = [joint.get(`cite ${a} ${b} 0`)!, joint.get(`view ${a} ${b} 1`)!];
      for (const [r, value] of x.draws.entries()) expect(y.draws[r]).toBeCloseTo(value, 9);
    }
  });

  it("draw so where a pair is missing", () => {
    const pairs = allPairs.filter(([a, b]) => !(a === 0 && b === 2)).map(([a, b]) => pair(a, b));
    const joint = drawsOf(pairs);
    for (const one of pairs) expectSame(joint, drawsOf([one]));
  });

  it("draw so for labels, which are counted run by run, and where two pairs number the classes otherwise", () => {
    const truth = Int32Array.from(queries, (_, i) => i % 3);
    const given = runs.map(() =>
      truth.map((label) => (random.uniform() < 0.6 ? label : Math.floor(3 * random.uniform()))),
    );
    const labelled = (a: number, b: number, turned = false): PairOfRuns => {
      const coded = (labels: Int32Array): Int32Array => (turned ? labels.map((label) => 2 - label) : labels);
      const statistic = macroF1Difference(coded(truth), coded(given[a]!), coded(given[b]!), 3);
      return { key: "mag", a, b, units: queries, statistic };
    };
    const joint = drawsOf(allPairs.map(([a, b]) => labelled(a, b)));
    const mixed = drawsOf(allPairs.map(([a, b], index) => labelled(a, b, index === 2)));
    for (const [a, b] of allPairs) {
      expectSame(joint, drawsOf([labelled(a, b)]));
      expectSame(mixed, drawsOf([labelled(a, b)]));
    }
  });

  it("are standardised: draws of each have a mean square of about 1", () => {
    for (const { draws } of drawsOf(
      allPairs.map(([a, b]) => pair(a, b)),
      3000,
    ).values()) {
      expect(draws.reduce((sum, value) => sum + value ** 2 / draws.length, 0)).toBeCloseTo(1, 0);
    }
  });

  it("stand still where nothing differs", () => {
    const same: PairOfRuns = { ...pair(0, 1), statistic: meanDifference([new Float64Array(40)]) };
    const [row] = [...drawsOf([same]).values()];
    expect(row!.observed).toBe(0);
    expect(row!.draws.every((value) => value === 0)).toBe(true);
  });

  it("vary with the seeds, pairs that share a run together, and leave out what comes from one seed", () => {
    const weights = new Float64Array(40).fill(1);
    const levels = runs.map(() => [0.2 * random.normal(), 0.2 * random.normal(), 0.2 * random.normal()]);
    const scores = (run: number, seeds: number) => ({
      metrics: [levels[run]!.slice(0, seeds).map((level) => new Float64Array(40).fill(0.5 + level))],
    });
    const clicks = (a: number, b: number, paired: boolean, seeds = 3): PairOfRuns => ({
      key: "recomm",
      a,
      b,
      units: queries,
      statistic: seededDifference(weights, scores(a, seeds), scores(b, 3), paired),
    });
    const unpaired = drawsOf([clicks(0, 1, false), clicks(0, 2, false), clicks(1, 2, false)], 2000);
    const correlation = (x: readonly number[], y: readonly number[]): number =>
      x.reduce((sum, value, r) => sum + (value * y[r]!) / x.length, 0);
    const [first, second, third] = [...unpaired.values()].map(({ draws }) => draws);
    // Pairs 0 1 and 0 2 share run 0 on the same side; 0 1 and 1 2 share run 1 on opposite sides of the difference.
    expect(Math.abs(correlation(first!, second!))).toBeGreaterThan(0.05);
    expect(Math.abs(correlation(first!, third!))).toBeGreaterThan(0.05);
    expect(drawsOf([clicks(0, 1, true), clicks(0, 2, false, 1)]).size).toBe(1);
  });

  it("vary with one draw of the seeds in all pairs that are compared seed by seed, for these are the same seeds", () => {
    const weights = new Float64Array(40).fill(1);
    const levels = [
      [0.5, 0.5, 0.5],
      [0.6, 0.4, 0.5],
      [0.7, 0.5, 0.6],
    ];
    const scores = (run: number) => ({ metrics: [levels[run]!.map((level) => new Float64Array(40).fill(level))] });
    const clicks = (a: number, b: number): PairOfRuns => ({
      key: "recomm",
      a,
      b,
      units: queries,
      statistic: seededDifference(weights, scores(a), scores(b), true),
    });
    // Runs 1 and 2 differ from run 0 by the same deviations, so that without the coins they vary alike.
    const same = (one: PairOfRuns): PairOfRuns => ({
      ...one,
      statistic: { ...one.statistic, exchanged: (_, out) => out.fill(0), coefficients: null },
    });
    const [first, second] = [...drawsOf([same(clicks(0, 1)), same(clicks(0, 2))]).values()];
    expect(first!.draws.some((value) => Math.abs(value) > 0.5)).toBe(true);
    for (const [r, value] of first!.draws.entries()) expect(second!.draws[r]).toBeCloseTo(value, 9);
  });
});
