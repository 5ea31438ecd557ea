import type { PaperCounts } from "./paperCounts.ts";

/** Whether two numbers are the same but for the last bits of sums taken in another order. */
export function agrees(a: number, b: number, tolerance = 1e-9): boolean {
  return Math.abs(a - b) <= tolerance;
}

/** Lists that run side by side must be of one length. */
export function unequalLengths(rows: Readonly<Record<string, readonly unknown[]>>): string[] {
  const [[first, reference] = ["", []], ...others] = Object.entries(rows);
  return others.flatMap(([name, list]) =>
    list.length === reference.length
      ? []
      : [`rows.${name} has ${list.length} entries and rows.${first} ${reference.length}`],
  );
}

/** The first number of a list that is outside of a range, or not a number at all. */
export function outside(name: string, values: readonly number[], low: number, high: number): string[] {
  const odd = values.findIndex((value) => !(value >= low && value <= high));
  return odd === -1 ? [] : [`${name}[${odd}] is ${values[odd]}, which is not from ${low} to ${high}`];
}

/** A number that is not what the rows give. */
export function notFromRows(name: string, said: number, found: number, tolerance?: number): string[] {
  return agrees(said, found, tolerance) ? [] : [`${name} is ${said}, and its rows give ${found}`];
}

/** Rows of more papers than a task has. */
export function strangers(name: string, ids: readonly string[], { expected }: PaperCounts): string[] {
  const papers = ids.length <= expected ? ids.length : new Set(ids).size;
  return papers <= expected ? [] : [`rows.${name} names ${papers} papers, of the ${expected} expected`];
}

/** Counts of papers that do not add up. */
export function paperContradictions({
  expected,
  embedded,
  missing,
  emptyVector,
  emptyText,
  truncated,
}: PaperCounts): string[] {
  const found: string[] = [];
  if (embedded + missing !== expected) {
    found.push(`papers: ${embedded} with and ${missing} without a vector are not the ${expected} expected`);
  }
  if (emptyVector > missing)
    found.push(`papers: ${emptyVector} with an empty vector are more than the ${missing} missing`);
  for (const [name, count] of [
    ["emptyText", emptyText],
    ["truncated", truncated],
  ] as const) {
    if (count !== null && count > expected) found.push(`papers.${name} is ${count}, of ${expected} papers`);
  }
  return found;
}
