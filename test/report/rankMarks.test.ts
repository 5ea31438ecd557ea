import { describe, expect, it } from "vitest";
import { jsonTable } from "../../src/report/jsonTable.ts";
import { letterOf, withDates, withRankMarks } from "../../src/report/rankMarks.ts";
import { scoreTable } from "../../src/report/scoreTable.ts";
import { formatTable, type TableFormat } from "../../src/report/tableFormats.ts";
import { textTable } from "../../src/report/textTable.ts";
import { comparePairwise, whyNotRankable } from "../../src/results/compare/pairwise.ts";
import { publishedRows } from "../../src/suites/scidocs/published.ts";
import { scoreText } from "../../src/tasks/scoreText.ts";
import { buildRecord } from "../results/recordBuilder.ts";

const weak = buildRecord({ name: "weak", quality: 0.2 });
const strong = buildRecord({ name: "strong", quality: 0.8, modelSeed: 2 });
const twin = buildRecord({ name: "twin", quality: 0.8, modelSeed: 2, createdAt: "2026-05-06T07:08:09.000Z" });

describe("rank marks", () => {
  it("mark the best of each column among the records, equal values together, and leave published rows out", async () => {
    const table = withRankMarks(scoreTable([weak, strong, twin], publishedRows().slice(-1)), null);
    const cite = table.columns.findIndex(({ id }) => id === "cite-map");
    expect(table.rows.map((row) => row.cells[cite]!.best)).toEqual([false, true, true, false]);
    expect(table.rows.every((row) => row.letter === "")).toBe(true);
  });

  it("give each row a letter, and each value the letters of the rows it is significantly better than", async () => {
    const records = [weak, strong, twin];
    const pairwise = await comparePairwise(records, { resamples: 2000 });
    expect(pairwise.tests).toBe(36);
    const table = withRankMarks(scoreTable(records), pairwise);
    const cite = table.columns.findIndex(({ id }) => id === "cite-map");
    expect(table.rows.map((row) => row.letter)).toEqual(["a", "b", "c"]);
    expect(table.rows.map((row) => row.cells[cite]!.letters)).toEqual(["", "a", "a"]);
    expect(table.notes[0]).toContain("adjusted over all 36 tests together");
    const json = JSON.parse(jsonTable(table));
    expect(json.rows[1].betterThan["cite-map"]).toBe("a");
    expect(json.rows[1].best).toContain("cite-map");
  });

  it("keep values beneath each other in text, whatever stands behind them", () => {
    const table = withRankMarks(scoreTable([weak, strong]), {
      better: new Map([
        [
          "mag-f1",
          [
            [false, false],
            [true, false],
          ],
        ],
      ]),
      tests: 1,
      closeCalls: 0,
      draws: 10_000,
    });
    const lines = textTable(table, { columns: Number.POSITIVE_INFINITY, color: false }).split("\n");
    const row = (name: string): string => lines.find((line) => line.includes(name)) ?? "";
    expect(row("strong")).toMatch(/\d a\*/);
    expect(row("strong").search(/\d\d\.\d\d/)).toBe(row("weak").search(/\d\d\.\d\d/));
  });

  it("stand beside the same values in every format", () => {
    const table = withRankMarks(scoreTable([weak, strong]), {
      better: new Map([
        [
          "cite-map",
          [
            [false, false],
            [true, false],
          ],
        ],
      ]),
      tests: 1,
      closeCalls: 0,
      draws: 10_000,
    });
    const value = scoreText(strong.scores["cite-map"] ?? Number.NaN);
    const printed = (format: TableFormat): string =>
      formatTable(table, format, { columns: Number.POSITIVE_INFINITY, color: false });
    expect(printed("text")).toContain(`${value} a*`);
    expect(printed("markdown")).toContain(`**${value}** <sup>a</sup>`);
    expect(printed("latex")).toContain(`\\textbf{${value}}$^{a}$`);
    expect(printed("csv").split("\n")[2]).toContain(`,${value},`);
    expect(JSON.parse(printed("json")).rows[1]).toMatchObject({
      printed: { "cite-map": value },
      betterThan: { "cite-map": "a" },
    });
  });

  it("leave a single record alone", () => {
    const table = scoreTable([weak]);
    expect(withRankMarks(table, null)).toBe(table);
  });

  it("run out of single letters after z", () => {
    expect([0, 25, 26, 27, 52].map(letterOf)).toEqual(["a", "z", "aa", "ab", "ba"]);
  });
});

describe("records in one ranking", () => {
  it("must be of one split and one dataset", () => {
    expect(whyNotRankable([weak, strong])).toBeNull();
    expect(whyNotRankable([weak, { ...strong, split: "val" }])).toBe(
      "weak (A) and strong (B): split: A is scored on test, B on val",
    );
  });
});

describe("dates", () => {
  it("stand behind names, with the time where a name occurs twice on a day", () => {
    const again = { ...twin, createdAt: "2026-05-06T17:18:19.000Z" };
    const table = withDates(scoreTable([weak, twin, again]), [weak, twin, again]);
    expect(table.rows.map((row) => row.name)).toEqual([
      "weak (hf) [2026-01-02]",
      "twin (hf) [2026-05-06 07:08]",
      "twin (hf) [2026-05-06 17:18]",
    ]);
  });
});
