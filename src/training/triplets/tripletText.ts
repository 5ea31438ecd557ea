import { printable } from "../../printable.ts";
import type { TripletCounts } from "./drawTriplets.ts";
import type { TripletRecord } from "./makeTriplets.ts";
import { unfitReasons } from "./paperIndex.ts";
import { barrenReasons } from "./sampler.ts";
import { type TripletSet, tripletSets } from "./tripletFiles.ts";

/** Pairs of a count by reason, most frequent first. */
function byReason<R extends string>(counts: Partial<Record<R, number>>): [R, number][] {
  return (Object.entries(counts) as [R, number][]).sort(([, a], [, b]) => b - a);
}

function losses({ barren, emptied, dropped, unfitPapers }: TripletCounts): string[] {
  const lines = byReason(barren).map(
    ([reason, count]) => `queries without triplets, ${barrenReasons[reason]}: ${count}`,
  );
  if (emptied > 0) lines.push(`queries without triplets, all of them dropped: ${emptied}`);
  for (const [reason, count] of byReason(dropped)) {
    lines.push(`triplets dropped, a paper ${unfitReasons[reason]}: ${count}`);
    lines.push(`  such a paper is ${printable(unfitPapers[reason]?.[0] ?? "")}`);
  }
  return lines;
}

function overlaps({ repeated, alsoInTrain }: TripletRecord["lists"][TripletSet]): string[] {
  return [
    ...(repeated > 0 ? [`lines that name a query again, of which triplets are drawn again: ${repeated}`] : []),
    ...(alsoInTrain > 0
      ? [`queries that train has too, so that they are no test of what was learnt: ${alsoInTrain}`]
      : []),
  ];
}

/** What became of every query and triplet, for people: a line a list, and beneath it what was lost and why. */
export function tripletText({ papers, edges, repeated, sets, lists }: TripletRecord): string {
  const header = ["", "queries", "with triplets", "drawn", "kept", "hard", "easy"];
  const rows = tripletSets.map((set) => {
    const { queries, fruitful, drawn, kept, keptHard } = sets[set];
    return [set, ...[queries, fruitful, drawn, kept, keptHard, kept - keptHard].map(String)];
  });
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  ");
  const again = (entries: number, what: string): string[] =>
    entries === 0 ? [] : [`${entries} entries name a ${what} again; the last one counts`];
  const text = [
    `${papers} papers in the metadata, ${edges} edges from the listed queries`,
    ...again(repeated.papers, "paper of the metadata"),
    ...again(repeated.queries, "query of the graph"),
    line(header),
  ];
  for (const [position, set] of tripletSets.entries()) {
    text.push(line(rows[position]!), ...[...overlaps(lists[set]), ...losses(sets[set])].map((each) => `  ${each}`));
  }
  return `${text.join("\n")}\n`;
}
