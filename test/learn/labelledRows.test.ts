import { expect, test } from "vitest";
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
