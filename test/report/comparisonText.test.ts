import { expect, test } from "vitest";
import { comparisonText } from "../../src/report/comparisonText.ts";
import { compareRecords } from "../../src/results/compare/comparison.ts";
import { buildRecord } from "../results/recordBuilder.ts";

const a = buildRecord({ name: "a", quality: 0.4, items: 40 });
const b = buildRecord({ name: "b", quality: 0.6, modelSeed: 2, items: 40 });
const comparison = await compareRecords(a, b, { resamples: 200 });
const text = (columns: number): string => comparisonText(comparison, { columns, color: false, movers: 3 });

test("a comparison keeps to 80 columns, every number whole, the verdict beside the scores", () => {
  const narrow = text(80).split("\n");
  const table = narrow.slice(narrow.findIndex((line) => line.startsWith("─")));
  expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
  const numbersOf = (whole: string): string[] => (whole.match(/[+-]?\d+\.\d+(?! ?%)/g) ?? []).sort();
  expect(numbersOf(text(80))).toEqual(numbersOf(text(Number.POSITIVE_INFINITY)));
  const cite = table.filter((line) => line.startsWith("cite MAP"));
  expect(cite).toHaveLength(2);
  expect(cite[0]).toMatch(
    /^cite MAP +\d+\.\d\d +\d+\.\d\d +[+-]?\d+\.\d\d +\S+ to \S+ +(B better|B worse|no clear difference)/,
  );
});
