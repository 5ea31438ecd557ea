import { describe, expect, it } from "vitest";
import type { EmbeddingPlan, PlannedText } from "../../src/embed/plan.ts";
import { TableRows } from "../../src/embed/tableRows.ts";
import type { Encoder } from "../../src/encoders/encoder.ts";

const text = (paperIds: readonly string[]): PlannedText => ({
  key: paperIds.join(),
  title: "",
  abstract: "",
  stored: false,
  paperIds,
});

function rowsOf(paperIds: readonly string[]): TableRows {
  // Only what the table needs of a plan.
  const plan = { paperIds, encoder: { dimensions: null } as Encoder };
  return new TableRows(plan as EmbeddingPlan);
}

describe("a table under construction", () => {
  it("has every paper's vector in the papers' order, one text's for all papers that bear it", () => {
    const rows = rowsOf(["a", "b", "c"]);
    rows.place(text(["c", "a"]), Float32Array.of(1, 2), false);
    rows.place(text(["b"]), Float32Array.of(3, 4), true);
    const { ids, dimensions, data } = rows.table();
    expect([ids, dimensions, [...data]]).toEqual([["a", "b", "c"], 2, [1, 2, 3, 4, 1, 2]]);
    expect([...rows.truncatedPapers]).toEqual(["b"]);
  });

  it("is refused while a paper has not been placed: a row of zeros would pass for its vector", () => {
    const rows = rowsOf(["a", "b", "c"]);
    rows.place(text(["b"]), Float32Array.of(3, 4), false);
    expect(() => rows.table()).toThrow("papers whose vector was never placed: a, c");
    expect(() => rowsOf(["a"]).table()).toThrow("never placed: a");
    expect(rowsOf([]).table().ids).toEqual([]);
  });

  it("takes no vector of another length, and passes over papers that it has no row for", () => {
    const rows = rowsOf(["a"]);
    rows.place(text(["a", "stranger"]), Float32Array.of(3, 4), false);
    expect(rows.table().ids).toEqual(["a"]);
    expect(() => rows.place(text(["a"]), Float32Array.of(1), false)).toThrow(/vectors of 1 and of 2 numbers/);
  });
});
