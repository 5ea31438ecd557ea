import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mt19937 } from "../../../src/stats/random/mt19937.ts";
import { drawTriplets } from "../../../src/training/triplets/drawTriplets.ts";
import { easyNegatives } from "../../../src/training/triplets/easyNegatives.ts";
import { readNeighbourGraph } from "../../../src/training/triplets/neighbourGraph.ts";
import { paperIndex, readPaperIndex } from "../../../src/training/triplets/paperIndex.ts";
import { defaultSampler, type EasyNegatives, sampleQuery } from "../../../src/training/triplets/sampler.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";
import { hasShared, sharedPath } from "../../shared.ts";

type Line = [query: string, positive: string, negative: string, kind: "hard" | "easy"];

interface Golden {
  readonly paper_ids: readonly string[];
  readonly query_ids: readonly string[];
  readonly graph: unknown;
  readonly easy_order_as_python: Readonly<Record<string, readonly number[]>>;
  readonly runs: readonly {
    readonly margin_fraction: number;
    readonly samples_per_query: number;
    readonly ratio_hard_negatives: number;
    readonly as_python: readonly Line[];
    readonly sorted: readonly Line[];
  }[];
}

const golden = (name: string) => JSON.parse(readFileSync(sharedPath(`goldens/training/triplets/${name}`), "utf8"));
const indexOf = (ids: readonly string[]) => paperIndex(new Map(ids.map((id, entry) => [id, { entry, unfit: null }])));

/** Reads a graph from a file, as the program does. */
async function openGraph(graph: unknown, queries: readonly string[], ids: readonly string[]) {
  const folder = temporaryFolder({ "data.json": typeof graph === "string" ? graph : JSON.stringify(graph) });
  const index = indexOf(ids);
  return { index, graph: await readNeighbourGraph(`${folder}/data.json`, new Set(queries), index) };
}

describe.skipIf(!hasShared)("the sampler against the reference's", () => {
  it.each(["sample-data.json", "synthetic-awkward.json"])("%s: every triplet of every setting", async (name) => {
    const { paper_ids, query_ids, graph: edges, easy_order_as_python, runs } = golden(name) as Golden;
    const { graph, index } = await openGraph(edges, query_ids, paper_ids);
    const pythonOrder = (query: string): EasyNegatives => {
      const order = easy_order_as_python[query] ?? [];
      return { size: order.length, at: (position) => index.numberOf(paper_ids[order[position]!]!) };
    };
    let compared = 0;
    for (const run of runs) {
      const settings = {
        marginFraction: run.margin_fraction,
        samplesPerQuery: run.samples_per_query,
        ratioHardNegatives: run.ratio_hard_negatives,
        seed: 321,
      };
      for (const order of ["sorted", "as_python"] as const) {
        const random = mt19937(321);
        const lines: Line[] = [];
        for (const query of query_ids) {
          const neighbours = graph.neighbours(query);
          if (neighbours === null) continue;
          const easy = () =>
            order === "sorted"
              ? easyNegatives(index.paperCount, index.numberOf(query), neighbours.ids)
              : pythonOrder(query);
          sampleQuery(neighbours, easy, settings, random, (positive, negative, hard) => {
            lines.push([query, index.ids[positive]!, index.ids[negative]!, hard ? "hard" : "easy"]);
          });
        }
        expect(lines, `${order} ${JSON.stringify(settings)}`).toEqual(run[order]);
        compared += lines.length;
      }
    }
    expect(compared).toBeGreaterThan(3000);
  });

  it("drops the triplets that the reference drops for want of a title or an id", async () => {
    const { metadata, graph: edges, query_ids, raw, kept, ...given } = golden("title-filter.json");
    const folder = temporaryFolder({ "data.json": JSON.stringify(edges), "metadata.json": JSON.stringify(metadata) });
    const index = await readPaperIndex(`${folder}/metadata.json`);
    const graph = await readNeighbourGraph(`${folder}/data.json`, new Set(query_ids), index);
    const settings = {
      marginFraction: given.margin_fraction,
      samplesPerQuery: given.samples_per_query,
      ratioHardNegatives: given.ratio_hard_negatives,
      seed: 321,
    };
    const drawn = await drawTriplets(query_ids, graph, index, settings, mt19937(321), "test");
    const lines = drawn.hard.map((_, triplet) =>
      drawn.papers.slice(3 * triplet, 3 * triplet + 3).map((paper) => index.ids[paper]),
    );
    expect(lines).toEqual(kept);
    const { counts } = drawn;
    expect(counts.drawn).toBe(raw.length);
    expect(Object.values(counts.dropped).reduce((sum, count) => sum + count, 0)).toBe(raw.length - kept.length);
    expect(counts.dropped.noPaperId).toBeGreaterThan(0);
    const barren = Object.values(counts.barren).reduce((sum, count) => sum + count, 0);
    expect(counts.fruitful + counts.emptied + barren).toBe(query_ids.length);
  });

  it("goes on where the reference ends with an error, and says why a query gives nothing", async () => {
    const cases: { case: string; graph?: unknown; error: string }[] = golden("errors.json");
    const { paper_ids } = golden("synthetic-awkward.json") as Golden;
    const reasons = [];
    for (const { graph: edges, error } of cases) {
      if (edges === undefined || error.startsWith("KeyError")) continue;
      const ids = error.startsWith("ValueError") ? ["p010", "p020", "p021", "q"] : paper_ids;
      const { graph, index } = await openGraph(edges, ["q"], ids);
      const drawn = await drawTriplets(
        ["q"],
        graph,
        index,
        { ...defaultSampler, ratioHardNegatives: 0 },
        mt19937(321),
        "test",
      );
      expect(drawn.counts.drawn).toBe(0);
      reasons.push(...Object.keys(drawn.counts.barren));
    }
    expect(reasons).toEqual(["noNeighbours", "noEasyNegative"]);
  });
});

it("a list has no more triplets than fit, of whatever queries, and the last that fits is drawn", async () => {
  const edges = { q: { a: { count: 5 }, b: { count: 1 }, c: { count: 1 } } };
  const { graph, index } = await openGraph(edges, ["q"], ["a", "b", "c", "e", "f", "q"]);
  const settings = { ...defaultSampler, samplesPerQuery: 4, ratioHardNegatives: 0 };
  const draw = (most: number) => drawTriplets(["q", "q"], graph, index, settings, mt19937(321), "test", {}, most);
  expect((await draw(8)).counts).toMatchObject({ drawn: 8, kept: 8 });
  await expect(draw(7)).rejects.toMatchObject({
    code: "BAD_INPUT",
    message: expect.stringContaining("a list has more than 7 triplets with 4 of a query, more than fit: draw fewer"),
  });
});

describe("the graph's file", () => {
  const counts = { a: 1, b: 5, c: 1, d: 5 };
  const edges = (order: string) => [...order].map((id) => `"${id}": {"count": ${counts[id as "a"]}}`).join(", ");

  it("is read in the order of its keys, also where ids are whole numbers", async () => {
    const text = `{"q": {"30": {"count": 1}, "7": {"count": 1}, "x": {"count": 2}, "0": {"count": 1}}}`;
    const { graph, index } = await openGraph(text, ["q"], []);
    expect([...graph.neighbours("q")!.ids].map((id) => index.ids[id])).toEqual(["x", "30", "7", "0"]);
  });

  it.each([
    ["plain", `{"q": {"30": {"count": 1}, "é": {"count": -2.5e0}, "30": {"count": 3}}}`],
    ["escapes", `{"q": {"30": {"count": 1}, "\\u00e9": {"count": -25e-1}, "30": {"count": 3}}}`],
    [
      "more than a count",
      `{"q": {"30": {"frac": {}, "count": 1}, "é": {"count": -2.5, "x": "}"}, "30": {"count": 3}}}`,
    ],
  ])("is the same however it is written: %s", async (_, text) => {
    const { graph, index } = await openGraph(text, ["q"], []);
    const { ids, counts } = graph.neighbours("q")!;
    expect([...ids].map((id, at) => [index.ids[id], counts[at]])).toEqual([
      ["30", 3],
      ["é", -2.5],
    ]);
  });

  it("counts a repeated query or neighbour as Python does: the last value, the first place", async () => {
    const text = `{"q": {${edges("ab")}}, "q": {${edges("dca")}, "c": {"count": 9}, "a": {"count": 5}}}`;
    const { graph, index } = await openGraph(text, ["q"], []);
    expect([...graph.neighbours("q")!.ids].map((id) => index.ids[id])).toEqual(["c", "d", "a"]);
  });

  it("keeps only the queries that are asked for, and says how many edges they have", async () => {
    const { graph } = await openGraph(`{"q": {${edges("abc")}}, "other": {${edges("ab")}}}`, ["q", "absent"], []);
    expect(graph.edges).toBe(3);
    expect(graph.neighbours("other")).toBeNull();
    expect(graph.neighbours("absent")).toBeNull();
  });

  it.each([
    ["a neighbour without a count", `{\n"q": {"a": {}}}`, /data\.json:2: query q: its neighbour a has no "count"/],
    ["a count in quotes", `{"q": {"a": {"count": "5"}}}`, /has no "count" that is a finite number/],
    [
      "a count beyond all numbers",
      `{"q": {"b": {"count": 1}, "a": {"count": 1e999}}}`,
      /neighbour a has no "count" that is a finite/,
    ],
    [
      "one behind a key that is a place",
      `{"q": {"1": {"count": -1e999}}}`,
      /neighbour 1 has no "count" that is a finite/,
    ],
    ["a list of neighbours", `{"q": ["a"]}`, /expected an object \{"paper"/],
    ["text after an object", `{"q": {"a": {"count": 1}} "b": 1}`, /broken JSON/],
    ["a broken neighbour", `{"q": {"a": {"count": 01}}}`, /query q: broken JSON/],
    ["an end too early", `{"q": {"a": {"count": 1}}`, /ends too early/],
  ])("is refused for %s", async (_, text, message) => {
    await expect(openGraph(text, ["q"], [])).rejects.toThrow(message);
  });
});

describe("easy negatives", () => {
  it("are all papers but the query and its neighbours, in order, whatever is left out", () => {
    const random = mt19937(7);
    for (let round = 0; round < 300; round++) {
      const count = random.interval(12);
      const excluded = Array.from({ length: random.interval(9) }, () => random.interval(15));
      const query = random.interval(15);
      const expected = Array.from({ length: count }, (_, paper) => paper).filter(
        (paper) => paper !== query && !excluded.includes(paper),
      );
      const easy = easyNegatives(count, query, Int32Array.from(excluded));
      expect(Array.from({ length: easy.size }, (_, position) => easy.at(position))).toEqual(expected);
    }
  });

  it("stand in the order of code points, which is not that of UTF-16", () => {
    expect(indexOf(["\ue000", "b", "\u{10000}", "a"]).ids).toEqual(["a", "b", "\ue000", "\u{10000}"]);
  });
});
