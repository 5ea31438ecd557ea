import { describe, expect, it } from "vitest";
import { judgeDifferences } from "../../src/stats/judgeDifferences.ts";
import { macroF1Difference } from "../../src/stats/macroF1Difference.ts";
import { meanDifference } from "../../src/stats/meanDifference.ts";
import type { PairedStatistic } from "../../src/stats/pairedStatistic.ts";
import { type Generator, generator } from "../../src/stats/random/generator.ts";
import { seededDifference } from "../../src/stats/seededDifference.ts";
import { drawIndex, kolmogorovSmirnov, kolmogorovSmirnovLimit } from "./simulation.ts";

/** Simulated pairs of runs a check, and draws a pair: 300 draws blur each bound a little and keep the check quick. */
const pairs = 1000;
const draws = 300;

/** A world of pairs: `sample` makes one pair of runs, `truth` is the difference that an endless sample would show. */
interface World {
  readonly truth: number;
  readonly sample: (random: Generator) => PairedStatistic;
}

/** Average precisions of 80 queries: bounded, skewed, many of them equal, B better by `shift` on average. */
function queries(shift: number): World {
  const items = 80;
  const sample = (random: Generator): PairedStatistic => {
    const difference = new Float64Array(items);
    for (let i = 0; i < items; i++) {
      const same = random.uniform() < 0.3;
      const a = random.uniform() ** 2;
      const b = same ? a : random.uniform() ** 2;
      difference[i] = b - a + shift;
    }
    return meanDifference([difference]);
  };
  return { truth: shift, sample };
}

/** 200 papers of four classes, one of them rare; each run is right with its own chance and errs towards any class. */
function papers(rightA: number, rightB: number): World {
  const share = [0.45, 0.3, 0.17, 0.08];
  const cumulative = [0.45, 0.75, 0.92, 1];
  const items = 200;
  const f1 = (right: number): number => {
    let sum = 0;
    for (const p of share) {
      const both = p * (right + (1 - right) * 0.25);
      const predicted = right * p + (1 - right) * 0.25;
      sum += (2 * both) / (p + predicted);
    }
    return sum / share.length;
  };
  const sample = (random: Generator): PairedStatistic => {
    const truth = Int32Array.from({ length: items }, () => drawIndex(random, cumulative));
    const predict = (right: number): Int32Array =>
      truth.map((k) => (random.uniform() < right ? k : Math.floor(4 * random.uniform())));
    return macroF1Difference(truth, predict(rightA), predict(rightB), 4);
  };
  return { truth: f1(rightB) - f1(rightA), sample };
}

/** 100 weighted clicks under five seeds a run: an effect of the click, one of the seed, and noise of the two together. */
function clicks(shift: number, seedSd: number): World {
  const items = 100;
  const seeds = 5;
  const sample = (random: Generator): PairedStatistic => {
    const weights = Float64Array.from({ length: items }, () => 0.5 + 4 * random.uniform() ** 2);
    const run = (mean: number): { metrics: Float64Array[][] } => {
      const base = Float64Array.from({ length: items }, () => mean + 0.3 * random.normal());
      const metric = Array.from({ length: seeds }, () => {
        const seedEffect = seedSd * random.normal();
        return base.map((value) => value + seedEffect + 0.2 * random.normal());
      });
      return { metrics: [metric] };
    };
    return seededDifference(weights, run(0.5), run(0.5 + shift), false);
  };
  return { truth: shift, sample };
}

/** One simulated pair, judged; each pair has draws of its own. */
async function judged(world: World, seed: number, pair: number) {
  const statistic = world.sample(generator(seed, pair));
  const units = Array.from({ length: statistic.items }, (_, item) => `${pair} ${item}`);
  const options = { resamples: draws, seed, confidence: 0.95 };
  return (await judgeDifferences([{ key: "task", statistic, units }], options)).mean;
}

async function coverage(world: World, seed: number): Promise<number> {
  let covered = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const { low, high } = (await judged(world, seed, pair)).interval;
    if (low <= world.truth && world.truth <= high) covered++;
  }
  return (100 * covered) / pairs;
}

async function pValues(world: World, seed: number): Promise<number[]> {
  const values: number[] = [];
  for (let pair = 0; pair < pairs; pair++) values.push((await judged(world, seed, pair)).tests?.pValue ?? Number.NaN);
  return values;
}

describe("the 95 % interval covers the true difference in 93-97 % of 1,000 simulated pairs", () => {
  it.each<[string, World, number]>([
    ["for means over queries", queries(0.05), 11],
    ["for macro F1", papers(0.7, 0.75), 12],
    ["for macro F1 without a difference", papers(0.6, 0.6), 13],
    ["for weighted clicks and seeds", clicks(0.04, 0.01), 14],
    ["for clicks whose seeds hardly matter", clicks(0.04, 0), 15],
  ])("%s", async (_, world, seed) => {
    const percent = await coverage(world, seed);
    expect(percent).toBeGreaterThanOrEqual(93);
    expect(percent).toBeLessThanOrEqual(97);
  });
});

describe("p-values are uniform when the runs do not differ (Kolmogorov-Smirnov at 1 %)", () => {
  it.each<[string, World, number]>([
    ["for means over queries", queries(0), 21],
    ["for macro F1", papers(0.7, 0.7), 22],
    ["for weighted clicks and seeds", clicks(0, 0.01), 23],
    ["for clicks whose seeds hardly matter", clicks(0, 0), 24],
  ])("%s", async (_, world, seed) => {
    const distance = kolmogorovSmirnov(await pValues(world, seed));
    expect(distance).toBeLessThan(kolmogorovSmirnovLimit(pairs));
  });

  it("and pile up near zero when they do", async () => {
    expect(kolmogorovSmirnov(await pValues(queries(0.1), 25))).toBeGreaterThan(0.3);
  });
});
