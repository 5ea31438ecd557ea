import { columnLabel, rowLabel, type ScoreTable, type TableCell } from "./scoreTable.ts";

/** The table as GitHub Markdown, notes beneath as a list. */
export function markdownTable(table: ScoreTable): string {
  const escaped = (text: string): string => text.replaceAll(/[\\|*_`<>[\]~$]/g, "\\$&").replaceAll("&", "&amp;");
  const cellText = (cell: TableCell): string => {
    const spread = cell.spread === null ? "" : ` ±${cell.spread}`;
    const letters = cell.letters === "" ? "" : ` <sup>${cell.letters}</sup>`;
    return `${cell.best ? `**${cell.text}**` : cell.text}${spread}${letters}`;
  };
  const lines = [
    ["Model", ...table.columns.map(columnLabel)],
    [":--", ...table.columns.map(() => "--:")],
    ...table.rows.map((row) => [escaped(rowLabel(row)), ...row.cells.map(cellText)]),
  ].map((cells) => `| ${cells.join(" | ")} |`);
  return `${[...lines, ...(table.notes.length > 0 ? [""] : []), ...table.notes.map((note) => `- ${escaped(note)}`)].join("\n")}\n`;
}
