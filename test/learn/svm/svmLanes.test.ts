import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { allRows, classesOf, problemCount } from "../../../src/learn/svm/linearSvm.ts";
import { svmBlock } from "../../../src/learn/svm/svmBlock.ts";
import { lanesPerWorker, type SvmJob, type SvmLanes, svmLanes, workerBytes } from "../../../src/learn/svm/svmLanes.ts";
import { builtFile } from "../../../src/threads/builtFile.ts";
import { randomRows } from "../randomRows.ts";
import { fitLinearSvm } from "./plainLinearSvm.ts";

const module = new WebAssembly.Module(
  readFileSync(builtFile(new URL("../../../src/learn/svm/svmPool.ts", import.meta.url).href, "./linearSvm.wasm")),
);

/** Lanes of one or more workers over some rows, in this very thread. */
async function openLanes(data: ReturnType<typeof randomRows>, workers = 1): Promise<SvmLanes[]> {
  const classes = classesOf(data.labels, allRows(data.labels)).length;
  const block = await svmBlock(data, workers * workerBytes(data.rows.length, classes, data.dimensions));
  return Array.from({ length: workers }, (_, worker) => svmLanes(module, block, worker, problemCount(classes)));
}

/** Runs all jobs to their end, each in a lane of its own, a few visits at a time. */
function runAll(lanes: SvmLanes, jobs: readonly SvmJob[], visits = 50): ReturnType<SvmLanes["finish"]>[] {
  for (const [lane, job] of jobs.entries()) lanes.start(lane, job);
  const reports = new Map<number, ReturnType<SvmLanes["finish"]>>();
  for (let turn = 0; reports.size < jobs.length && turn < 1e6; turn++) {
    for (const lane of lanes.run(visits)) reports.set(lane, lanes.finish(lane));
  }
  return jobs.map((_, lane) => reports.get(lane)!);
}

const data = randomRows({ dimensions: 6, classes: 3, rows: 50, single: true, seed: 8 });
const all = allRows(data.labels);
const jobs: SvmJob[] = [
  { C: 0.1, rows: all },
  { C: 10, rows: all.filter((row) => row % 3 !== 0) },
  { C: 1, rows: all.toReversed() },
  { C: 0.001, rows: all.filter((row) => data.labels[row] !== 1) },
];

describe("fits side by side in one worker", () => {
  test.each([1, 2, 3, 4])("%i of them give the bits that each gives alone", async (count) => {
    for (const numbers of [data, { ...data, data: Float64Array.from(data.data, (value) => value / 3) }]) {
      const [lanes] = await openLanes(numbers);
      const reports = runAll(lanes!, jobs.slice(0, count));
      for (const [lane, { C, rows }] of jobs.slice(0, count).entries()) {
        expect(reports[lane]).toEqual(fitLinearSvm(numbers, rows, C));
      }
    }
  });

  test("a lane that has ended takes the next fit, while the others go on, and leaves the last one's report as it was", async () => {
    const [lanes] = await openLanes(data);
    const reports = [0, 1, 2].flatMap((round) => runAll(lanes!, jobs.slice(round, round + 2)));
    const expected = [0, 1, 2].flatMap((round) => jobs.slice(round, round + 2));
    for (const [index, { C, rows }] of expected.entries()) {
      expect(reports[index]).toEqual(fitLinearSvm(data, rows, C));
    }
  });

  test("four go on until the first of them ends, and so do two, beside which a third goes on to its own end", async () => {
    const endedAtOnce = async (count: number): Promise<number[]> => {
      const [lanes] = await openLanes(data);
      for (const [lane, job] of jobs.slice(0, count).entries()) lanes!.start(lane, job);
      return lanes!.run(1e9);
    };
    expect(await endedAtOnce(4)).toEqual([3]);
    expect(await endedAtOnce(3)).toEqual([0, 2]);
    expect(await endedAtOnce(2)).toEqual([0]);
    expect(await endedAtOnce(1)).toEqual([0]);
  });

  test("twenty classes and wide rows have the room that they need, and no more", async () => {
    const wide = randomRows({ dimensions: 37, classes: 20, rows: 120, single: true, seed: 4 });
    const [lanes] = await openLanes(wide);
    const rows = allRows(wide.labels);
    const [first, second] = runAll(lanes!, [
      { C: 0.1, rows },
      { C: 1, rows },
    ]);
    expect(first).toEqual(fitLinearSvm(wide, rows, 0.1));
    expect(second).toEqual(fitLinearSvm(wide, rows, 1));
    // Of a row its record and its place in the order; of a problem its weights, label, epochs and end; the weights at work and the generator.
    const needed = 4 * (10_000 * (32 + 4) + 20 * (768 * 8 + 9) + 768 * 8 + 624 * 4);
    expect(workerBytes(10_000, 20, 768)).toBeGreaterThanOrEqual(needed);
    expect(workerBytes(10_000, 20, 768)).toBeLessThan(1.01 * needed);
  });

  test("rows of one class have nothing to fit: the lane has ended as soon as it was set up", async () => {
    const [lanes] = await openLanes(data);
    lanes!.start(2, { C: 1, rows: all.filter((row) => data.labels[row] === 1) });
    expect(lanes!.run(10)).toEqual([2]);
    expect(lanes!.finish(2)).toEqual({
      model: { classes: Int32Array.of(1), weights: new Float64Array(0), dimensions: 6 },
      epochs: new Int32Array(0),
      converged: new Uint8Array(0),
    });
    expect(lanes!.run(10)).toEqual([]);
  });

  test("tell how many problems are solved: none before, one more with each, none of a free lane", async () => {
    const [lanes] = await openLanes(data);
    expect(lanes!.solved(0)).toBe(0);
    lanes!.start(0, jobs[1]!);
    const visits = [0, 0, 0, 0];
    while (lanes!.run(40).length === 0) visits[lanes!.solved(0)]! += 40;
    expect(lanes!.solved(0)).toBe(3);
    // A problem visits no row twice an epoch; those that it sets aside it does not visit.
    const { epochs } = fitLinearSvm(data, jobs[1]!.rows, jobs[1]!.C);
    for (const [problem, most] of epochs.entries()) {
      expect(visits[problem]).toBeGreaterThan(40);
      expect(visits[problem]).toBeLessThanOrEqual(most * jobs[1]!.rows.length + 40);
    }
    expect(visits[3]).toBe(0);
    lanes!.finish(0);
    expect([lanes!.solved(0), lanes!.solved(3)]).toEqual([0, 0]);
  });
});

test("workers have lanes of their own in the block", async () => {
  const [first, second] = await openLanes(data, 2);
  for (let lane = 0; lane < lanesPerWorker; lane++) {
    first!.start(lane, jobs[lane]!);
    second!.start(lane, jobs[lanesPerWorker - 1 - lane]!);
  }
  const reports = [first!, second!].map((lanes) => {
    const found = new Map<number, unknown>();
    while (found.size < lanesPerWorker) for (const lane of lanes.run(30)) found.set(lane, lanes.finish(lane));
    return found;
  });
  for (const [lane, { C, rows }] of jobs.entries()) {
    const expected = fitLinearSvm(data, rows, C);
    expect(reports[0]!.get(lane)).toEqual(expected);
    expect(reports[1]!.get(lanesPerWorker - 1 - lane)).toEqual(expected);
  }
});
