import { describe, expect, test } from "vitest";
import { aligned, blockNumbers, svmBlock } from "../../../src/learn/svm/svmBlock.ts";

const labels = Int32Array.of(5, 7, 5);
const table = { data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), dimensions: 5, labels };

describe("labelled rows in shared memory", () => {
  test("stand in the labels' order, padded with zeros to a multiple of four, each with its sum of squares", async () => {
    const block = await svmBlock({ ...table, rows: Int32Array.of(1, -1, 0) }, 1000);
    expect(block).toMatchObject({ count: 3, dimensions: 5, stride: 8, labels });
    expect([...blockNumbers(block)]).toEqual([6, 7, 8, 9, 10, 0, 0, 0, ...Array(8).fill(0), 1, 2, 3, 4, 5, 0, 0, 0]);
    const squares = new Float64Array(block.memory.buffer, block.squaresAt, 3);
    expect([...squares]).toEqual([36 + 49 + 64 + 81 + 100, 0, 55]);
  });

  test("are kept in single precision where every number of theirs survives it, and else in double", async () => {
    const elementBytes = async (data: Float32Array | Float64Array, rows = Int32Array.of(0, 1)) =>
      (await svmBlock({ ...table, data, rows, labels: labels.subarray(0, rows.length) }, 0)).elementBytes;
    expect(await elementBytes(table.data)).toBe(4);
    expect(await elementBytes(Float32Array.from(table.data))).toBe(4);
    const odd = Float64Array.from(table.data, (value, i) => (i === 9 ? value + 0.1 : value));
    expect(await elementBytes(odd)).toBe(8);
    expect(await elementBytes(Float64Array.from(table.data, (value, i) => (i === 0 ? value + 0.1 : value)))).toBe(8);
    // Rows that are not among the labelled ones do not count.
    expect(await elementBytes(odd, Int32Array.of(0, -1))).toBe(4);
  });

  test("leave the first page alone, share no cache line with what lies behind, and have the asked room behind them", async () => {
    const block = await svmBlock({ ...table, rows: Int32Array.of(0, 1, 0) }, 70_000);
    expect(block.rowsAt).toBe(65_536);
    expect(block.squaresAt).toBe(65_536 + 128);
    expect(block.lanesAt).toBe(block.squaresAt + 64);
    expect(block.memory.buffer.byteLength).toBeGreaterThanOrEqual(block.lanesAt + 70_000);
    expect(block.memory.buffer.byteLength).toBeLessThan(block.lanesAt + 70_000 + 65_536);
    expect([0, 1, 64, 65].map(aligned)).toEqual([0, 64, 64, 128]);
  });

  test("that need more memory than there are addresses are refused with their size", async () => {
    await expect(svmBlock({ ...table, rows: Int32Array.of(0, 1, 0) }, 2 ** 32)).rejects.toThrow(
      "3 training rows of 5 dimensions need more than the 4 GB that fit",
    );
  });
});
