import Table from "cli-table3";
import pc from "picocolors";
import { columnLabel, rowLabel, type ScoreTable, type TableCell } from "./scoreTable.ts";
import { inColumnGroups, plainBorder, plainStyle, trimLines, widthOf, wrap } from "./textLayout.ts";

/** How a text table is to be laid out. */
export interface TextOptions {
  /** Characters in a line; a table that does not fit is turned, or stands in groups of columns. */
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

/** The columns of each task, by their indices, beneath its label. */
function columnGroups(table: ScoreTable): { label: string; indices: number[] }[] {
  const groups: { label: string; indices: number[] }[] = [];
  for (const [index, column] of table.columns.entries()) {
    const last = groups.at(-1);
    if (last !== undefined && last.label === column.group) last.indices.push(index);
    else groups.push({ label: column.group, indices: [index] });
  }
  return groups;
}

function wide(table: ScoreTable, color: boolean): string {
  const printed = new Table({
    chars: plainBorder,
    style: plainStyle(1),
    colAligns: ["left", ...table.columns.map(() => "right" as const)],
  });
  const groups = columnGroups(table).map(({ label, indices }) => ({
    content: label,
    colSpan: indices.length,
    hAlign: "right" as const,
  }));
  printed.push(["", ...groups]);
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

/** Rows that a turned table is read easily with. */
const turnedRows = 4;

/** The paper's layout, where it fits; a few rows turned by a quarter; many in groups of columns. */
function fitted(table: ScoreTable, { columns, color }: TextOptions): string {
  const paper = wide(table, color);
  if (widthOf(paper) <= columns) return paper;
  const quarter = turned(table, color);
  if (table.rows.length <= turnedRows && widthOf(quarter) <= columns) return quarter;
  const tasks = columnGroups(table).map(({ indices }) => indices);
  return inColumnGroups(tasks, columns, (indices) => wide(withColumns(table, indices), color));
}

function withColumns(table: ScoreTable, indices: readonly number[]): ScoreTable {
  const taken = <T>(all: readonly T[]): T[] => indices.flatMap((index) => all[index] ?? []);
  return {
    ...table,
    columns: taken(table.columns),
    rows: table.rows.map((row) => ({ ...row, cells: taken(row.cells) })),
  };
}

/** The table for a terminal or a pipe, no line longer than it has room. */
export function textTable(table: ScoreTable, options: TextOptions): string {
  const body = fitted(table, options);
  const lineLength = Number.isFinite(options.columns) ? options.columns : 120;
  const best =
    !options.color && table.rows.some((row) => row.cells.some((cell) => cell.best)) ? ["* best of its column"] : [];
  return `${[body, ...[...best, ...table.notes].map((note) => wrap(note, lineLength))].join("\n")}\n`;
}
