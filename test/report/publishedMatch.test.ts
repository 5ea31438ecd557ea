import { describe, expect, it } from "vitest";
import { matchNotes, matchPublished } from "../../src/report/publishedMatch.ts";
import { publishedRows } from "../../src/suites/scidocs/published.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { fromOneSeed } from "../results/recordChanges.ts";
import { scoreRecord } from "../results/scoreRecord.ts";

const row = publishedRows().find(({ model }) => model === "SPECTER (Hugging Face)");
if (row === undefined) throw new Error("the row is gone");

const shifted = (by: number, only: string | null = null): Record<string, number> =>
  Object.fromEntries(
    Object.entries(row.scores).map(([id, value]) => [id, only === null || id === only ? value + by : value]),
  );

describe("a record against a published row", () => {
  it("matches within a tenth of a point, the tenth included", () => {
    for (const by of [0, 0.1, -0.1]) expect(matchPublished(scoreRecord("ours", shifted(by)), row).matches).toBe(true);
    expect(matchPublished(scoreRecord("ours", shifted(0.11)), row).matches).toBe(false);
  });

  it("names the columns that are off, by how much, and why that may be", () => {
    const record = scoreRecord("ours", shifted(-0.4, "cite-map"), {}, {});
    const match = matchPublished({ ...record, model: { ...record.model, recipe: "hf-space", precision: "int8" } }, row);
    expect(match.columns.filter(({ matches }) => !matches).map(({ id }) => id)).toEqual(["cite-map"]);
    const notes = matchNotes("ours", match);
    expect(notes[0]).toContain(
      "differs from the published SPECTER (Hugging Face) in 1 of 13 columns: cite-map off by -0.40",
    );
    expect(notes.join("\n")).toContain("text recipe is hf-space; a row may have been made with hf or original");
    expect(notes.join("\n")).toContain("precision is int8");
  });

  it("blames the seed when only recomm is off, and missing papers where there are any", () => {
    const match = matchPublished(scoreRecord("ours", shifted(0.5, "recomm-ndcg")), row);
    expect(match.reasons.join()).toContain("other seeds move it");
    expect(matchPublished(scoreRecord("ours", shifted(0.5)), row).reasons.join()).not.toContain("other seeds");
  });

  it("says which columns one seed does not decide, and decides the others", () => {
    const record = fromOneSeed(buildRecord({ items: 5 }));
    const scores = Object.fromEntries(Object.entries(record.scores).map(([id, score]) => [id, score ?? 0]));
    const match = matchPublished(record, { model: "a row", scores: { ...scores, "recomm-ndcg": 99 } });
    expect(match).toMatchObject({ matches: true, undecided: ["recomm-ndcg", "recomm-P@1", "Avg"] });
    expect(match.columns).toHaveLength(10);
    expect(matchNotes("ours", match)[1]).toBe(
      "ours: one seed does not decide recomm-ndcg, recomm-P@1, Avg; run with --seeds 5.",
    );
  });

  it("does not match when there is nothing in common", () => {
    const match = matchPublished(scoreRecord("ours", {}), row);
    expect(match.matches).toBe(false);
    expect(matchNotes("ours", match)[0]).toContain("no column in common");
  });
});
