import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { publishedRows } from "../../../src/suites/scidocs/published.ts";
import { scidocs } from "../../../src/suites/scidocs/scidocs.ts";
import { averageColumnId } from "../../../src/suites/suite.ts";

test("every published row names its source by an address, and has scores of known columns from 0 to 100", () => {
  const rows = publishedRows();
  const file = JSON.parse(readFileSync("results/published.json", "utf8"));
  expect(rows).toEqual(file.rows);
  expect(rows.length).toBeGreaterThan(5);
  const known = new Set([...scidocs.columns.map(({ id }) => id), averageColumnId]);
  for (const { model, source, url, scores } of rows) {
    expect([model, source]).not.toContain("");
    expect(new URL(url).protocol).toBe("https:");
    expect(Object.keys(scores).filter((id) => !known.has(id))).toEqual([]);
    for (const score of Object.values(scores)) expect(score >= 0 && score <= 100).toBe(true);
  }
});
