import { rowLabel, type ScoreTable, type TableCell } from "./scoreTable.ts";

const latexSpecial: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

/** A row's first cell: behind the end of a row LaTeX takes `[` for a length and `*` for a flag, so that they stand in braces. */
function rowStart(text: string): string {
  return text.replace(/^[[*]/, "{$&}");
}

/** The table for LaTeX with booktabs; notes are comments above it. */
export function latexTable(table: ScoreTable): string {
  const escaped = (text: string): string =>
    text.replaceAll(/[\\~^&%$#_{}]/g, (character) => latexSpecial[character] ?? `\\${character}`);
  const cellText = (cell: TableCell): string => {
    if (cell.value === null) return "---";
    const spread = cell.spread === null ? "" : `\\,{\\scriptsize$\\pm$${cell.spread}}`;
    const letters = cell.letters === "" ? "" : `$^{${cell.letters}}$`;
    return `${cell.best ? `\\textbf{${cell.text}}` : cell.text}${spread}${letters}`;
  };
  const groups: { label: string; span: number; from: number }[] = [];
  for (const [index, column] of table.columns.entries()) {
    const last = groups.at(-1);
    if (last !== undefined && last.label === column.group) last.span += 1;
    else groups.push({ label: column.group, span: 1, from: index + 2 });
  }
  const body = (rows: ScoreTable["rows"]): string[] =>
    rows.map((row) => `${rowStart(escaped(rowLabel(row)))} & ${row.cells.map(cellText).join(" & ")} \\\\`);
  const own = table.rows.filter((row) => !row.published);
  const published = table.rows.filter((row) => row.published);
  return `${[
    "% needs \\usepackage{booktabs}",
    ...table.notes.map((note) => `% ${note}`),
    `\\begin{tabular}{l${"r".repeat(table.columns.length)}}`,
    "\\toprule",
    ` & ${groups.map(({ label, span }) => (span === 1 ? escaped(label) : `\\multicolumn{${span}}{c}{${escaped(label)}}`)).join(" & ")} \\\\`,
    groups
      .filter(({ span }) => span > 1)
      .map(({ from, span }) => `\\cmidrule(lr){${from}-${from + span - 1}}`)
      .join(""),
    `Model & ${table.columns.map((column) => escaped(column.metric)).join(" & ")} \\\\`,
    "\\midrule",
    ...body(own),
    ...(own.length > 0 && published.length > 0 ? ["\\midrule"] : []),
    ...body(published),
    "\\bottomrule",
    "\\end{tabular}",
  ].join("\n")}\n`;
}
