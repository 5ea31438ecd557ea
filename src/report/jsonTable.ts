import { printableJson } from "../printable.ts";
import { noValue, type ScoreTable } from "./scoreTable.ts";

/** The table as JSON: unrounded values in `scores`, what the other formats print in `printed`. */
export function jsonTable(table: ScoreTable): string {
  const rows = table.rows.map((row) => ({
    letter: row.letter === "" ? null : row.letter,
    model: row.name,
    published: row.published,
    source: row.source,
    scores: Object.fromEntries(table.columns.map((column, index) => [column.id, row.cells[index]?.value ?? null])),
    printed: Object.fromEntries(table.columns.map((column, index) => [column.id, row.cells[index]?.text ?? noValue])),
    spread: Object.fromEntries(
      table.columns.flatMap((column, index) => {
        const spread = row.cells[index]?.spread ?? null;
        return spread === null ? [] : [[column.id, Number(spread)]];
      }),
    ),
    /** Letters of the rows that a value is significantly better than. */
    betterThan: Object.fromEntries(
      table.columns.flatMap((column, index) => {
        const letters = row.cells[index]?.letters ?? "";
        return letters === "" ? [] : [[column.id, letters]];
      }),
    ),
    best: table.columns.filter((_, index) => row.cells[index]?.best).map((column) => column.id),
  }));
  return `${printableJson({ columns: table.columns.map((column) => column.id), rows, notes: table.notes })}\n`;
}
