import Table from "cli-table3";
import pc from "picocolors";
import { columnLabel, rowLabel, type ScoreTable, type TableCell } from "./scoreTable.ts";
import { plainBorder, plainStyle, trimLines, wrap } from "./textLayout.ts";

/** How a text table is to be laid out. */
export interface TextOptions {
  /** Characters in a line; a table that does not fit is turned, with a line a column. */
  readonly columns: number;
  readonly color: boolean;
}

/** What stands behind a value: its spread, and the letters of the rows it beats. */
function suffix(cell: TableCell): string {
  return `${cell.spread === null ? "" : ` ±${cell.spread}`}${cell.letters === "" ? "" : ` ${cell.letters}`}`;
}

/**
 * The printed cells of a row. Suffixes of one column take the same width, so that the values stay beneath each other;
 * the best are bold, or marked with an asterisk where there are no colours.
 */
function cellTexts(table: ScoreTable, row: ScoreTable["rows"][number], color: boolean): string[] {
  return row.cells.map((cell, column) => {
    const marked = (of: TableCell): string => `${suffix(of)}${of.best && !color ? "*" : ""}`;
    const width = Math.max(...table.rows.map((other) => marked(other.cells[column] ?? cell).length));
    const text = `${cell.text}${marked(cell).padEnd(width)}`;
    return cell.best && color ? pc.createColors(true).bold(text) : text;
  });
}

function wide(table: ScoreTable, color: boolean): string {
  const printed = new Table({
    chars: plainBorder,
    style: plainStyle(1),
    colAligns: ["left", ...table.columns.map(() => "right" as const)],
  });
  const groups: { label: string; span: number }[] = [];
  for (const column of table.columns) {
    const last = groups.at(-1);
    if (last !== undefined && last.label === column.group) last.span += 1;
    else groups.push({ label: column.group, span: 1 });
  }
  printed.push(["", ...groups.map(({ label, span }) => ({ content: label, colSpan: span, hAlign: "right" as const }))]);
  printed.push(["", ...table.columns.map((column) => column.metric)]);
  for (const row of table.rows) printed.push([rowLabel(row), ...cellTexts(table, row, color)]);
  return trimLines(printed.toString());
}

function turned(table: ScoreTable, color: boolean): string {
  const printed = new Table({
    chars: plainBorder,
    style: plainStyle(2),
    colAligns: ["left", ...table.rows.map(() => "right" as const)],
  });
  printed.push(["", ...table.rows.map(rowLabel)]);
  const rows = table.rows.map((row) => cellTexts(table, row, color));
  for (const [index, column] of table.columns.entries()) {
    printed.push([columnLabel(column), ...rows.map((cells) => cells[index] ?? "")]);
  }
  return trimLines(printed.toString());
}

/** Longest line, colours not counted. */
function width(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours are control characters
  return Math.max(...text.split("\n").map((line) => line.replaceAll(/\x1b\[[0-9;]*m/g, "").length));
}

/** The table for a terminal or a pipe: the paper's layout, or turned by a quarter where the line is too short. */
export function textTable(table: ScoreTable, options: TextOptions): string {
  const paper = wide(table, options.color);
  const body = width(paper) <= options.columns ? paper : turned(table, options.color);
  const lineLength = Number.isFinite(options.columns) ? options.columns : 120;
  const best =
    !options.color && table.rows.some((row) => row.cells.some((cell) => cell.best)) ? ["* best of its column"] : [];
  return `${[body, ...[...best, ...table.notes].map((note) => wrap(note, lineLength))].join("\n")}\n`;
}
