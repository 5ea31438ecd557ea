import { describe, expect, test } from "vitest";
import { matchPublished } from "../../src/report/publishedMatch.ts";
import { scoreTable } from "../../src/report/scoreTable.ts";
import { whyNotPublishedData } from "../../src/results/publishedData.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import { publishedRows } from "../../src/suites/scidocs/published.ts";
import { scidocs } from "../../src/suites/scidocs/scidocs.ts";
import { buildRecord } from "./recordBuilder.ts";

const made = buildRecord({ name: "mine", quality: 0.5, items: 20 });
const real = { ...made.dataset, name: "mine", synthetic: false, files: [] };
const cite = made.tasks.cite;
if (cite?.kind !== "ranking") throw new Error("cite did not run");
const onlyCite: RunRecord = {
  ...made,
  dataset: real,
  tasks: { cite: { ...cite, queriesLeftOut: 1000 - cite.rows.query.length } },
};

describe("data that are not the published ones", () => {
  test("are told by the number of items that a task judges, those left out included", () => {
    expect(whyNotPublishedData(onlyCite, scidocs)).toBeNull();
    expect(whyNotPublishedData({ ...onlyCite, tasks: { cite } }, scidocs)).toMatch(
      /^mine is not SciDocs: its cite judges \d+ queries, and SciDocs 1000$/,
    );
    expect(whyNotPublishedData({ ...made, dataset: real, tasks: { mag: made.tasks.mag! } }, scidocs)).toContain(
      "mag judges",
    );
  });

  test("are told by a file of another hash, by their split, and by what made them up", () => {
    const file = (sha256: string) => ({ path: "cite/test.qrel", bytes: 1, sha256 });
    const of = (sha256: string): RunRecord => ({ ...onlyCite, dataset: { ...real, files: [file(sha256)] } });
    expect(whyNotPublishedData(of(scidocs.sizes.bytes["cite/test.qrel"]?.sha256 ?? ""), scidocs)).toBeNull();
    expect(whyNotPublishedData(of("0".repeat(64)), scidocs)).toContain("its cite/test.qrel is another file");
    expect(whyNotPublishedData({ ...onlyCite, split: "val" }, scidocs)).toContain("val split");
    expect(whyNotPublishedData(made, scidocs)).toContain("made-up data");
  });

  test("are not told by what the published sizes do not say: a file of one's own, a task without a number", () => {
    const extra = { path: "notes.txt", bytes: 1, sha256: "0".repeat(64) };
    expect(whyNotPublishedData({ ...onlyCite, dataset: { ...real, files: [extra] } }, scidocs)).toBeNull();
    const unsized = { ...scidocs, sizes: { ...scidocs.sizes, judged: {} } };
    expect(whyNotPublishedData({ ...onlyCite, tasks: { cite } }, unsized)).toBeNull();
    const skipped = { ...onlyCite, tasks: { ...onlyCite.tasks, mag: { kind: "skipped" as const, reason: "no" } } };
    expect(whyNotPublishedData(skipped, scidocs)).toBeNull();
  });

  test("are flagged beneath the table beside published rows, and named as the reason of a difference", () => {
    const record = { ...onlyCite, tasks: { cite } };
    const notes = scoreTable([record], publishedRows()).notes;
    expect(
      notes.filter((note) => note.includes("not comparable with the published rows: mine is not SciDocs")),
    ).toHaveLength(1);
    expect(scoreTable([record]).notes.join("\n")).not.toContain("published rows");
    expect(scoreTable([onlyCite], publishedRows()).notes.join("\n")).not.toContain("not comparable with the published");
    expect(matchPublished(record, publishedRows()[0]!).reasons[0]).toContain("is not SciDocs");
  });
});
