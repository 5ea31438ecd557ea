import { expect, test } from "vitest";
import { forEachRow } from "../../src/learn/forEachRow.ts";
import { eachRow, ownMatrix } from "../../src/learn/labelledRows.ts";

const labelled = {
  data: Float64Array.of(1, 2, 3, 4, 5, 6),
  dimensions: 2,
  rows: Int32Array.of(2, -1, 0, 2),
  labels: new Int32Array(4),
};

test("each labelled paper's vector is handed out with its place, and papers without one are passed over", async () => {
  const seen: [number, number[]][] = [];
  await eachRow(labelled, (row, position) => seen.push([position, [...row]]));
  expect(seen).toEqual([
    [0, [5, 6]],
    [2, [1, 2]],
    [3, [5, 6]],
  ]);
});

test("the matrix of labelled papers has zeros for those without a vector", async () => {
  expect([...(await ownMatrix(labelled))]).toEqual([5, 6, 0, 0, 1, 2, 5, 6]);
});

test("once two million numbers have been handed out others have their turn", async () => {
  const order: string[] = [];
  let over = false;
  const others = (): void => {
    order.push("others");
    if (!over) setImmediate(others);
  };
  setImmediate(others);
  const wide = { ...labelled, data: new Float32Array(700_000), dimensions: 700_000, rows: new Int32Array(7) };
  await eachRow(wide, (_, position) => order.push(`row ${position}`));
  over = true;
  expect(order).toEqual(["row 0", "row 1", "row 2", "others", "row 3", "row 4", "row 5", "others", "row 6"]);
});

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
