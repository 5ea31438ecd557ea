import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPapers } from "../../../src/datasets/papers.ts";
import type { RunControl } from "../../../src/progress.ts";
import { openDataset } from "../../../src/suites/dataset.ts";
import { judgedPapers } from "../../../src/training/graph/judgedPapers.ts";
import { makeCitationGraph, splitQueries } from "../../../src/training/graph/makeCitationGraph.ts";
import { makeTriplets } from "../../../src/training/triplets/makeTriplets.ts";
import { countNotes, toldTriplets } from "../../../src/training/triplets/toldCounts.ts";
import { findTriplets } from "../../../src/training/triplets/tripletFiles.ts";
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
  const record = await makeCitationGraph({
    ...settings,
    papersFiles: [join(folder, "papers.json")],
    outFolder: folder,
  });
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8"));
  return { record, data: read("data.json"), papers: read("metadata.json"), record2: read("graph.json"), folder };
}

describe("a graph of citations", () => {
  it("that could not be written whole is no graph with what an earlier one left, nor are triplets", async () => {
    const papers = Object.fromEntries(
      ["a", "b", "c", "d", "e", "f"].map((id, at, all) => [id, paper(all.slice(at + 1))]),
    );
    const { folder } = await graphOf(papers);
    const out = join(folder, "out");
    const graph = { ...settings, papersFiles: [join(folder, "papers.json")], outFolder: folder };
    const triplets = { dataFolder: folder, outFolder: out };
    const inTheWay = async (file: string, work: (control: RunControl) => Promise<unknown>): Promise<void> => {
      rmSync(file, { force: true });
      // Not before the work begins, which looks first.
      const onProgress = (): void => void mkdirSync(file, { recursive: true });
      await expect(work({ onProgress })).rejects.toThrow("it is a folder");
      rmSync(file, { recursive: true });
    };
    await inTheWay(join(folder, "train.txt"), (control) => makeCitationGraph(graph, control));
    writeFileSync(join(folder, "train.txt"), "a\n");
    await expect(makeTriplets(triplets)).rejects.toThrow(`${join(folder, "metadata.json")} is missing`);
    expect(existsSync(join(folder, "graph.json"))).toBe(false);
    await makeCitationGraph(graph);
    await makeTriplets(triplets);
    await inTheWay(join(out, "data-val.jsonl"), (control) => makeTriplets({ ...triplets, seed: 1 }, control));
    await expect(findTriplets(out)).rejects.toThrow("has no triplets");
    await makeTriplets(triplets);
    expect((await findTriplets(out)).name).toBe("data");
  });

  it("is not written over somebody's own files of its names, and over its own again", async () => {
    const { folder } = await graphOf({ a: paper(["b", "c"]), b: paper(["c", "d"]), c: paper(["d"]), d: paper([]) });
    const graph = { ...settings, papersFiles: [join(folder, "papers.json")], outFolder: join(folder, "mine") };
    mkdirSync(graph.outFolder);
    writeFileSync(join(graph.outFolder, "train.txt"), "precious");
    await expect(makeCitationGraph(graph)).rejects.toThrow(/train\.txt: is there already/);
    expect(readFileSync(join(graph.outFolder, "train.txt"), "utf8")).toBe("precious");
    rmSync(join(graph.outFolder, "train.txt"));
    await makeCitationGraph(graph);
    rmSync(join(graph.outFolder, "graph.json"));
    expect(await makeCitationGraph(graph)).toEqual(await makeCitationGraph(graph));
  });

  it("is told of where a list or the triplets have not what their records tell, as a copy that was broken off has", async () => {
    const { folder } = await graphOf({ a: paper(["b", "c"]), b: paper(["c", "d"]), c: paper(["d"]), d: paper([]) });
    const out = join(folder, "out");
    const triplets = { dataFolder: folder, outFolder: out };
    const [train, val] = [join(folder, "train.txt"), join(out, "data-val.jsonl")];
    const { queries } = await makeCitationGraph({
      ...settings,
      papersFiles: [join(folder, "papers.json")],
      outFolder: folder,
    });
    const list = readFileSync(train, "utf8");
    const { notes, files, record } = await makeTriplets(triplets);
    expect(notes).toEqual([]);
    expect(await toldTriplets(files)).toEqual({
      train: record.sets.train.kept,
      val: record.sets.val.kept,
      test: record.sets.test.kept,
    });
    writeFileSync(train, list.slice(list.indexOf("\n") + 1));
    expect((await makeTriplets(triplets)).notes).toEqual([
      `${train} has ${queries.train - 1} queries, and graph.json tells of ${queries.train}: one of them was cut off or changed since`,
    ]);
    // A graph of others has no record.
    rmSync(join(folder, "graph.json"));
    expect((await makeTriplets(triplets)).notes).toEqual([]);
    writeFileSync(join(folder, "graph.json"), '{"queries": {"train": -1}}');
    await expect(makeTriplets(triplets)).rejects.toThrow("graph.json: is no record of a graph");
    expect(countNotes(val, files.record, "triplets", 3, 3)).toEqual([]);
  });

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

  it("takes the last of several entries of one id for its text, the citations of all, and counts them", async () => {
    const { papers, data, record } = await graphOf(
      '{"a": {"title": "old", "references": ["b"]}, "b": {"title": "B"}, "a": {"title": "new", "references": ["c"]}, "c": {"title": "C"}}',
    );
    expect(papers).toMatchObject({ a: { title: "new" }, b: { title: "B" } });
    expect(data).toEqual({ a: { b: { count: 5 }, c: { count: 5 } } });
    expect(record.counts).toMatchObject({ papers: 3, repeated: 1 });
  });

  it("takes no file for its own place that it is made of", async () => {
    const text = JSON.stringify({ a: paper(["b"]), b: paper([]) });
    for (const name of ["metadata.json", "data.json", "graph.json", "train.txt"]) {
      const folder = temporaryFolder({ [name]: text });
      const request = { ...settings, papersFiles: [join(folder, name)], outFolder: join(folder, ".") };
      await expect(makeCitationGraph(request)).rejects.toMatchObject({ code: "USAGE" });
      expect(readFileSync(join(folder, name), "utf8")).toBe(text);
    }
  });

  it("is made of several files as of one, papers that come again counted", async () => {
    const [a, b] = [
      { a: paper(["b", "c"]) },
      { b: paper(["d"]), c: paper([]), d: paper([]), a: paper(["d"], [], "new") },
    ];
    const folder = temporaryFolder({ "a.json": JSON.stringify(a), "b.json": JSON.stringify(b) });
    const papersFiles = ["a.json", "b.json"].map((name) => join(folder, name));
    const record = await makeCitationGraph({ ...settings, papersFiles, outFolder: folder });
    const read = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8"));
    expect(read("data.json")).toEqual({
      a: { b: { count: 5 }, c: { count: 5 }, d: { count: 5 } },
      b: { d: { count: 5 } },
    });
    expect(Object.keys(read("metadata.json"))).toEqual(["b", "c", "d", "a"]);
    expect(read("metadata.json").a.title).toBe("new");
    expect(record.counts).toMatchObject({ papers: 4, repeated: 1 });
    expect(record.papersFiles.map(({ path }) => path)).toEqual(["a.json", "b.json"]);
    expect(record.papersFiles[0]!.sha256).not.toBe(record.papersFiles[1]!.sha256);
  });

  it.each(["a\nb", "a\r", " a", "a\u00a0", "a\ud800"])(
    "refuses the id %j, which a list of queries would tear or trim",
    async (id) => {
      await expect(graphOf({ b: paper([id]), [id]: paper(["b"]) })).rejects.toThrow(
        /papers\.json:1: the id ".*" has a line break, blanks/,
      );
      // As the name of no query it does no harm.
      const { data } = await graphOf({ b: paper([id, "c"]), c: paper([]), [id]: paper(["c"], [], null) });
      expect(data).toEqual({ b: { c: { count: 5 } } });
    },
  );

  it.each([
    ["nobody cites", { a: paper([]), b: paper([]) }, /no paper tells of a citation/],
    ["all citations leave the file", { a: paper(["x"]), b: paper(["y"]) }, /none of its 2 citations is between two/],
    ["no papers", {}, /has no papers/],
  ])("is refused, and no file left, where there is no query: %s", async (_, papers, message) => {
    const folder = temporaryFolder({ "papers.json": JSON.stringify(papers) });
    const request = { ...settings, papersFiles: [join(folder, "papers.json")], outFolder: join(folder, "out") };
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

describe("second-hand neighbours", () => {
  /** A survey that cites so many papers and is cited by each of them. */
  const survey = (papers: number) => {
    const ids = Array.from({ length: papers }, (_, at) => `p${at}`);
    return { survey: paper(ids), ...Object.fromEntries(ids.map((id) => [id, paper(["survey"])])) };
  };
  const made = async (papers: object, options: { mostSecondHand?: number; seed?: number }) => {
    const folder = temporaryFolder({ "papers.json": JSON.stringify(papers) });
    const request = { ...settings, papersFiles: [join(folder, "papers.json")], outFolder: folder, ...options };
    const record = await makeCitationGraph(request);
    return { record, text: readFileSync(join(folder, "data.json"), "utf8"), folder };
  };

  it("are drawn where more are to be had than are kept, counted, and the same with the same seed", async () => {
    const { record, text } = await made(survey(50), { mostSecondHand: 7 });
    const data: Record<string, Record<string, { count: number }>> = JSON.parse(text);
    const secondHand = Array.from({ length: 50 }, (_, at) =>
      Object.entries(data[`p${at}`]!).flatMap(([id, { count }]) => (count === 1 ? [id] : [])),
    );
    for (const [at, ids] of secondHand.entries()) {
      expect(ids).toHaveLength(7);
      expect(new Set(ids).size).toBe(7);
      expect(ids).not.toContain(`p${at}`);
    }
    // Every paper is drawn about as often: 7 of each 49.
    const drawn = Array.from({ length: 50 }, (_, at) => secondHand.flat().filter((id) => id === `p${at}`).length);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(16);
    expect(record.counts).toMatchObject({ secondHandNeighbours: 350, secondHandLeftOut: 50 * 42 });
    expect(record.settings.mostSecondHand).toBe(7);
    expect((await made(survey(50), { mostSecondHand: 7 })).text).toBe(text);
    expect((await made(survey(50), { mostSecondHand: 7, seed: 1 })).text).not.toBe(text);
  });

  it("are all kept where nothing is said or there are no more", async () => {
    const { record, text } = await made(survey(9), { mostSecondHand: 8 });
    expect(record.counts).toMatchObject({ secondHandNeighbours: 72, secondHandLeftOut: 0 });
    const all = await made(survey(9), {});
    expect(all.text).toBe(text);
    expect(all.record.settings.mostSecondHand).toBeNull();
  });

  it("are no more than a disk can take: a graph a thousand times as large as its papers is refused, and nothing is left", async () => {
    const folder = temporaryFolder({ "papers.json": JSON.stringify(survey(6000)) });
    const request = { ...settings, papersFiles: [join(folder, "papers.json")], outFolder: join(folder, "out") };
    await expect(makeCitationGraph(request)).rejects.toThrow(
      /12000 citations make more than \d+ neighbours: .* by --most-second-hand 1000/,
    );
    expect(existsSync(join(folder, "out"))).toBe(false);
    const { counts } = await makeCitationGraph({ ...request, mostSecondHand: 10 });
    expect(counts).toMatchObject({ secondHandNeighbours: 60_000, secondHandLeftOut: 6000 * 5989 });
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
    const request = { ...settings, papersFiles: [miniPapers], outFolder, valShare: 0.1, testShare: 0.1 };
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
    const request = { ...settings, papersFiles: [miniPapers], outFolder: temporaryFolder(), excludeFolder: mini };
    await expect(makeCitationGraph(request)).rejects.toThrow(/every one of its 710 papers is excluded/);
  });
});
