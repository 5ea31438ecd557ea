import { rint } from "../metrics/rint.ts";
import type { RunRecord, TaskResult } from "../results/schema.ts";
import { scidocs } from "../suites/scidocs/scidocs.ts";
import { averageColumnId, type PublishedRow } from "../suites/suite.ts";

const { columns, tasks } = scidocs;

/** One column of a printed table. */
export interface TableColumn {
  readonly id: string;
  /** Label of the task above it; empty for the average. */
  readonly group: string;
  readonly metric: string;
}

/** One value of a printed table. Every format prints `text`, so that all formats say the same. */
export interface TableCell {
  /** Unrounded, x100; null where there is none. */
  readonly value: number | null;
  /** The value as printed: `81.95`, or `—`. */
  readonly text: string;
  /** Standard deviation as printed, such as `0.41`; null where there is none. */
  readonly spread: string | null;
  /** Whether it is the best of its column among the rows that may be compared. */
  readonly best: boolean;
  /** Letters of the rows that this cell is significantly better than. */
  readonly letters: string;
}

/** One row of a printed table. */
export interface TableRow {
  /** Letter that other rows' significance marks refer to; empty where nothing refers to it. */
  readonly letter: string;
  readonly name: string;
  readonly published: boolean;
  /** Where a published row stands in print. */
  readonly source: string | null;
  readonly cells: readonly TableCell[];
}

/** The table as a value, before any format. */
export interface ScoreTable {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly TableRow[];
  /** What a reader must know beside the numbers, one sentence each. */
  readonly notes: readonly string[];
}

/** "cite MAP", or "Avg". */
export function columnLabel(column: TableColumn): string {
  return column.group === "" ? column.metric : `${column.group} ${column.metric}`;
}

/** A row's name behind the letter that other rows refer to it by. */
export function rowLabel(row: TableRow): string {
  return row.letter === "" ? row.name : `${row.letter} ${row.name}`;
}

/** What stands where a task did not run. */
export const noValue = "—";

/** The thirteen columns: the twelve of the suite, then the average. */
export const tableColumns: readonly TableColumn[] = [
  ...columns.map((column) => ({
    id: column.id,
    group: tasks.find((task) => task.id === column.task)?.label ?? column.task,
    metric: column.metric,
  })),
  { id: averageColumnId, group: "", metric: averageColumnId },
];

/** A score x100 as the reference prints it: two decimals, halves to even. */
export function scoreText(percent: number): string {
  return (rint(percent * 100) / 100).toFixed(2);
}

function cell(value: number | null | undefined, text: (value: number) => string, spread: number | null): TableCell {
  const known = value ?? null;
  return {
    value: known,
    text: known === null ? noValue : text(known),
    spread: known === null || spread === null ? null : scoreText(spread),
    best: false,
    letters: "",
  };
}

/** Printed numbers keep the decimals of their source, one at least. */
const asPrinted = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

/** Name of a record's row: the model, and what makes its vectors another kind than the name says. */
export function recordName(record: RunRecord): string {
  const model = record.model;
  const marks = [
    model.recipe !== null && model.source !== "vectors" ? model.recipe : null,
    model.precision === "int8" ? "int8" : null,
    record.split === "test" ? null : `${record.split} split`,
    isLogistic(record) ? "logistic probe" : null,
  ].filter((mark) => mark !== null);
  return marks.length === 0 ? model.name : `${model.name} (${marks.join(", ")})`;
}

function isLogistic(record: RunRecord): boolean {
  return Object.values(record.tasks).some((task) => task?.kind === "classification" && task.classifier === "logistic");
}

/** "cite: not asked for" for every task of a record that did not run. */
function skippedReasons(record: RunRecord): string[] {
  return tasks.flatMap((task) => {
    const result: TaskResult | undefined = record.tasks[task.id];
    if (result !== undefined && result.kind !== "skipped") return [];
    return [`${task.id}: ${result?.reason ?? "not in the record"}`];
  });
}

/** Tasks with one reason are said together: "co-view, co-read: not asked for". */
function joinReasons(reasons: readonly string[]): string {
  const tasksByReason = new Map<string, string[]>();
  for (const line of reasons) {
    const cut = line.indexOf(": ");
    const reason = line.slice(cut + 2);
    tasksByReason.set(reason, [...(tasksByReason.get(reason) ?? []), line.slice(0, cut)]);
  }
  return [...tasksByReason].map(([reason, names]) => `${names.join(", ")}: ${reason}`).join("; ");
}

function recordNotes(record: RunRecord, name: string): string[] {
  const notes: string[] = [];
  const skipped = skippedReasons(record);
  if (skipped.length > 0) notes.push(`${name}: no Avg, for not all tasks ran (${joinReasons(skipped)}).`);
  if (record.dataset.synthetic) {
    notes.push(
      `${name}: the dataset ${record.dataset.name} is made-up data; its numbers are not comparable with published ones.`,
    );
  }
  if (isLogistic(record)) {
    notes.push(`${name}: MAG and MeSH come from the logistic probe, not from the paper's protocol.`);
  }
  const recommendation = record.tasks.recomm;
  if (recommendation?.kind === "recommendation") {
    const { displayedOrder, untrained } = recommendation.baselines;
    const both = (scores: { ndcg: number; precisionAt1: number }): string =>
      `${scoreText(100 * scores.ndcg)} and ${scoreText(100 * scores.precisionAt1)}`;
    notes.push(
      `${name}: recomm nDCG and P@1 are means over ${recommendation.seeds.length} seeds; papers in displayed order reach ${both(displayedOrder)}, the network before training ${both(untrained)}.`,
    );
  }
  const missing = tasks.flatMap((task) => {
    const result = record.tasks[task.id];
    if (result === undefined || result.kind === "skipped" || result.papers.missing === 0) return [];
    const share = (100 * result.papers.missing) / Math.max(1, result.papers.expected);
    return [
      `${task.id} ${result.papers.missing} of ${result.papers.expected} (${share.toFixed(share < 0.1 ? 2 : 1)} %)`,
    ];
  });
  if (missing.length > 0) notes.push(`${name}: papers without a vector: ${missing.join(", ")}.`);
  return [...notes, ...record.notes.map((note) => `${name}: ${note}`)];
}

/** The table of records, and of published rows beneath them. */
export function scoreTable(records: readonly RunRecord[], published: readonly PublishedRow[] = []): ScoreTable {
  const named = records.map((record) => ({ record, name: recordName(record) }));
  const rows: TableRow[] = [
    ...named.map(({ record, name }) => ({
      letter: "",
      name,
      published: false,
      source: null,
      cells: tableColumns.map(({ id }) => cell(record.scores[id], scoreText, record.spread[id] ?? null)),
    })),
    ...published.map((row) => ({
      letter: "",
      name: row.model,
      published: true,
      source: row.source,
      cells: tableColumns.map(({ id }) => cell(row.scores[id], asPrinted, null)),
    })),
  ];
  const notes = named.flatMap(({ record, name }) => recordNotes(record, named.length === 1 ? "" : name));
  const sources = [...new Set(published.map((row) => row.source))];
  return {
    columns: tableColumns,
    rows,
    notes: [
      ...notes.map((note) => note.replace(/^: /, "")),
      ...sources.map((source) => {
        const models = published.filter((row) => row.source === source).map((row) => row.model);
        return `Published: ${models.join(", ")}: ${source}.`;
      }),
    ],
  };
}
