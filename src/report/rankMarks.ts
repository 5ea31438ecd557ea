import type { Pairwise } from "../results/compare/pairwise.ts";
import type { ScoreTable, TableCell } from "./scoreTable.ts";

/** a, b, …, z, aa, ab, … */
export function letterOf(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : `${letterOf(Math.floor(index / 26) - 1)}${last}`;
}

/** Letters of many rows need a separator once one of them has two characters. */
function joinLetters(letters: readonly string[]): string {
  return letters.join(letters.some((letter) => letter.length > 1) ? "," : "");
}

/**
 * Marks the best value of each column, and behind each value the letters of the rows that it is significantly better
 * than. Only the records' own rows take part, in the order of `table`; equal printed values share the mark.
 * @param pairwise null when nothing was tested: only the best are marked then
 */
export function withRankMarks(table: ScoreTable, pairwise: Pairwise | null): ScoreTable {
  const own = table.rows.filter((row) => !row.published);
  if (own.length < 2) return table;
  const best = table.columns.map((_, column) => {
    const values = own.flatMap((row) => row.cells[column]?.value ?? []);
    const highest = Math.max(...values);
    return values.length < 2
      ? null
      : (own.find((row) => row.cells[column]?.value === highest)?.cells[column]?.text ?? null);
  });
  const marked = (cell: TableCell, column: number, row: number): TableCell => {
    const beaten = pairwise?.better.get(table.columns[column]?.id ?? "")?.[row] ?? [];
    return {
      ...cell,
      best: cell.value !== null && cell.text === best[column],
      letters: joinLetters(beaten.flatMap((isBetter, other) => (isBetter ? [letterOf(other)] : []))),
    };
  };
  return {
    ...table,
    rows: table.rows.map((row) => {
      const index = own.indexOf(row);
      if (index === -1) return row;
      return {
        ...row,
        letter: pairwise === null ? "" : letterOf(index),
        cells: row.cells.map((cell, column) => marked(cell, column, index)),
      };
    }),
    notes:
      pairwise === null
        ? table.notes
        : [
            `Letters: significantly better than the rows of those letters (exchange test, p < 0.05 adjusted over all ${pairwise.tests} tests together).`,
            ...closeCallsNote(pairwise),
            ...table.notes,
          ],
  };
}

/** What a reader of the letters must know of those that hang on the seed of the draws. */
function closeCallsNote({ closeCalls, draws }: Pairwise): string[] {
  if (closeCalls === 0) return [];
  const what = closeCalls === 1 ? "1 of the tests is a close call" : `${closeCalls} of the tests are close calls`;
  return [`${what}: after ${draws} exchanges other draws may still add or take a letter.`];
}

/** Adds each record's day to its row's name, and the time of day where two of one name were made on one day. */
export function withDates(table: ScoreTable, records: readonly { readonly createdAt: string }[]): ScoreTable {
  const days = table.rows.map((row, index) =>
    row.published ? null : (records[index]?.createdAt.slice(0, 10) ?? null),
  );
  const rows = table.rows.map((row, index) => {
    const day = days[index] ?? null;
    if (day === null) return row;
    const twin = table.rows.some((other, at) => at !== index && other.name === row.name && days[at] === day);
    const time = twin ? ` ${records[index]?.createdAt.slice(11, 16)}` : "";
    return { ...row, name: `${row.name} [${day}${time}]` };
  });
  return { ...table, rows };
}
