import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tableSource } from "../../src/benchmark/sources/table.ts";
import { openDataset, runBenchmark, vectorDrift, vectorTable, writeVectors } from "../../src/index.ts";
import { packageRoot } from "../../src/packageRoot.ts";
import { tableFault } from "../../src/vectors/tableFault.ts";

const sound = vectorTable(["a", "b", "c"], 2, Float32Array.of(1, 2, 3, 4, 5, 6));
const faulty = [
  ["numbers too few", { ...sound, data: new Float32Array(5) }, "its 3 vectors of 2 dimensions hold 5 numbers"],
  [
    "rows of others",
    {
      ...sound,
      rowOf: new Map([
        ["a", 0],
        ["b", 2],
        ["c", 1],
      ]),
    },
    "its rowOf does not lead to the vector of b",
  ],
  [
    "more rows than ids",
    { ...sound, ids: ["a", "b"], data: new Float32Array(4) },
    "its rowOf does not lead to the vector of a",
  ],
  [
    "a plain list",
    { ...sound, data: [1, 2, 3, 4, 5, 6] as unknown as Float32Array },
    "its numbers are in no Float32Array",
  ],
  [
    "an infinite number",
    vectorTable(["a", "b"], 2, Float64Array.of(1, 2, 3, Number.POSITIVE_INFINITY)),
    "the vector of b holds Infinity",
  ],
  ["no number", vectorTable(["a", "b"], 2, Float64Array.of(1, Number.NaN, 3, 4)), "the vector of a holds NaN"],
] as const;

describe("a table of vectors", () => {
  it("is sound as vectorTable and readers make it, without papers too", () => {
    expect(tableFault(sound)).toBeNull();
    expect(tableFault(vectorTable([], 0, new Float32Array(0)))).toBeNull();
  });

  it.each(faulty)("with %s is scored, compared and written by nothing", async (_, table, fault) => {
    expect(tableFault(table)).toContain(fault);
    const refusal = { code: "BAD_INPUT", message: expect.stringContaining(fault) };
    await expect(vectorDrift(sound, table)).rejects.toMatchObject(refusal);
    await expect(writeVectors("never.jsonl", table)).rejects.toMatchObject(refusal);
    const dataset = await openDataset(fileURLToPath(new URL("datasets/mini", packageRoot)));
    const source = tableSource({ "*": table }, "by hand");
    await expect(runBenchmark(dataset, source, { tasks: ["cite"] })).rejects.toMatchObject(refusal);
  });
});
