import Papa from "papaparse";
import { describe, expect, test } from "vitest";
import { noValue, recordName, type ScoreTable, scoreTable, tableColumns } from "../../src/report/scoreTable.ts";
import { formatTable } from "../../src/report/tableFormats.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import { publishedRows } from "../../src/suites/scidocs/published.ts";
import { scidocs } from "../../src/suites/scidocs/scidocs.ts";
import { scoreText } from "../../src/tasks/scoreText.ts";
import { scoreRecord } from "../results/scoreRecord.ts";

const wide = { columns: Number.POSITIVE_INFINITY, color: false };
const values = Object.fromEntries(tableColumns(scidocs).map(({ id }, index) => [id, 50 + index + 0.125]));
const full: RunRecord = scoreRecord("full model", values, { "recomm-ndcg": 0.4111, "recomm-P@1": 1.25 });
const partial: RunRecord = scoreRecord("part & parcel|<b>", { ...values, "mag-f1": null, Avg: null });
const table: ScoreTable = scoreTable([full, partial], publishedRows().slice(0, 2));
const printed: string[][] = table.rows.map((row) => row.cells.map((cell) => cell.text));

/** Every format read back into the printed cells of each row. */
const readers: Record<string, (text: string) => string[][]> = {
  text: (text) =>
    text
      .split("\n")
      .filter((line) => /^(full|part|Random|Doc2vec)/.test(line))
      .slice(0, 4)
      .map((line) => (line.replaceAll(/ ±\d+\.\d+/g, "").match(/(?<= )(\d+\.\d+|—)/g) ?? []).map(String)),
  markdown: (text) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .slice(2)
      .map((line) =>
        line
          .replaceAll("\\|", "")
          .split("|")
          .slice(2, -1)
          .map((value) => value.trim().replace(/ ±.*/, "")),
      ),
  latex: (text) =>
    text
      .split("\n")
      .slice(text.split("\n").indexOf("\\midrule") + 1)
      .filter((line) => line.includes(" & "))
      .map((line) =>
        line
          .replaceAll("\\&", "")
          .replace(" \\\\", "")
          .split(" & ")
          .slice(1)
          .map((value) => value.replace(/\\,.*/, "").replace("---", noValue)),
      ),
  csv: (text) =>
    Papa.parse<string[]>(text.trim())
      .data.slice(1)
      .map((cells) => cells.slice(1, 14).map((value) => (value === "" ? noValue : value))),
  json: (text) =>
    (JSON.parse(text) as { rows: { printed: Record<string, string> }[] }).rows.map((row) =>
      tableColumns(scidocs).map(({ id }) => row.printed[id] ?? "absent"),
    ),
};

describe.each(["text", "markdown", "latex", "csv", "json"] as const)("the table as %s", (format) => {
  test("says the same values as every other format when it is read back", () => {
    expect(readers[format]?.(formatTable(table, format, wide))).toEqual(printed);
  });
  test("ends in one newline", () => {
    expect(formatTable(table, format, wide)).toMatch(/[^\n]\n$/);
  });
});

test("a score is rounded to two decimals as numpy rounds, halves to even", () => {
  expect([scoreText(50.125), scoreText(50.375), scoreText(0), scoreText(81.94999)]).toEqual([
    "50.12",
    "50.38",
    "0.00",
    "81.95",
  ]);
});

test("a table too wide for the terminal is turned, and no line is longer than the terminal", () => {
  const narrow = formatTable(scoreTable([full, partial]), "text", { columns: 60, color: false });
  expect(Math.max(...narrow.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(narrow).toContain("co-cite nDCG");
});

test("a percentage stays on one line with its sign", () => {
  const record = {
    ...scoreRecord("one", values),
    notes: ["papers without a vector: cite 2 of 514 (0.4 %), co-cite 1 (0.2 %)."],
  };
  for (let columns = 20; columns < 70; columns++) {
    expect(formatTable(scoreTable([record]), "text", { columns, color: false })).not.toMatch(/^%/m);
  }
});

test("many rows too wide for the terminal stand in groups of whole tasks, and no number is broken or left out", () => {
  const rows = publishedRows();
  const narrow = formatTable(scoreTable([full], rows), "text", { columns: 80, color: false });
  expect(Math.max(...narrow.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  const lines = narrow.split("\n").filter((line) => line.startsWith("SPECTER (Hugging Face) "));
  expect(lines.length).toBeGreaterThan(1);
  const numbers = lines.flatMap((line) => line.match(/(?<= )\d+\.\d+/g) ?? []);
  const published = rows.find(({ model }) => model === "SPECTER (Hugging Face)");
  expect(numbers.map(Number)).toEqual(tableColumns(scidocs).map(({ id }) => published?.scores[id]));
  expect(narrow).toMatch(/cite.*\n.*MAP +nDCG/);
});

test("a task that did not run is a dash, takes the average with it, and a line says why", () => {
  const text = formatTable(scoreTable([partial]), "text", wide);
  expect(text.split("\n")[3]).toMatch(/>\s+—.*—$/);
  expect(text).toContain("no Avg, for not all tasks ran (mag: not asked for)");
});

test("published rows name their source beneath the table", () => {
  expect(formatTable(table, "text", wide)).toContain(
    "Published: Random, Doc2vec: Cohan et al., SPECTER, ACL 2020, table 1.",
  );
});

test("a note that is true of every row is said once, one of some rows with their names", () => {
  const of = (name: string, notes: string[]): RunRecord => ({ ...scoreRecord(name, values), notes });
  const records = [of("one", ["same", "own"]), of("two", ["same"]), of("three", ["same", "own", "other"])];
  expect(scoreTable(records).notes).toEqual(["same", "one, three: own", "three: other"]);
});

describe("a row's name", () => {
  const named = (model: Partial<RunRecord["model"]>) =>
    recordName({ ...full, model: { ...full.model, source: "huggingface", recipe: "hf", pooling: "cls", ...model } });

  test("has the pooling where it is not the recipe's", () => {
    expect(named({})).toBe("full model (hf)");
    expect(named({ pooling: "mean" })).toBe("full model (hf, mean)");
    expect(named({ pooling: "cls+mean" })).toBe("full model (hf, cls+mean)");
    expect(named({ recipe: "original", pooling: "words" })).toBe("full model (original)");
    expect(named({ pooling: "model" })).toBe("full model (hf)");
    expect(named({ source: "vectors", recipe: null, pooling: null })).toBe("full model");
  });
});
