import { expect, test } from "vitest";
import { gapNotes } from "../../src/benchmark/paperGaps.ts";
import { planBenchmark } from "../../src/benchmark/runBenchmark.ts";
import { baselineSource } from "../../src/benchmark/sources/baseline.ts";
import { openDataset } from "../../src/suites/dataset.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

test("a plan says which papers lack their metadata or have no text, task by task", async () => {
  const folder = temporaryFolder({
    "cite/test.qrel": "q 0 a 1\nq 0 gone 0\n",
    "cocite/test.qrel": "q 0 blank 1\nq 0 a 0\n",
    "paper_metadata_view_cite_read.json": JSON.stringify({
      q: { paper_id: "q", title: "Q", abstract: null },
      a: { paper_id: "a", title: null, abstract: "text" },
      blank: { paper_id: "blank", title: " ", abstract: "" },
      other: { paper_id: "other", title: "", abstract: "" },
    }),
  });
  const { gaps } = await planBenchmark(await openDataset(folder), baselineSource("tfidf"));
  expect(gaps).toEqual([
    { task: "cite", papers: 3, withoutMetadata: 1, emptyText: 0 },
    { task: "co-cite", papers: 3, withoutMetadata: 0, emptyText: 1 },
  ]);
  expect(gapNotes(gaps)).toEqual([
    "papers without metadata: cite 1 of 3",
    "papers with neither title nor abstract: co-cite 1 of 3",
  ]);
  expect((await planBenchmark(await openDataset(folder), baselineSource("zero"))).gaps).toEqual([]);
});
