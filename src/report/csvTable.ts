import { createRequire } from "node:module";
import { noValue, type ScoreTable, type TableColumn } from "./scoreTable.ts";

/** The table as CSV: printed values, empty where a task did not run, standard deviations in columns of their own. */
export function csvTable(table: ScoreTable): string {
  const spreadColumns = table.columns.filter((_, index) => table.rows.some((row) => row.cells[index]?.spread != null));
  const header = [
    "model",
    ...table.columns.map((column) => column.id),
    ...spreadColumns.map((column) => `${column.id}-sd`),
    "source",
  ];
  const lines = table.rows.map((row) => {
    const spreadOf = (column: TableColumn): string => row.cells[table.columns.indexOf(column)]?.spread ?? "";
    return [
      row.name,
      ...row.cells.map((cell) => (cell.text === noValue ? "" : cell.text)),
      ...spreadColumns.map(spreadOf),
      row.source ?? "",
    ];
  });
  const Papa = createRequire(import.meta.url)("papaparse") as typeof import("papaparse");
  // escapeFormulae: a model named "=…" must not become a formula in a spreadsheet.
  return `${Papa.unparse([header, ...lines], { newline: "\n", escapeFormulae: true })}\n`;
}
