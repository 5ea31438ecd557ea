import { expect, test } from "vitest";
import { forEachRow } from "../../src/learn/forEachRow.ts";

test("long work gives way to other events, row by row in order, and stops when it is told to", async () => {
  const stop = new AbortController();
  const rows: number[] = [];
  let others = 0;
  const turns = setInterval(() => {
    others++;
    if (others === 2) stop.abort();
  }, 1);
  const slow = forEachRow(
    1e9,
    (row) => {
      if (rows.length < 1000) rows.push(row);
      for (const end = performance.now() + 0.2; performance.now() < end; );
    },
    { signal: stop.signal },
  );
  await expect(slow).rejects.toMatchObject({ code: "INTERRUPTED" });
  clearInterval(turns);
  expect(others).toBeGreaterThanOrEqual(2);
  expect(rows.slice(0, 40)).toEqual(Array.from({ length: 40 }, (_, row) => row));
});

test("quick rows are not made to wait for others at every step", async () => {
  let [turns, over] = [0, false];
  const others = (): void => {
    turns++;
    if (!over) setImmediate(others);
  };
  setImmediate(others);
  let rows = 0;
  await forEachRow(16_000, () => rows++, {});
  over = true;
  expect(rows).toBe(16_000);
  expect(turns).toBeLessThan(100);
});
