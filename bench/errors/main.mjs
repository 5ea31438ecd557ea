// npm run bench -- errors [--pairs N] [--part shared|seeds|gate]: how often each rule of the gate fails equal models, and how often few seeds call equal
// models different, by seeded simulation of made-up siblings at the benchmark's full size. "Before" is how it was judged until
// the seeds had Student's tails and shared queries were drawn together: normal multipliers, tasks apart, Holm over the columns.

import { compareRecords } from "../../dist/results/compare/comparison.js";
import { pairTask } from "../../dist/results/compare/pairing.js";
import { judgeDifferences } from "../../dist/stats/judgeDifferences.js";
import { meanDifference } from "../../dist/stats/meanDifference.js";
import { generator } from "../../dist/stats/random/generator.js";
import { resample } from "../../dist/stats/resample.js";
import { seededDifference } from "../../dist/stats/seededDifference.js";
import { scidocs } from "../../dist/suites/scidocs/scidocs.js";
import { fullRecord } from "../compare/records.mjs";

const resamples = 1000;

function holm(pValues) {
  const order = pValues.map((_, index) => index).sort((i, j) => pValues[i] - pValues[j]);
  const adjusted = [];
  let largest = 0;
  for (const [rank, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[index]));
    adjusted[index] = largest;
  }
  return adjusted;
}

const plainP = (observed, draws) => {
  let count = 1;
  for (const draw of draws) if (Math.abs(draw) >= Math.abs(observed) - 1e-12) count++;
  return count / (draws.length + 1);
};

/** Whether the default rule failed B before: a significant drop in a column by Holm, or of Avg. */
async function failedBefore(a, b) {
  const paired = scidocs.tasks.map((task) => pairTask(scidocs, task, a.tasks[task.id], b.tasks[task.id]));
  // Ids that name their task as well: nothing is drawn together.
  const apart = paired.map(({ task, statistic, items }) => ({
    key: task,
    statistic,
    units: items.map(({ paperId }, index) => `${task} ${paperId} ${index}`),
  }));
  const drawn = await resample(apart, { resamples, seed: 42, kinds: "exchanged" });
  const tests = paired.flatMap(({ statistic }, index) =>
    [...statistic.observed].map((observed, column) => ({ observed, draws: drawn[index].exchanged[column] })),
  );
  const adjusted = holm(tests.map(({ observed, draws }) => plainP(observed, draws)));
  const column = tests.some(({ observed }, index) => observed < 0 && adjusted[index] < 0.05);
  const mean = new Float64Array(resamples);
  for (const { draws } of tests) for (const [r, draw] of draws.entries()) mean[r] += draw / tests.length;
  const observed = tests.reduce((sum, test) => sum + test.observed / tests.length, 0);
  return { column, average: observed < 0 && plainP(observed, mean) < 0.05 };
}

const percent = (count, of) => `${((100 * count) / of).toFixed(1)} %`;

async function gateRates(pairs, shared) {
  const failed = { columns: 0, average: 0, default: 0, before: 0, averageBefore: 0, half: 0, one: 0, onlyHalf: 0 };
  const visible = new Map();
  for (let pair = 0; pair < pairs; pair++) {
    const options = { dataSeed: 1000 + pair, shared };
    const [a, b] = [fullRecord("a", 2 * pair + 1, options), fullRecord("b", 2 * pair + 2, options)];
    const { columns } = await compareRecords(a, b, { resamples, movers: 0 });
    const average = columns.at(-1);
    const some = columns.slice(0, -1).some(({ significantDrop }) => significantDrop);
    failed.columns += some;
    failed.average += average.significantDrop;
    failed.default += some || average.significantDrop;
    failed.half += average.differencePercent < -0.5;
    failed.onlyHalf += some || average.differencePercent < -0.5;
    failed.one += columns.slice(0, -1).some(({ differencePercent }) => differencePercent < -1);
    const before = await failedBefore(a, b);
    failed.before += before.column || before.average;
    failed.averageBefore += before.average;
    for (const { id, smallestVisibleDropPercent } of columns) {
      visible.set(id, (visible.get(id) ?? 0) + smallestVisibleDropPercent / pairs);
    }
  }
  console.log(
    `${pairs} pairs of equal models, queries ${shared ? "shared by the four ranking tasks" : "of each task its own"}:`,
  );
  console.log(`  default rule fails ${percent(failed.default, pairs)} (before: ${percent(failed.before, pairs)})`);
  console.log(
    `    a column drops significantly ${percent(failed.columns, pairs)}, Avg ${percent(failed.average, pairs)} (before: Avg ${percent(failed.averageBefore, pairs)})`,
  );
  console.log(
    `  --max-drop 0.5: Avg falls by more in ${percent(failed.half, pairs)}; with the columns' own rule ${percent(failed.onlyHalf, pairs)}`,
  );
  console.log(`  --max-drop all=1: ${percent(failed.one, pairs)}`);
  console.log(`  smallest visible drops: ${[...visible].map(([id, drop]) => `${id} ${drop.toFixed(2)}`).join(", ")}`);
}

/** Equal models from `seeds` seeds each: how often one column "differs at 5 %". */
async function seedRates(pairs, seeds, share, paired) {
  const random = generator(99, seeds);
  const clicks = 400;
  const weights = Float64Array.from({ length: clicks }, () => 0.4 + 0.3 * Math.floor(8 * random.uniform()));
  const luckSd = 0.3;
  // The seeds' part of the variance of the difference, against the clicks' part of it.
  const clickVariance =
    (2 * luckSd ** 2 * weights.reduce((sum, weight) => sum + weight ** 2, 0)) /
    weights.reduce((sum, weight) => sum + weight, 0) ** 2;
  const seedSd = Math.sqrt((seeds * clickVariance * share) / (1 - share) / 2);
  let before = 0;
  let after = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const run = () => {
      const luck = Float64Array.from({ length: clicks }, () => luckSd * random.normal());
      return {
        metrics: [
          Array.from({ length: seeds }, () => {
            const level = seedSd * random.normal();
            return luck.map((value) => value + level + 0.15 * random.normal());
          }),
        ],
      };
    };
    const statistic = seededDifference(weights, run(), run(), paired);
    const units = Array.from({ length: clicks }, (_, click) => `${pair} ${click}`);
    const task = [{ key: "recomm", statistic, units }];
    const [drawn] = await resample(task, { resamples: 500, seed: pair, kinds: "exchanged" });
    before += plainP(statistic.observed[0], drawn.exchanged[0]) < 0.05;
    const { tests } = (await judgeDifferences(task, { resamples: 500, seed: pair, confidence: 0.95 })).mean;
    after += tests !== null && tests.pValue < 0.05;
  }
  console.log(
    `  ${seeds} seeds${paired ? " in pairs" : ""}, ${100 * share} % of the variance from them: ${percent(before, pairs)} before, ${seeds === 1 ? "no verdict" : percent(after, pairs)} now`,
  );
}

/** Equal models on four tasks that rank for the same queries, a part of the luck with a query being the same in all four. */
async function sharedRates(pairs, common) {
  const random = generator(7);
  const queries = 200;
  const units = Array.from({ length: queries }, (_, query) => `query ${query}`);
  const failed = { before: 0, now: 0 };
  for (let pair = 0; pair < pairs; pair++) {
    const level = Float64Array.from({ length: queries }, () => Math.sqrt(common) * random.normal());
    const tasks = ["a", "b", "c", "d"].map((key) => ({
      key,
      statistic: meanDifference([level.map((value) => value + Math.sqrt(1 - common) * random.normal())]),
      units,
    }));
    const options = { resamples: 400, seed: pair, confidence: 0.95 };
    const apart = tasks.map((task) => ({ ...task, units: units.map((unit) => `${task.key} ${unit}`) }));
    failed.before += (await judgeDifferences(apart, options)).mean.tests.dropPValue < 0.025;
    failed.now += (await judgeDifferences(tasks, options)).mean.tests.dropPValue < 0.025;
  }
  console.log(
    `  ${100 * common} % of the luck in common: ${percent(failed.before, pairs)} where tasks are drawn apart, ${percent(failed.now, pairs)} now`,
  );
}

export async function main(args) {
  const flag = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const pairs = Number(flag("--pairs") ?? 400);
  if (flag("--part") === undefined || flag("--part") === "shared") {
    console.log("False drops of a mean over four tasks with the same queries, at 2.5 % one-sided:");
    for (const common of [0, 0.1, 0.3]) await sharedRates(5 * pairs, common);
  }
  if (flag("--part") === undefined || flag("--part") === "seeds") {
    console.log("False alarms at 5 % of a column that is trained from seeds:");
    for (const seeds of [1, 2, 3, 5, 10]) {
      for (const share of [0.2, 0.5, 0.8]) {
        for (const paired of [true, false]) await seedRates(2 * pairs, seeds, share, paired);
      }
    }
  }
  if (flag("--part") !== undefined && flag("--part") !== "gate") return;
  for (const shared of [false, true]) await gateRates(pairs, shared);
}
