import { describe, expect, it } from "vitest";
import { vectorDrift } from "../../../src/results/drift/vectorDrift.ts";
import { type VectorTable, vectorTable } from "../../../src/vectors/vectorTable.ts";
import { seededNumbers } from "../../encoders/tinyEncoder.ts";

function table(rows: number, dimensions: number, seed: number, prefix = "p"): VectorTable {
  const next = seededNumbers(seed);
  const ids = Array.from({ length: rows }, (_, row) => `${prefix}${String(row).padStart(4, "0")}`);
  return vectorTable(ids, dimensions, Float64Array.from({ length: rows * dimensions }, next));
}

function changed(from: VectorTable, change: (value: number, row: number, column: number) => number): VectorTable {
  const { dimensions } = from;
  const data = from.data.map((value, index) => change(value, Math.floor(index / dimensions), index % dimensions));
  return vectorTable(from.ids, dimensions, data);
}

/** By the definition, over all pairs. */
function overlapByHand(a: VectorTable, b: VectorTable, count: number): number {
  const neighbours = (t: VectorTable, row: number): number[] => {
    const distance = (other: number): number => {
      let sum = 0;
      for (let k = 0; k < t.dimensions; k++) {
        sum += ((t.data[row * t.dimensions + k] ?? 0) - (t.data[other * t.dimensions + k] ?? 0)) ** 2;
      }
      return sum;
    };
    const others = t.ids.map((_, other) => other).filter((other) => other !== row);
    return others.sort((x, y) => distance(x) - distance(y)).slice(0, count);
  };
  const shares = a.ids.map((_, row) => {
    const inA = new Set(neighbours(a, row));
    return neighbours(b, row).filter((other) => inA.has(other)).length / count;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

describe("vectorDrift", () => {
  it("is none between a table and itself", async () => {
    const a = table(400, 12, 1);
    const drift = await vectorDrift(a, a);
    expect(drift).toMatchObject({ papers: 400, onlyInA: 0, onlyInB: 0, neighbourOverlap: 1, neighbours: 10 });
    expect(drift.byPaper?.meanCosine).toBeCloseTo(1, 12);
    expect(drift.byPaper?.highL2).toBe(0);
    expect(drift.linearCka).toBeCloseTo(1, 12);
  });

  it("shows a rotated and scaled table as other vectors in the same geometry", async () => {
    const a = table(300, 2, 2);
    const turned = changed(a, (_value, row, column) => {
      const [x, y] = [a.data[row * 2] ?? 0, a.data[row * 2 + 1] ?? 0];
      return 3 * (column === 0 ? -y : x);
    });
    const drift = await vectorDrift(a, turned);
    expect(drift.byPaper?.meanCosine).toBeCloseTo(0, 12);
    expect(drift.neighbourOverlap).toBeGreaterThan(0.999);
    expect(drift.linearCka).toBeCloseTo(1, 12);
  });

  it("gives cosine and distance paper by paper, and names the papers that moved most", async () => {
    const a = vectorTable(["a", "b", "c", "d"], 2, Float64Array.of(1, 0, 0, 2, 3, 4, 0, 0));
    const b = vectorTable(["d", "c", "b", "a"], 2, Float64Array.of(0, 0, 3, 4, 2, 0, 1, 1));
    const { byPaper } = await vectorDrift(a, b, { worst: 2 });
    expect(byPaper?.worst.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(byPaper?.worst[0]).toMatchObject({ cosine: 0, l2: Math.sqrt(8) });
    expect(byPaper?.worst[1]?.cosine).toBeCloseTo(Math.SQRT1_2, 12);
    expect(byPaper?.meanCosine).toBeCloseTo((0 + Math.SQRT1_2 + 1 + 1) / 4, 12);
    expect(byPaper?.meanL2).toBeCloseTo((Math.sqrt(8) + 1) / 4, 12);
    expect(byPaper?.lowCosine).toBe(0);
  });

  it("finds the neighbours that the definition gives", async () => {
    const a = table(90, 5, 3);
    const b = changed(a, (value, row, column) => value + 0.25 * Math.sin(row * 7 + column * 3));
    const drift = await vectorDrift(a, b, { neighbours: 4 });
    expect(drift.neighbourOverlap).toBeCloseTo(overlapByHand(a, b, 4), 12);
    expect(drift.neighbourOverlap).toBeLessThan(0.95);
  });

  it("compares tables of different widths by neighbours and alignment alone", async () => {
    const a = table(200, 6, 4);
    const wide = vectorTable(
      a.ids,
      7,
      Float64Array.from({ length: 200 * 7 }, (_, index) =>
        index % 7 === 6 ? 5 : (a.data[Math.floor(index / 7) * 6 + (index % 7)] ?? 0),
      ),
    );
    const drift = await vectorDrift(a, wide);
    expect(drift.byPaper).toBeNull();
    expect(drift.neighbourOverlap).toBe(1);
    expect(drift.linearCka).toBeCloseTo(1, 12);
    expect((await vectorDrift(a, table(200, 9, 5))).linearCka).toBeLessThan(0.3);
  });

  it("samples evenly where there are many papers, and does not depend on their order", async () => {
    const a = table(1000, 4, 6);
    const b = changed(a, (value, row) => value + (row % 3) * 0.05);
    const order = a.ids.toReversed();
    const reversed = vectorTable(
      order,
      4,
      Float64Array.from(
        order.flatMap((id) => [...b.data.slice((b.rowOf.get(id) ?? 0) * 4, (b.rowOf.get(id) ?? 0) * 4 + 4)]),
      ),
    );
    const drift = await vectorDrift(a, b, { sample: 100 });
    expect(drift.sampledPapers).toBe(100);
    expect((await vectorDrift(a, reversed, { sample: 100 })).neighbourOverlap).toBe(drift.neighbourOverlap);
  });

  it("counts the papers of one side and refuses tables with nothing in common", async () => {
    const a = table(20, 3, 7);
    const some = vectorTable(a.ids.slice(5), 3, a.data.slice(15));
    expect(await vectorDrift(a, some)).toMatchObject({ papers: 15, onlyInA: 5, onlyInB: 0 });
    await expect(vectorDrift(a, table(20, 3, 8, "q"))).rejects.toThrow(/only 0 papers have a vector on both sides/);
  });

  it("stops when it is told to", async () => {
    const a = table(50, 3, 9);
    await expect(vectorDrift(a, a, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});
