import { whyNotPublishedData } from "../results/publishedData.ts";
import type { RunRecord } from "../results/schema.ts";
import { averageColumnId, familiesOf, type PublishedRow, type Suite } from "../suites/suite.ts";
import { suiteOf } from "../suites/suites.ts";
import { ran, resultOf, whySkipped } from "../tasks/families.ts";
import { scoreText } from "../tasks/scoreText.ts";

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

/** A column's label by its id, which stands for itself where the suite has no such column. */
export function labelOfColumn(suite: Suite, id: string): string {
  const column = tableColumns(suite).find((known) => known.id === id);
  return column === undefined ? id : columnLabel(column);
}

/** A row's name behind the letter that other rows refer to it by. */
export function rowLabel(row: TableRow): string {
  return row.letter === "" ? row.name : `${row.letter} ${row.name}`;
}

/** What stands where a task did not run. */
export const noValue = "—";

/** The printed columns of a suite: its own, then the average. */
export function tableColumns({ columns, tasks }: Suite): TableColumn[] {
  const labels = new Map(tasks.map(({ id, label }) => [id, label]));
  return [
    ...columns.map(({ id, task, metric }) => ({ id, group: labels.get(task) ?? task, metric })),
    { id: averageColumnId, group: "", metric: averageColumnId },
  ];
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

/**
 * Name of a record's row: the model, and what makes its vectors or scores of another kind than the name says.
 * @param own the record's suite, where it is one of one's own
 */
export function recordName(record: RunRecord, own?: Suite): string {
  const model = record.model;
  const marks = suiteOf([record], own).tasks.flatMap(({ id, family }) => {
    const result = resultOf(family, record.tasks[id]);
    return result === null ? [] : (family.report.mark?.(result) ?? []);
  });
  const kinds = [
    model.recipe !== null && model.source !== "vectors" ? model.recipe : null,
    unusualPooling(model),
    model.precision === "int8" ? "int8" : null,
    record.split === "test" ? null : `${record.split} split`,
    ...new Set(marks),
  ].filter((mark) => mark !== null);
  return kinds.length === 0 ? model.name : `${model.name} (${kinds.join(", ")})`;
}

/** A pooling that is not the one of SPECTER's recipes; null for that one, and where a model pools by itself. */
function unusualPooling({ source, recipe, pooling }: RunRecord["model"]): string | null {
  const usual = recipe === "original" ? "words" : "cls";
  return source === "vectors" || pooling === null || pooling === "model" || pooling === usual ? null : pooling;
}

/** "cite: not asked for" for every task of a record that did not run. */
function skippedReasons(suite: Suite, record: RunRecord): string[] {
  return suite.tasks.flatMap(({ id }) => {
    const reason = whySkipped(record.tasks[id]);
    return reason === null ? [] : [`${id}: ${reason}`];
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

function recordNotes(suite: Suite, record: RunRecord): string[] {
  const notes: string[] = [];
  const skipped = skippedReasons(suite, record);
  if (skipped.length > 0) notes.push(`no Avg, for not all tasks ran (${joinReasons(skipped)}).`);
  if (record.dataset.synthetic) {
    notes.push(
      `the dataset ${record.dataset.name} is made-up data; its numbers are not comparable with published ones.`,
    );
  }
  for (const [family, tasks] of familiesOf(suite)) {
    const reported = tasks.map((task) => ({ task, result: resultOf(family, record.tasks[task.id]) }));
    notes.push(...(family.report.notes?.(reported) ?? []));
  }
  const missing = suite.tasks.flatMap(({ id }) => {
    const result = record.tasks[id];
    if (!ran(result) || result.papers.missing === 0) return [];
    const share = (100 * result.papers.missing) / Math.max(1, result.papers.expected);
    return [`${id} ${result.papers.missing} of ${result.papers.expected} (${share.toFixed(share < 0.1 ? 2 : 1)} %)`];
  });
  if (missing.length > 0) notes.push(`papers without a vector: ${missing.join(", ")}.`);
  return [...notes, ...record.notes];
}

/** Notes with the names of the rows that they are about: one that several have is told once, and names none where it is about all. */
function ofRows(rows: readonly { readonly name: string; readonly notes: readonly string[] }[]): string[] {
  const namesOf = new Map<string, string[]>();
  for (const { name, notes } of rows) for (const note of notes) namesOf.set(note, [...(namesOf.get(note) ?? []), name]);
  return Array.from(namesOf, ([note, names]) =>
    names.length === rows.length ? note : `${[...new Set(names)].join(", ")}: ${note}`,
  );
}

/** That published rows are no yardstick for a record; made-up data have been named already. */
function otherDataNote(suite: Suite, record: RunRecord, name: string): string[] {
  const why = record.dataset.synthetic ? null : whyNotPublishedData(record, suite);
  return why === null ? [] : [`${name}: not comparable with the published rows: ${why}.`];
}

/**
 * The table of records, and of published rows beneath them.
 * @param own the records' suite, where it is one of one's own
 * @throws ScidocsError `BAD_INPUT` for records of several suites
 */
export function scoreTable(
  records: readonly RunRecord[],
  published: readonly PublishedRow[] = [],
  own?: Suite,
): ScoreTable {
  const suite = suiteOf(records, own);
  const columns = tableColumns(suite);
  const named = records.map((record) => ({ record, name: recordName(record, suite) }));
  const rows: TableRow[] = [
    ...named.map(({ record, name }) => ({
      letter: "",
      name,
      published: false,
      source: null,
      cells: columns.map(({ id }) => cell(record.scores[id], scoreText, record.spread[id] ?? null)),
    })),
    ...published.map((row) => ({
      letter: "",
      name: row.model,
      published: true,
      source: row.source,
      cells: columns.map(({ id }) => cell(row.scores[id], asPrinted, null)),
    })),
  ];
  const notes = ofRows(named.map(({ record, name }) => ({ name, notes: recordNotes(suite, record) })));
  const sources = [...new Set(published.map((row) => row.source))];
  return {
    columns,
    rows,
    notes: [
      ...notes,
      ...(published.length === 0 ? [] : named.flatMap(({ record, name }) => otherDataNote(suite, record, name))),
      ...sources.map((source) => {
        const models = published.filter((row) => row.source === source).map((row) => row.model);
        return `Published: ${models.join(", ")}: ${source}.`;
      }),
    ],
  };
}
