import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPapers } from "../../../src/datasets/papers.ts";
import { openDataset } from "../../../src/suites/dataset.ts";
import { judgedPapers } from "../../../src/training/graph/judgedPapers.ts";
import { makeCitationGraph, splitQueries } from "../../../src/training/graph/makeCitationGraph.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";

const mini = join(import.meta.dirname, "../../../datasets/mini");
const miniPapers = join(mini, "paper_metadata_view_cite_read.json");

const settings = { valShare: 0, testShare: 0, seed: 321 };
const paper = (references: string[], citedBy: string[] = [], title: string | null = "T") => ({
  title,
  abstract: null,
  references,
  cited_by: citedBy,
});

/** Makes the graph of some papers and reads what it wrote. */
async function graphOf(papers: unknown) {
  const folder = temporaryFolder({ "papers.json": typeof papers === "string" ? papers : JSON.stringify(papers) });
  const record = await makeCitationGraph({ ...settings, papersFile: join(folder, "papers.json"), outFolder: folder });
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8"));
  return { record, data: read("data.json"), papers: read("metadata.json"), record2: read("graph.json"), folder };
}

describe("a graph of citations", () => {
  it("counts 5 for a cited paper and 1 for a paper that only those cite", async () => {
    const { data, record } = await graphOf({
      a: paper(["b", "c"]),
      b: paper(["c", "d", "a"]),
      c: paper(["e"]),
      d: paper([]),
      e: paper([]),
    });
    expect(data).toEqual({
      a: { b: { count: 5 }, c: { count: 5 }, d: { count: 1 }, e: { count: 1 } },
      b: { c: { count: 5 }, d: { count: 5 }, a: { count: 5 }, e: { count: 1 } },
      c: { e: { count: 5 } },
    });
    expect(record.counts).toMatchObject({
      papers: 5,
      withoutNeighbours: 2,
      directNeighbours: 6,
      secondHandNeighbours: 3,
    });
  });

  it("reads a citation from either end, once, and none of a paper to itself", async () => {
    const { data, record } = await graphOf({ a: paper(["b", "b", "a"]), b: paper([], ["a", "c"]), c: paper([]) });
    expect(data).toEqual({ a: { b: { count: 5 } }, c: { b: { count: 5 } } });
    expect(record.counts.citations).toBe(2);
  });

  it("leads through papers that are not there, and ends at none of them", async () => {
    const { data } = await graphOf({ a: paper(["gone"]), b: paper([], ["gone"]), c: paper(["b"], ["x"]) });
    expect(data).toEqual({ a: { b: { count: 1 } }, c: { b: { count: 5 } } });
  });

  it("leaves papers without a title out, and counts them", async () => {
    const { data, papers, record } = await graphOf({
      a: paper(["b", "c"]),
      b: paper(["d"], [], ""),
      c: paper([], [], null),
      d: paper([]),
    });
    expect(data).toEqual({ a: { d: { count: 1 } } });
    expect(Object.keys(papers)).toEqual(["a", "d"]);
    expect(papers.a).toEqual({ paper_id: "a", title: "T", abstract: null });
    expect(record.counts.withoutTitle).toBe(2);
  });

  it("takes the last of several entries of one id for its text", async () => {
    const { papers } = await graphOf(
      '{"a": {"title": "old", "references": ["b"]}, "b": {"title": "B"}, "a": {"title": "new"}}',
    );
    expect(papers).toMatchObject({ a: { title: "new" }, b: { title: "B" } });
  });

  it.each([
    ["nobody cites", { a: paper([]), b: paper([]) }, /no paper tells of a citation/],
    ["all citations leave the file", { a: paper(["x"]), b: paper(["y"]) }, /none of its 2 citations is between two/],
    ["no papers", {}, /has no papers/],
  ])("is refused, and no file left, where there is no query: %s", async (_, papers, message) => {
    const folder = temporaryFolder({ "papers.json": JSON.stringify(papers) });
    const request = { ...settings, papersFile: join(folder, "papers.json"), outFolder: join(folder, "out") };
    await expect(makeCitationGraph(request)).rejects.toThrow(message);
    expect(existsSync(join(folder, "out/data.json"))).toBe(false);
  });

  it("splits by seed: the same lists again, others for another seed, every query in one", () => {
    const ids = Array.from({ length: 100 }, (_, id) => String(id));
    const lists = splitQueries(ids, 0.1, 0.25, 1);
    expect([lists.train.length, lists.val.length, lists.test.length]).toEqual([65, 10, 25]);
    expect([...lists.train, ...lists.val, ...lists.test].sort()).toEqual([...ids].sort());
    expect(splitQueries(ids, 0.1, 0.25, 1)).toEqual(lists);
    expect(splitQueries(ids, 0.1, 0.25, 2)).not.toEqual(lists);
    expect(splitQueries(ids.slice(0, 3), 0.1, 0.25, 1).train).toHaveLength(3);
  });
});

describe("leaving out what the benchmark judges", () => {
  it("leaves no judged paper in the graph, its lists or its texts, and says how many", async () => {
    // Half of the mini dataset's queries stand for the benchmark, so that something is left.
    const text = readFileSync(join(mini, "cite/test.qrel"), "utf8").split("\n");
    const queries = [...new Set(text.map((line) => line.split(" ")[0]))].slice(0, 5);
    const qrel = text.filter((line) => queries.includes(line.split(" ")[0]!)).join("\n");
    const benchmark = temporaryFolder({ "cite/val.qrel": qrel, "cite/test.qrel": qrel });
    const judged = await judgedPapers(await openDataset(benchmark));
    expect(judged.tasks).toEqual(["cite"]);
    expect(judged.absent).toHaveLength(6);

    const outFolder = temporaryFolder();
    const request = { ...settings, papersFile: miniPapers, outFolder, valShare: 0.1, testShare: 0.1 };
    const { counts, queries: listed, exclusion } = await makeCitationGraph({ ...request, excludeFolder: benchmark });
    const { papers } = await readPapers(miniPapers, null);
    expect(counts.excluded).toBe([...judged.ids].filter((id) => papers.has(id)).length);
    expect(exclusion?.judged).toBe(judged.ids.size);
    const written = ["data.json", "metadata.json", "train.txt", "val.txt", "test.txt"]
      .map((file) => readFileSync(join(outFolder, file), "utf8"))
      .join("\n");
    for (const id of judged.ids) expect(written.includes(id), id).toBe(false);
    expect(listed.train).toBeGreaterThan(50);
  });

  it("takes val and test of every task, and no paper that only a task's own classifier trains on", async () => {
    const { ids, tasks } = await judgedPapers(await openDataset(mini));
    expect(tasks).toHaveLength(7);
    const idsOf = (file: string) =>
      readFileSync(join(mini, file), "utf8")
        .split("\n")
        .slice(1)
        .map((line) => line.split(",")[0]!)
        .filter(Boolean);
    const evaluated = new Set(
      ["mag", "mesh"].flatMap((task) => ["val", "test"].flatMap((part) => idsOf(`${task}/${part}.csv`))),
    );
    for (const id of evaluated) expect(ids.has(id)).toBe(true);
    const trainedOn = ["mag", "mesh"].flatMap((task) => idsOf(`${task}/train.csv`)).filter((id) => !evaluated.has(id));
    expect(trainedOn.some((id) => !ids.has(id))).toBe(true);
  });

  it("refuses when nothing is left", async () => {
    const request = { ...settings, papersFile: miniPapers, outFolder: temporaryFolder(), excludeFolder: mini };
    await expect(makeCitationGraph(request)).rejects.toThrow(/every one of its 710 papers is excluded/);
  });
});
