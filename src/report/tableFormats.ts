import { ScidocsError } from "../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import { printable } from "../printable.ts";
import { csvTable } from "./csvTable.ts";
import { jsonTable } from "./jsonTable.ts";
import { latexTable } from "./latexTable.ts";
import { markdownTable } from "./markdownTable.ts";
import type { ScoreTable } from "./scoreTable.ts";
import { type TextOptions, textTable } from "./textTable.ts";

/** The formats of `scidocs table`. */
export const tableFormats = ["text", "markdown", "latex", "csv", "json"] as const;
export type TableFormat = (typeof tableFormats)[number];

const optionNames: OptionNames<TextOptions> = { columns: true, color: true };

/** Characters of a row's name that are shown. */
const longestName = 200;

/** The table with its texts fit for a reader: names and notes come from files, which may hold anything. */
function printableTable(table: ScoreTable): ScoreTable {
  return {
    ...table,
    rows: table.rows.map((row) => ({
      ...row,
      name: printable(row.name, longestName),
      source: row.source === null ? null : printable(row.source, longestName),
    })),
    notes: table.notes.map((note) => printable(note, Number.POSITIVE_INFINITY)),
  };
}

/** The table in one of the formats, ending in a newline. `options` matter to text only. */
export function formatTable(table: ScoreTable, format: TableFormat, options: TextOptions): string {
  refuseUnknownOptions("formatTable", options, optionNames);
  if (format === "json") return jsonTable(table);
  const shown = printableTable(table);
  switch (format) {
    case "text":
      return textTable(shown, options);
    case "markdown":
      return markdownTable(shown);
    case "latex":
      return latexTable(shown);
    case "csv":
      return csvTable(shown);
    default:
      throw new ScidocsError(
        "USAGE",
        `formatTable: there is no format ${format satisfies never}; there are ${tableFormats.join(", ")}`,
      );
  }
}
