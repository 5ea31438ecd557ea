import { csvTable } from "./csvTable.ts";
import { jsonTable } from "./jsonTable.ts";
import { latexTable } from "./latexTable.ts";
import { markdownTable } from "./markdownTable.ts";
import type { ScoreTable } from "./scoreTable.ts";
import { type TextOptions, textTable } from "./textTable.ts";

/** The formats of `scidocs table`. */
export const tableFormats = ["text", "markdown", "latex", "csv", "json"] as const;
export type TableFormat = (typeof tableFormats)[number];

/** The table in one of the formats, ending in a newline. `options` matter to text only. */
export function formatTable(table: ScoreTable, format: TableFormat, options: TextOptions): string {
  switch (format) {
    case "text":
      return textTable(table, options);
    case "markdown":
      return markdownTable(table);
    case "latex":
      return latexTable(table);
    case "csv":
      return csvTable(table);
    case "json":
      return jsonTable(table);
  }
}
