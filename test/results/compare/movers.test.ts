import { describe, expect, it } from "vitest";
import { largestMovers, moverIds, moversOf, withTitles } from "../../../src/results/compare/movers.ts";
import type { PairedTask } from "../../../src/results/compare/pairing.ts";

/** Items by letter, with their value under A and B in the first metric; the second metric says the opposite. */
function paired(values: Readonly<Record<string, readonly [number, number]>>): PairedTask {
  const a = Float64Array.from(Object.values(values), ([before]) => before);
  const b = Float64Array.from(Object.values(values), ([, later]) => later);
  const items = Object.keys(values).map((paperId) => ({ paperId, clickedId: null }));
  return {
    items,
    values: [
      { a, b },
      { a: b, b: a },
    ],
  } as unknown as PairedTask;
}

const names = (list: readonly { paperId: string }[]): string => list.map(({ paperId }) => paperId).join("");

describe("the items that moved most", () => {
  const task = paired({ p: [0.5, 0.4], q: [0.1, 0.9], r: [0.3, 0.3], s: [0.2, 0.5], t: [0.9, 0.2], u: [0, 0.3] });

  it("are those of the first metric, each way, the largest first, equal ones in data order", () => {
    const { up, down } = moversOf(task, 10);
    expect(names(up)).toBe("qsu");
    expect(names(down)).toBe("tp");
    expect(up[0]).toEqual({ paperId: "q", clickedId: null, title: null, a: 0.1, b: 0.9 });
  });

  it("are as many each way as are asked for", () => {
    const { up, down } = moversOf(task, 1);
    expect([names(up), names(down)]).toEqual(["q", "t"]);
    expect(moversOf(task, 0)).toEqual({ up: [], down: [] });
    expect(moversOf({ ...task, values: [] }, 3)).toEqual({ up: [], down: [] });
  });

  it("stand in one list over all tasks, each with its task", () => {
    const movers = { cite: moversOf(task, 10), read: moversOf(paired({ x: [0.2, 0.7], y: [1, 0.1] }), 10) };
    expect(largestMovers(movers, "up", 2).map(({ task: of, paperId }) => [of, paperId])).toEqual([
      ["cite", "q"],
      ["read", "x"],
    ]);
    expect(names(largestMovers(movers, "down", 9))).toBe("ytp");
    expect([...moverIds(movers)].sort().join("")).toBe("pqstuxy");
  });

  it("keep the title that they have where none is known", () => {
    const movers = { cite: moversOf(task, 1) };
    const once = withTitles(movers, (id) => (id === "q" ? "A title" : null));
    const twice = withTitles(once, () => null);
    expect(twice.cite!.up[0]!.title).toBe("A title");
    expect(twice.cite!.down[0]!.title).toBeNull();
  });
});
