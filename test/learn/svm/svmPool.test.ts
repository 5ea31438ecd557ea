import { expect, test } from "vitest";
import { allRows } from "../../../src/learn/svm/linearSvm.ts";
import { openSvmPool } from "../../../src/learn/svm/svmPool.ts";
import { randomRows } from "../randomRows.ts";

const noRows = new Int32Array();

test("a pool tells of the visits that its fits take: those to expect at first, those that were made in the end", async () => {
  const data = randomRows({ dimensions: 16, classes: 3, rows: 300, single: true, seed: 3 });
  const rows = allRows(data.labels);
  const seen: number[] = [];
  const pool = await openSvmPool(data, 1, () => seen.push(pool.work().done));
  expect(pool.work()).toEqual({ done: 0, expected: 0, leftMs: 0 });
  const fitting = [0.001, 100].map((C) => pool.fitRows({ C, rows, heldOut: noRows }));
  // 300 rows and three problems, times 10 + 13 passes, and times 1,000, the limit.
  expect(pool.work()).toEqual({ done: 0, expected: 900 * 23 + 900 * 1000, leftMs: Number.POSITIVE_INFINITY });
  const fits = await Promise.all(fitting);
  const { done, expected, leftMs } = pool.work();
  expect([expected, leftMs]).toEqual([done, 0]);
  // A problem visits no row twice an epoch; each fit's last slice of 20,000 visits counts whole.
  const most = fits.flatMap(({ report }) => [...report.epochs]).reduce((sum, epochs) => sum + 300 * epochs, 0);
  expect(done).toBeGreaterThanOrEqual(2 * 20_000);
  expect(done).toBeLessThanOrEqual(most + 2 * 20_000);
  expect(seen.length).toBeGreaterThanOrEqual(4);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  await pool.close();
});

test("of the fits that wait, those that may take longest start first", async () => {
  const data = randomRows({ dimensions: 16, classes: 3, rows: 300, single: true, seed: 3 });
  const rows = allRows(data.labels);
  const pool = await openSvmPool(data, 1);
  const ends: number[] = [];
  // A worker has four fits under way at a time.
  const asked = [0.1, 0.1, 0.1, 0.1, 100, 100, 100, 100];
  await Promise.all(asked.map((C) => pool.fitRows({ C, rows, heldOut: noRows }).then(() => ends.push(C))));
  expect(ends[0]).toBe(100);
  expect(ends.toSorted((a, b) => a - b)).toEqual(asked);
  await pool.close();
});

test("a fit tells how far it is while it goes on, and closing the pool stops it there", async () => {
  const data = randomRows({ dimensions: 64, classes: 8, rows: 4000, single: true, seed: 9 });
  const rows = allRows(data.labels);
  let told = (): void => {};
  const heard = new Promise<void>((resolve) => {
    told = resolve;
  });
  const pool = await openSvmPool(data, 1, () => told());
  const fitting = pool.fitRows({ C: 100, rows, heldOut: noRows });
  await heard;
  const { done, expected } = pool.work();
  expect(expected).toBeGreaterThan(4000 * 8);
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(expected / 2);
  const stopped = expect(fitting).rejects.toMatchObject({ code: "INTERRUPTED" });
  await pool.close();
  await stopped;
  await expect(pool.fitRows({ C: 1, rows: noRows, heldOut: noRows })).rejects.toMatchObject({ code: "INTERRUPTED" });
});
