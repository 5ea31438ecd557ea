import { describe, expect, it } from "vitest";
import { randomVectors, tfidfVectors, zeroVectors } from "../../../src/learn/baselines/baselineVectors.ts";
import type { ProgressEvent } from "../../../src/progress.ts";
import { vectorAt } from "../../../src/vectors/vectorTable.ts";

const texts = new Map([
  ["a", "graph networks learn graph structure"],
  ["b", "graph networks for molecules"],
  ["c", "protein folding in cells"],
  ["d", "cells and protein structure"],
  ["e", "unknownword"],
]);

describe("vectors of words", () => {
  it("keep the angles between papers, as far as their words go: nothing is lost below 300 directions", async () => {
    const table = await tfidfVectors(texts, 1);
    const cosine = (x: string, y: string): number => {
      const [a = [], b = []] = [x, y].map((id) => [...vectorAt(table, table.rowOf.get(id)!)]);
      return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    };
    expect(table.ids).toEqual([..."abcde"]);
    for (const id of "abcd") expect(cosine(id, id)).toBeCloseTo(1, 5);
    // Words of two papers and of their number: graph, networks, structure, protein, cells; each in two of five.
    const ofA = Math.hypot(1 + Math.log(2), 1, 1);
    expect(cosine("a", "b")).toBeCloseTo((1 + Math.log(2) + 1) / (ofA * Math.SQRT2), 5);
    expect(cosine("a", "d")).toBeCloseTo(1 / (ofA * Math.sqrt(3)), 5);
    expect(cosine("c", "d")).toBeCloseTo(2 / (Math.SQRT2 * Math.sqrt(3)), 5);
    expect(cosine("a", "c")).toBeCloseTo(0, 5);
    expect([...vectorAt(table, 4)].every((value) => value === 0)).toBe(true);
  });

  it("tell how far they are, up to all papers", async () => {
    const events: ProgressEvent[] = [];
    await tfidfVectors(texts, 1, { onProgress: (event) => events.push(event) });
    const reducing = events.filter(({ stage }) => stage === "reducing TF-IDF");
    expect(reducing.map(({ done, total }) => [done, total])).toEqual([
      [0, 3],
      [1, 3],
      [3, 3],
    ]);
    expect(events.at(-1)).toEqual({ stage: "projecting papers", done: 5, total: 5, unit: "papers" });
  });

  it("are refused where no word occurs in two papers", async () => {
    const apart = new Map([
      ["a", "one two"],
      ["b", "three four"],
    ]);
    await expect(tfidfVectors(apart, 1)).rejects.toMatchObject({ code: "BAD_INPUT" });
  });
});

describe("random vectors", () => {
  it("depend on the paper's id and the seed alone, and are normal numbers", () => {
    const ids = Array.from({ length: 400 }, (_, i) => `paper ${i}`);
    const table = randomVectors(ids, 3);
    expect([...vectorAt(randomVectors(["paper 7"], 3), 0)]).toEqual([...vectorAt(table, 7)]);
    expect([...vectorAt(randomVectors(["paper 7"], 4), 0)]).not.toEqual([...vectorAt(table, 7)]);
    const values = [...table.data];
    expect(values).toHaveLength(400 * 25);
    const mean = values.reduce((sum, value) => sum + value / 1e4, 0);
    expect(Math.abs(mean)).toBeLessThan(0.04);
    expect(values.reduce((sum, value) => sum + (value - mean) ** 2 / 1e4, 0)).toBeCloseTo(1, 1);
  });
});

it("zero vectors are a zero a paper", () => {
  const table = zeroVectors(["a", "b"]);
  expect([table.ids, table.dimensions, [...table.data]]).toEqual([["a", "b"], 1, [0, 0]]);
});
