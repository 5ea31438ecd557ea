import type { ColumnComparison, RecordComparison } from "../results/compare/comparison.ts";
import type { Suite } from "../suites/suite.ts";
import { signedText } from "./numberText.ts";
import { labelOfColumn } from "./scoreTable.ts";

/** Columns named one by one; the others are counted. */
const namedColumns = 3;

/** "a", "a and b", "a, b and c". */
function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function named(suite: Suite, columns: readonly ColumnComparison[]): string {
  const largest = columns.toSorted((x, y) => Math.abs(y.differencePercent) - Math.abs(x.differencePercent));
  const parts = largest
    .slice(0, namedColumns)
    .map(({ id, differencePercent }) => `${labelOfColumn(suite, id)} (${signedText(differencePercent)})`);
  const more = columns.length - parts.length;
  return listed(more > 0 ? [...parts, `${more} more`] : parts);
}

/** Why the vectors differ, as far as the records tell. */
function causeText({ discrepancies, sameVectors }: RecordComparison, a: string, b: string): string {
  if (sameVectors) return "both are of the same vectors";
  const fields = discrepancies.flatMap(({ modelField }) => (modelField === undefined ? [] : [modelField]));
  if (fields.includes("source")) return `the vectors of ${a} and ${b} come about in different ways`;
  if (fields.length === 0) return `the models differ, and nothing else that ${a} and ${b} record of them does`;
  return `the models differ in ${listed(fields.map((field) => (field === "maxLength" ? "maximum length" : field)))}`;
}

/**
 * A comparison in one sentence: in what B is better and worse by more than chance, and what may be why.
 * @param a what A goes by
 */
export function verdictSentence(suite: Suite, comparison: RecordComparison, a = "A", b = "B"): string {
  const { columns } = comparison;
  const better = columns.filter(({ significant, differencePercent }) => significant && differencePercent > 0);
  const worse = columns.filter(({ significant, differencePercent }) => significant && differencePercent < 0);
  const parts: string[] = [];
  if (better.length > 0) parts.push(`better in ${named(suite, better)}`);
  if (worse.length > 0) parts.push(`worse in ${named(suite, worse)}`);
  const rest = columns.length - better.length - worse.length;
  const cause = causeText(comparison, a, b);
  if (parts.length === 0) {
    return `No clear difference between ${a} and ${b} in ${columns.length === 1 ? "the one column" : `any of the ${columns.length} columns`} that both have; ${cause}.`;
  }
  const others =
    rest === 0 ? "" : `, with no clear difference in the other ${rest === 1 ? "column" : `${rest} columns`}`;
  return `${b} is ${listed(parts)}${others}; ${cause}.`;
}
