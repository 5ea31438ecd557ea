import { expect, test } from "vitest";
import { allRows } from "../../../src/learn/svm/linearSvm.ts";
import { openSvmPool } from "../../../src/learn/svm/svmPool.ts";
import { randomRows } from "../randomRows.ts";

const noRows = new Int32Array();

test("a pool tells of the visits that its fits take: none at first, all that were expected in the end", async () => {
  const data = randomRows({ dimensions: 16, classes: 3, rows: 300, single: true, seed: 3 });
  const rows = allRows(data.labels);
  const seen: { done: number; expected: number }[] = [];
  const pool = await openSvmPool(data, 1, () => seen.push(pool.work()));
  expect(pool.work()).toEqual({ done: 0, expected: 0, longestLeftMs: 0 });
  const fitting = [0.001, 100].map((C) => pool.fitRows({ C, rows, heldOut: noRows }));
  // 300 rows times 10 + 13 passes, and times 1,000, the limit.
  expect(pool.work()).toEqual({ done: 0, expected: 300 * 23 + 300 * 1000, longestLeftMs: 0 });
  await Promise.all(fitting);
  expect(pool.work()).toEqual({ done: 306_900, expected: 306_900, longestLeftMs: 0 });
  expect(seen.length).toBeGreaterThanOrEqual(2);
  for (const { done, expected } of seen) expect(done).toBeLessThanOrEqual(expected);
  await pool.close();
});

test("of the fits that wait, those that are expected to take longest start first", async () => {
  const data = randomRows({ dimensions: 16, classes: 3, rows: 300, single: true, seed: 3 });
  const rows = allRows(data.labels);
  const pool = await openSvmPool(data, 1);
  const ends: number[] = [];
  // A worker has four fits under way at a time.
  const asked = [0.001, 0.001, 0.001, 0.001, 100, 100, 100, 100];
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
  expect(expected).toBe(4_000_000);
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(expected / 2);
  const stopped = expect(fitting).rejects.toMatchObject({ code: "INTERRUPTED" });
  await pool.close();
  await stopped;
  await expect(pool.fitRows({ C: 1, rows: noRows, heldOut: noRows })).rejects.toMatchObject({ code: "INTERRUPTED" });
});
