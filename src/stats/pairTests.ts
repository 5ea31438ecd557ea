import { seedShare, seedVariances } from "./drawnDifference.ts";
import { normalScore } from "./fewSeeds.ts";
import { addSeeds, fromOneSeed, labelCounts, type RunLabels, type SeedPart } from "./pairedStatistic.ts";
import { unitDraws } from "./random/unitDraws.ts";
import { type ResampledTask, seedStream, shareUnits } from "./resample.ts";

/** Two of several runs, by their numbers, in one task. */
export interface PairOfRuns extends ResampledTask {
  readonly a: number;
  readonly b: number;
}

/** One difference that is tested: a column of a pair. */
export interface PairTest {
  readonly pair: PairOfRuns;
  readonly column: number;
}

/** All tests of all pairs, drawn together. */
export interface PairTests {
  readonly tests: readonly PairTest[];
  /** Standardised differences B minus A, in the tests' order. */
  readonly observed: Float64Array;
  /** Writes draw `r` of all tests under exchange, standardised. Seeds are drawn as the calls come: ask for each `r` once, in order. */
  readonly draw: (r: number, out: Float64Array) => void;
}

/** Draws that settle the scale of each test before the counting begins. */
const pilotDraws = 400;

/** Writes a pair's exchanged differences to `out` from `at` on. */
type Exchange = (signs: readonly Int8Array[], out: Float64Array) => void;

const sameUnits = (x: Uint32Array, y: Uint32Array): boolean =>
  x.length === y.length && x.every((place, item) => place === y[item]);

/**
 * Where a difference is a plain sum over items that all runs scored, each pair's follows from two runs' differences to a
 * third: of 190 pairs of 20 runs, 19 are summed.
 */
function throughOneRun(pairs: readonly PairOfRuns[], firstTest: readonly number[], group: number): Exchange | null {
  const base = Math.min(...pairs.map(({ a }) => a));
  const toBase = new Map(pairs.filter(({ a }) => a === base).map((pair) => [pair.b, pair.statistic.coefficients]));
  const runs = [...toBase.keys()];
  const complete = pairs.every(
    ({ a, b, statistic }) => statistic.coefficients !== null && (a === base || toBase.has(a)) && toBase.has(b),
  );
  const [first] = pairs;
  if (!complete || first === undefined) return null;
  const columns = first.statistic.observed.length;
  const width = runs.length * columns;
  const items = first.statistic.items;
  const matrix = new Float64Array(items * width);
  for (const [index, coefficients] of [...toBase.values()].entries()) {
    for (let item = 0; item < items; item++) {
      for (let c = 0; c < columns; c++) {
        matrix[item * width + index * columns + c] = coefficients?.[item * columns + c] ?? 0;
      }
    }
  }
  const sums = new Float64Array(width + columns);
  const placeOf = (run: number): number => (run === base ? width : runs.indexOf(run) * columns);
  const places = pairs.map(({ a, b }) => [placeOf(a), placeOf(b)] as const);
  return (signs, out) => {
    sums.fill(0);
    const own = signs[group]!;
    for (let item = 0; item < items; item++) {
      const sign = own[item]!;
      const start = item * width;
      for (let c = 0; c < width; c++) sums[c]! += sign * matrix[start + c]!;
    }
    for (const [index, [a, b]] of places.entries()) {
      for (let c = 0; c < columns; c++) out[firstTest[index]! + c] = sums[b + c]! - sums[a + c]!;
    }
  };
}

const sameLabels = (x: RunLabels, y: RunLabels): boolean =>
  x === y ||
  (x.classes === y.classes &&
    x.given.every((label, item) => label === y.given[item]) &&
    x.truth.every((label, item) => label === y.truth[item]));

/** Where runs label the same items, each run's labels are counted once a draw, and each pair's difference follows from two counts. */
function throughLabels(pairs: readonly PairOfRuns[], firstTest: readonly number[], group: number): Exchange | null {
  const labelsOf = new Map<number, RunLabels>();
  for (const { a, b, statistic } of pairs) {
    if (statistic.labels === null) return null;
    for (const [run, own] of [
      [a, statistic.labels.a],
      [b, statistic.labels.b],
    ] as const) {
      const known = labelsOf.get(run) ?? own;
      if (!sameLabels(known, own)) return null;
      labelsOf.set(run, known);
    }
  }
  const counts = new Map([...labelsOf].map(([run, { classes }]) => [run, new Float64Array(2 * classes)]));
  const own = new Float64Array(1);
  const steps = pairs.map(({ a, b, statistic }, index) => ({
    a: counts.get(a)!,
    b: counts.get(b)!,
    labels: statistic.labels!,
    at: firstTest[index]!,
  }));
  return (signs, out) => {
    for (const [run, labels] of labelsOf) labelCounts(labels, signs[group]!, counts.get(run)!);
    for (const { a, b, labels, at } of steps) {
      labels.difference(a, b, own);
      out[at] = own[0]!;
    }
  };
}

function onePair(pair: PairOfRuns, at: number, group: number): Exchange {
  const own = new Float64Array(pair.statistic.observed.length);
  return (signs, out) => {
    pair.statistic.exchanged(signs[group]!, own);
    out.set(own, at);
  };
}

/** What other seeds would have changed: pairs that share a run share its draws. */
function seedDraws(
  pairs: readonly PairOfRuns[],
  firstTest: readonly number[],
  seed: number,
): (out: Float64Array) => void {
  const streams = new Map<string, { readonly normal: () => number; readonly multipliers: Float64Array }>();
  const streamOf = ({ key, a, b }: PairOfRuns, { side, seeds }: SeedPart) => {
    const run = side === "both" ? "" : ` ${side === "a" ? a : b}`;
    const name = `${key}${run} ${seeds}`;
    const known = streams.get(name) ?? {
      normal: seedStream(seed, `${key}${run}`, "exchanged", side === "both" ? "both" : "a"),
      multipliers: new Float64Array(seeds),
    };
    streams.set(name, known);
    return known.multipliers;
  };
  const parts = pairs.flatMap((pair, index) =>
    pair.statistic.seedParts.map((part) => ({
      part,
      multipliers: streamOf(pair, part),
      at: firstTest[index]!,
      columns: pair.statistic.observed.length,
    })),
  );
  return (out) => {
    for (const { normal, multipliers } of streams.values()) {
      for (let s = 0; s < multipliers.length; s++) multipliers[s] = normal();
    }
    for (const { part, multipliers, at, columns } of parts) addSeeds(part, multipliers, out.subarray(at, at + columns));
  };
}

/**
 * Prepares the tests of all pairs of several runs under exchange, all drawn together: the same coin decides for a query in
 * every pair and task. Pairs of a run from one seed are left out where seeds matter, for nothing is decided from one.
 * @param pairs a before b
 */
export function pairTests(given: readonly PairOfRuns[], seed: number): PairTests {
  const pairs = given.filter(({ statistic }) => !fromOneSeed(statistic));
  const { ids, places } = shareUnits(pairs.map(({ units }) => units));
  const random = unitDraws(ids, seed);
  const firstTest: number[] = [];
  const tests: PairTest[] = [];
  for (const pair of pairs) {
    firstTest.push(tests.length);
    for (const column of pair.statistic.observed.keys()) tests.push({ pair, column });
  }
  // Pairs over the same items read the same signs.
  const groups: Uint32Array[] = [];
  const groupOf = places.map((own) => {
    const known = groups.findIndex((group) => sameUnits(group, own));
    return known === -1 ? groups.push(own) - 1 : known;
  });
  const exchanges: Exchange[] = [];
  for (const key of new Set(pairs.map((pair) => pair.key))) {
    const indices = [...pairs.keys()].filter((index) => pairs[index]!.key === key);
    const group = groupOf[indices[0]!]!;
    const shared = indices.every((index) => groupOf[index] === group);
    const own = indices.map((index) => pairs[index]!);
    const at = indices.map((index) => firstTest[index]!);
    const joint = shared ? (throughOneRun(own, at, group) ?? throughLabels(own, at, group)) : null;
    if (joint !== null) exchanges.push(joint);
    else for (const index of indices) exchanges.push(onePair(pairs[index]!, firstTest[index]!, groupOf[index]!));
  }
  const shared = new Int8Array(ids.length);
  const signs = groups.map((group) => new Int8Array(group.length));
  const exchange = (r: number, out: Float64Array): void => {
    random.signs(r, shared);
    for (const [index, group] of groups.entries()) {
      const own = signs[index]!;
      for (let item = 0; item < group.length; item++) own[item] = shared[group[item]!]!;
    }
    for (const write of exchanges) write(signs, out);
  };

  const squares = new Float64Array(tests.length);
  const pilot = new Float64Array(tests.length);
  for (let r = 0; r < pilotDraws; r++) {
    exchange(2 ** 30 + r, pilot);
    for (let test = 0; test < pilot.length; test++) squares[test]! += pilot[test]! ** 2 / pilotDraws;
  }
  const observed = new Float64Array(tests.length);
  const scales = new Float64Array(tests.length);
  for (const [index, { pair, column }] of tests.entries()) {
    const parts = seedVariances(pair.statistic.seedParts, (other) => (other === column ? 1 : 0));
    const variance = squares[index]! + parts.reduce((sum, part) => sum + part.variance, 0);
    scales[index] = variance === 0 ? Number.POSITIVE_INFINITY : Math.sqrt(variance);
    observed[index] = normalScore(pair.statistic.observed[column]! / scales[index]!, seedShare(parts, variance));
  }
  const addAllSeeds = seedDraws(pairs, firstTest, seed);
  const draw = (r: number, out: Float64Array): void => {
    exchange(r, out);
    addAllSeeds(out);
    for (let test = 0; test < out.length; test++) out[test]! /= scales[test]!;
  };
  return { tests, observed, draw };
}
