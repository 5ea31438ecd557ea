import Table from "cli-table3";
import pc from "picocolors";
import { printable, printableLines } from "../printable.ts";
import type { DatasetCheck, FileCheck } from "../suites/check/datasetCheck.ts";
import { plainBorder, plainStyle, trimLines } from "./textLayout.ts";

/** The findings of a dataset's check as text for a terminal or a pipe: files, then what the tasks find in them. */
export function datasetCheckText(check: DatasetCheck, options: { readonly color: boolean }): string {
  const { bold, red, yellow, green } = pc.createColors(options.color);
  const state = (file: FileCheck): string => {
    if (file.state === "ok")
      return file.expected === null || file.count === file.expected ? green("ok") : yellow("differs");
    return red(file.state);
  };
  const sections = [
    `${bold(printable(check.name))}: ${printable(check.folder, 500)}${check.synthetic ? " (synthetic)" : ""}`,
    table(
      ["file", "", "holds", "published"],
      check.files.map((file) => [
        file.path,
        state(file),
        file.count === null ? "" : `${file.count} ${file.unit}`,
        file.expected === null ? "" : String(file.expected),
      ]),
    ),
    table(
      ["task", "split", "papers", "no metadata", "no text", "no abstract"],
      check.tasks.map((task) => [
        task.task,
        task.split,
        ...[task.papers, task.withoutMetadata, task.emptyText, task.withoutAbstract].map(orUnknown),
      ]),
    ),
    table(
      ["class", "", "train", "val", "test"],
      check.classes.map(({ task, label, name, train, val, test }) => [
        `${task} ${label}`,
        printable(name ?? ""),
        ...[train, val, test].map(String),
      ]),
    ),
    table(
      ["clicks at position", ...positions(check)],
      check.clicks.map(({ split, positions: counts }) => [
        split,
        ...positions(check).map((_, place) => String(counts[place] ?? 0)),
      ]),
    ),
    problems(check).join("\n"),
    check.complete ? green("complete") : red(incomplete(check)),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const printed = new Table({
    chars: plainBorder,
    style: plainStyle(2),
    colAligns: head.map((title, column) => (column < 2 && !/^\d/.test(title) ? ("left" as const) : ("right" as const))),
  });
  printed.push([...head], ...rows.map((row) => [...row]));
  return trimLines(printed.toString());
}

function orUnknown(value: number | null): string {
  return value === null ? "?" : String(value);
}

/** Positions that any click has, from 1. */
function positions(check: DatasetCheck): string[] {
  const last = Math.max(0, ...check.clicks.map(({ positions: counts }) => counts.length));
  return Array.from({ length: last }, (_, place) => String(place + 1));
}

function problems(check: DatasetCheck): string[] {
  return [...check.files.flatMap(({ problem }) => (problem === null ? [] : [printableLines(problem)])), ...check.notes];
}

function incomplete(check: DatasetCheck): string {
  const count = (state: FileCheck["state"]): number => check.files.filter((file) => file.state === state).length;
  const parts = [
    count("missing") > 0 ? `${count("missing")} files are missing (scidocs data pull fetches them)` : "",
    count("broken") > 0 ? `${count("broken")} files are broken` : "",
    "the numbers differ from the published benchmark's",
  ].filter((part) => part !== "");
  return `incomplete: ${(parts.length > 1 ? parts.slice(0, -1) : parts).join(", ")}`;
}
