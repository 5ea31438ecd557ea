import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

interface PublishedRow {
  model: string;
  source: string;
  url: string;
  scores: Record<string, number>;
}

test("docs/reproduction.md prints the published rows as results/published.json has them, each with its source", () => {
  const page = readFileSync(join(root, "docs/reproduction.md"), "utf8");
  const { rows } = JSON.parse(readFileSync(join(root, "results/published.json"), "utf8")) as { rows: PublishedRow[] };
  const lines = page.slice(page.indexOf("\n| model | mag-f1")).trim().split("\n");
  const cells = lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const [, ...columns] = cells[0]!.slice(0, -1);
  for (const [i, row] of rows.entries()) {
    const [model, ...values] = cells[i + 2]!;
    const source = Number(values.pop()!.slice(1, -1));
    expect(model).toBe(row.model);
    expect(Object.fromEntries(columns.map((column, k) => [column, Number(values[k])]))).toEqual(row.scores);
    const cited = lines.find((line) => line.startsWith(`${source}. `)) ?? "";
    const following = lines[lines.indexOf(cited) + 1] ?? "";
    expect(cited + following).toContain(row.url);
  }
  expect(lines[rows.length + 2]).toBe("");
});
