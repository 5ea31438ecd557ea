import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readPaperTexts } from "../../src/datasets/papers.ts";
import { findTriplets, readTriplets } from "../../src/training/triplets/tripletFiles.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const data = join(folder, "graph");
mkdirSync(data);

/** Ten papers in a ring: each cites the next two, and is two steps from the three after them. */
const ids = Array.from({ length: 10 }, (_, paper) => `p${paper}`);
const neighbours = (paper: number) =>
  Object.fromEntries([1, 2, 3, 4, 5].map((step) => [ids[(paper + step) % 10], { count: step < 3 ? 5 : 1 }]));
const metadata = Object.fromEntries(
  ids.map((id, paper) => [id, { paper_id: id, title: `Title ${paper}`, abstract: null }]),
);
writeFileSync(
  join(data, "data.json"),
  JSON.stringify(Object.fromEntries(ids.map((id, paper) => [id, neighbours(paper)]))),
);
writeFileSync(
  join(data, "metadata.json"),
  JSON.stringify({ ...metadata, p3: { paper_id: "p3", title: "", abstract: "A" } }),
);
writeFileSync(join(data, "train.txt"), `${ids.slice(0, 7).join("\n")}\nunknown\n`);
writeFileSync(join(data, "val.txt"), " p7 \r\np8\r\n");
writeFileSync(join(data, "test.txt"), "p9");

const triplets = (args: readonly string[]) => runScidocs(folder, ["triplets", "--data-dir", "graph", ...args]);

describe("scidocs triplets", () => {
  it.each([
    ["--samples_per_query", "1000001", "Expected a whole number from 1 to 1000000."],
    ["--seed", "4294967296", "Expected a whole number from 0 to 4294967295."],
  ])("refuses %s %s", (flag, value, message) => {
    const { exitCode, stderr } = triplets(["--outdir", "never", flag, value]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  it("says of packed files that they are packed", () => {
    for (const name of ["data.json", "train.txt", "metadata.json"]) {
      const packed = join(folder, `packed-${name}`);
      cpSync(data, packed, { recursive: true });
      writeFileSync(join(packed, name), gzipSync(readFileSync(join(packed, name))));
      const { exitCode, stderr } = runScidocs(folder, ["triplets", "--data-dir", packed, "--outdir", "never"]);
      expect(stderr).toBe(`scidocs: ${join(packed, name)}: is packed with gzip; unpack it first (gunzip)\n`);
      expect(exitCode).toBe(2);
    }
  });

  it("tells of papers and queries that its files have twice", () => {
    const twice = join(folder, "twice");
    cpSync(data, twice, { recursive: true });
    const again = (name: string, entry: string): void => {
      const file = join(twice, name);
      writeFileSync(file, readFileSync(file, "utf8").replace(/\}$/, `,${entry}}`));
    };
    again("metadata.json", '"p1":{"paper_id":"p1","title":"Another"}');
    again("data.json", '"p0":{"p4":{"count":5}}');
    const { exitCode, stdout } = runScidocs(folder, ["triplets", "--data-dir", "twice", "--outdir", "twiceOut"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("1 entries name a paper of the metadata again; the last one counts\n");
    expect(stdout).toContain("1 entries name a query of the graph again; the last one counts\n");
    const record = JSON.parse(readFileSync(join(folder, "twiceOut/data-triplets.json"), "utf8"));
    expect(record).toMatchObject({ papers: 10, repeated: { papers: 1, queries: 1 } });
  });

  it("writes triplets with the texts they name, and counts every query and triplet that is lost", async () => {
    const { exitCode, stdout } = triplets(["--outdir", "out"]);
    expect(exitCode).toBe(0);
    expect(readdirSync(join(folder, "out")).sort()).toEqual([
      "data-metrics.json",
      "data-papers.json",
      "data-test.jsonl",
      "data-train.jsonl",
      "data-triplets.json",
      "data-val.jsonl",
    ]);
    const files = await findTriplets(join(folder, "out"));
    const metrics = JSON.parse(readFileSync(files.metrics, "utf8"));
    const named = new Set<string>();
    for (const set of ["train", "val", "test"] as const) {
      const read = await readTriplets(files.sets[set]);
      expect(read.length).toBe(metrics[set]);
      for (const id of read.paperIds) named.add(id);
      for (let triplet = 0; triplet < read.length; triplet++) {
        const [query, positive, negative] = [read.query, read.positive, read.negative].map((column) =>
          Number(read.paperIds[column[triplet]!]!.slice(1)),
        );
        const distance = (paper: number) => (paper - query! + 10) % 10;
        expect([1, 2]).toContain(distance(positive!));
        const far = read.hard[triplet] === 1 ? [3, 4, 5] : [6, 7, 8, 9];
        expect(far).toContain(distance(negative!));
      }
    }
    expect(named.has("p3")).toBe(false);
    const { papers } = await readPaperTexts(files.papers, null);
    expect(new Set(papers.keys())).toEqual(named);
    expect(papers.get("p1")).toMatchObject({ title: "Title 1", abstract: null });

    const { sets, inputs } = JSON.parse(readFileSync(files.record, "utf8"));
    expect(sets.train).toMatchObject({ queries: 8, drawn: 35, kept: metrics.train, barren: { absent: 1 }, emptied: 1 });
    expect(sets.train.dropped.noTitle).toBe(35 - metrics.train);
    expect(inputs).toHaveLength(5);
    expect(stdout).toContain("queries without triplets, not in the graph: 1\n");
    expect(stdout).toContain(`triplets dropped, a paper without a title: ${35 - metrics.train}\n`);
  });

  it("gives the same bytes again, others for another seed, and other names for a comment", () => {
    triplets(["--outdir", "again"]);
    triplets(["--outdir", "seeded", "--seed", "5", "--comment", "five"]);
    const read = (path: string) => readFileSync(join(folder, path), "utf8");
    for (const file of readdirSync(join(folder, "again"))) expect(read(`again/${file}`)).toBe(read(`out/${file}`));
    expect(read("seeded/data-five-train.jsonl")).not.toBe(read("again/data-train.jsonl"));
  });

  it("says which queries a list has again, and which of val's and test's are train's too", () => {
    cpSync(data, join(folder, "twice"), { recursive: true });
    writeFileSync(join(folder, "twice/train.txt"), "p0\np1\np0\np0\n");
    writeFileSync(join(folder, "twice/val.txt"), "p1\np7\np7\np1\np0\n");
    const { exitCode, stdout } = runScidocs(folder, "triplets --data-dir twice --outdir lists".split(" "));
    expect(exitCode).toBe(0);
    const { lists, sets } = JSON.parse(readFileSync(join(folder, "lists/data-triplets.json"), "utf8"));
    expect(lists).toEqual({
      train: { repeated: 2, alsoInTrain: 0 },
      val: { repeated: 2, alsoInTrain: 2 },
      test: { repeated: 0, alsoInTrain: 0 },
    });
    // As in the reference, each line gives its triplets.
    expect(sets.train.queries).toBe(4);
    expect(stdout.match(/^ {2}(lines|queries that).*$/gm)).toEqual([
      "  lines that name a query again, of which triplets are drawn again: 2",
      "  lines that name a query again, of which triplets are drawn again: 2",
      "  queries that train has too, so that they are no test of what was learnt: 2",
    ]);
    expect(triplets(["--outdir", "plain"]).stdout).not.toMatch(/again|too/);
  });

  it("takes the reference's flags, and says which change nothing", () => {
    const { exitCode, stderr } = triplets(
      "--metadata graph/metadata.json --outdir flags --ratio_hard_negatives 0 --samples_per_query 2 --margin_fraction 0.5 --njobs 4 --njobs_raw 12 --concat-title-abstract --bert_vocab v.txt --comment c"
        .split(" ")
        .concat(["--included-text-fields", "title abstract"]),
    );
    expect(exitCode).toBe(0);
    const noted = [...stderr.matchAll(/note: (--\S+) has no effect/g)].map(([, flag]) => flag);
    expect(noted).toEqual([
      "--njobs",
      "--njobs_raw",
      "--bert_vocab",
      "--concat-title-abstract",
      "--included-text-fields",
    ]);
    expect(readFileSync(join(folder, "flags/data-c-train.jsonl"), "utf8")).not.toContain("hard");
  });

  it.each([
    [["--outdir", "x", "--margin_fraction", "2"], /Expected a number from 0 to 1/],
    [["--outdir", "x", "--samples_per_query", "0"], /whole number of at least 1/],
    [["--outdir", "x", "--comment", "../up"], /leave \/ and \\ out/],
    [["--outdir", "x", "--metadata", "none.json"], /none\.json is missing/],
    [[], /required option '--outdir/],
  ])("refuses %j", (args, message) => {
    const { exitCode, stderr } = triplets(args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.skipIf(!hasShared)("says that nothing is left of the reference's sample, of which 55 triplets are drawn", () => {
    const sample = sharedPath("data/specter-training");
    const { exitCode, stdout, stderr } = runScidocs(folder, [
      ...["triplets", "--data-dir", sample, "--metadata", join(sample, "metadata.json"), "--outdir", "sample"],
    ]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("there is no training triplet: all 55 that were drawn name a paper that cannot be used");
    expect(stdout).toContain("triplets dropped, a paper not in the metadata: 55\n");
    expect(readFileSync(join(folder, "sample/data-metrics.json"), "utf8")).toBe(
      '{\n  "train": 0,\n  "val": 0,\n  "test": 0\n}',
    );
  });
});
