import { describe, expect, it } from "vitest";
import type { ProgressEvent } from "../../../src/progress.ts";
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

  it("does not depend on the order of either side's papers", async () => {
    const a = table(300, 4, 6);
    const b = changed(a, (value, row) => value + (row % 3) * 0.05);
    const turned = (from: VectorTable): VectorTable => {
      const rows = from.ids.map((_, row) => [...from.data.slice(row * 4, row * 4 + 4)]).reverse();
      return vectorTable([...from.ids].reverse(), 4, Float64Array.from(rows.flat()));
    };
    const drift = await vectorDrift(a, b, { sample: 70 });
    expect(await vectorDrift(turned(a), b, { sample: 70 })).toEqual(drift);
    expect(await vectorDrift(a, turned(b), { sample: 70 })).toEqual(drift);
  });

  it("names the cosine and the distance that one paper in a hundred passes", async () => {
    const ids = Array.from({ length: 201 }, (_, row) => `p${1000 + row}`);
    const angle = (row: number): number => (row * Math.PI) / 1000;
    const still = vectorTable(ids, 2, Float64Array.from(ids.flatMap(() => [1, 0])));
    const turned = vectorTable(
      ids,
      2,
      Float64Array.from(ids.flatMap((_, row) => [Math.cos(angle(row)), Math.sin(angle(row))])),
    );
    const { byPaper } = await vectorDrift(still, turned);
    // Of 201 papers two lie beyond: the third from the worst.
    expect(byPaper?.lowCosine).toBeCloseTo(Math.cos(angle(198)), 12);
    expect(byPaper?.highL2).toBeCloseTo(2 * Math.sin(angle(198) / 2), 12);
    expect(byPaper?.worst).toHaveLength(10);
    expect(byPaper?.worst[0]?.id).toBe("p1200");
  });

  it("calls two zero vectors alike, and a zero vector nothing like any other", async () => {
    const a = vectorTable(["a", "b", "c"], 2, Float64Array.of(0, 0, 0, 0, 1, 2));
    const b = vectorTable(["a", "b", "c"], 2, Float64Array.of(0, 0, 1, 2, 0, 0));
    const { byPaper } = await vectorDrift(a, b, { worst: 3 });
    const cosines = new Map(byPaper?.worst.map(({ id, cosine }) => [id, cosine]));
    expect(Object.fromEntries(cosines)).toEqual({ a: 1, b: 0, c: 0 });
  });

  it("needs three papers on both sides", async () => {
    const of = (count: number): VectorTable => table(count, 3, 7);
    await expect(vectorDrift(of(2), of(9))).rejects.toThrow(/only 2 papers have a vector on both sides/);
    await expect(vectorDrift(of(3), of(9))).resolves.toMatchObject({
      papers: 3,
      onlyInA: 0,
      onlyInB: 6,
      neighbours: 2,
    });
  });

  it("aligns tables of more columns than one product takes as the definition does, and a table without variation with none", async () => {
    const [rows, width] = [40, 300];
    const a = table(rows, width, 11);
    const b = changed(a, (value, row, column) => value + 0.8 * Math.sin(row * 5 + column));
    const centred = (t: VectorTable): number[][] => {
      const columns = Array.from({ length: width }, (_, k) => t.ids.map((_, row) => t.data[row * width + k]!));
      return columns.map((column) => column.map((value) => value - column.reduce((sum, each) => sum + each) / rows));
    };
    const norm2 = (x: number[][], y: number[][]): number =>
      x
        .flatMap((p) => y.map((q) => p.reduce((sum, value, row) => sum + value * q[row]!, 0) ** 2))
        .reduce((s, v) => s + v, 0);
    const [x, y] = [centred(a), centred(b)];
    const drift = await vectorDrift(a, b, { neighbours: 1 });
    expect(drift.linearCka).toBeCloseTo(norm2(x, y) / Math.sqrt(norm2(x, x) * norm2(y, y)), 9);
    expect(drift.linearCka).toBeLessThan(0.9);
    const flat = vectorTable(a.ids, 3, new Float64Array(3 * rows).fill(2));
    expect((await vectorDrift(a, flat, { neighbours: 1 })).linearCka).toBe(0);
  });

  it("tells how far it is with the neighbours, up to all papers", async () => {
    const events: ProgressEvent[] = [];
    const a = table(300, 3, 9);
    await vectorDrift(a, a, {}, { onProgress: (event) => events.push(event) });
    expect(events).toContainEqual({ stage: "comparing neighbours", done: 256, total: 300, unit: "papers" });
    expect(events.at(-1)).toEqual({ stage: "comparing neighbours", done: 300, total: 300, unit: "papers" });
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
