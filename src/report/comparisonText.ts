import Table from "cli-table3";
import pc from "picocolors";
import { printable } from "../printable.ts";
import type { ColumnComparison, RecordComparison } from "../results/compare/comparison.ts";
import { largestMovers, type Mover } from "../results/compare/movers.ts";
import { closePText } from "../stats/closeCall.ts";
import { familiesOf, type Suite } from "../suites/suite.ts";
import { suiteNamed } from "../suites/suites.ts";
import { scoreText } from "../tasks/scoreText.ts";
import { confidenceText, drawsText, levelText, pValueText, signedText } from "./numberText.ts";
import { pairingNotes, pairingUnits, seedsText } from "./pairingText.ts";
import { labelOfColumn } from "./scoreTable.ts";
import { inColumnGroups, plainBorder, plainStyle, trimLines, wrap } from "./textLayout.ts";
import { verdictSentence } from "./verdictSentence.ts";

/** How a comparison is to be printed. */
export interface ComparisonTextOptions {
  /** Characters in a line. */
  readonly columns: number;
  readonly color: boolean;
  /** How many queries and clicks to name each way, over all tasks; 0 names none. */
  readonly movers: number;
  /** The records' suite, where it is one of one's own. */
  readonly suite?: Suite;
}

/** What a column says in a word: better, worse, or no difference that chance would not explain. `b` is what B goes by. */
export function verdictText(column: ColumnComparison, b = "B"): string {
  if (column.pValue === null) return "no verdict from one seed";
  if (!column.significant) return "no clear difference";
  return column.differencePercent > 0 ? `${b} better` : `${b} worse`;
}

/** The columns of the paper, a line each; on a short line the numbers behind the verdict stand in a second table. */
function columnsTable(suite: Suite, comparison: RecordComparison, color: boolean, lineLength: number): string {
  const colors = pc.createColors(color);
  const interval = `${confidenceText(comparison.confidence)} % interval`;
  const header = ["", "A", "B", "B - A", interval, "", "p", "p (adj.)", "won/tied/lost"];
  const lines = comparison.columns.map((column) => {
    const { low, high } = column.intervalPercent;
    const verdict = verdictText(column);
    const paint = !column.significant ? colors.dim : column.differencePercent > 0 ? colors.green : colors.red;
    return [
      labelOfColumn(suite, column.id),
      scoreText(column.aPercent),
      scoreText(column.bPercent),
      signedText(column.differencePercent),
      `${signedText(low)} to ${signedText(high)}`,
      paint(verdict),
      pValueText(column.pValue),
      pValueText(column.adjustedPValue),
      column.wins === null ? "" : `${column.wins}/${column.ties}/${column.losses}`,
    ];
  });
  return inColumnGroups(
    header.slice(1).map((_, index) => [index]),
    lineLength,
    (indices) => {
      const table = new Table({
        chars: plainBorder,
        style: plainStyle(2),
        colAligns: [
          "left",
          ...indices.map((index) => (header[index + 1] === "" ? "left" : "right") as "left" | "right"),
        ],
      });
      const taken = (cells: readonly string[]): string[] =>
        [0, ...indices.map((index) => index + 1)].map((i) => cells[i] ?? "");
      for (const cells of [header, ...lines]) table.push(taken(cells));
      return trimLines(table.toString());
    },
  );
}

/** A mover on a line; its title stands beneath where the line has no room for it. */
function moverLine(mover: Mover & { readonly task: string }, lineLength: number): string {
  const clicked = mover.clickedId === null ? "" : ` -> ${printable(mover.clickedId)}`;
  const change = signedText(100 * (mover.b - mover.a)).padStart(7);
  const scores = `${change}  ${scoreText(100 * mover.a).padStart(6)} to ${scoreText(100 * mover.b).padStart(6)}`;
  const line = `  ${scores}  ${mover.task.padEnd(7)}  ${printable(mover.paperId)}${clicked}`;
  if (mover.title === null) return line;
  const together = `${line}  ${printable(mover.title)}`;
  return together.length <= lineLength
    ? together
    : `${line}\n    ${printable(mover.title, Math.min(80, lineLength - 5))}`;
}

/** The movers of one family: of several, one whose items have many values comes first, else they would be crowded out. */
function moversText(suite: Suite, comparison: RecordComparison, count: number, lineLength: number): string[] {
  const families = [...familiesOf(suite)].flatMap(
    ([
      {
        comparison: { movers },
      },
      tasks,
    ]) => {
      const own = Object.entries(comparison.movers).filter(([name]) => tasks.some(({ id }) => id === name));
      return movers === undefined || own.length === 0 ? [] : [{ ...movers, shown: Object.fromEntries(own) }];
    },
  );
  const told = families.find(({ coarse }) => !coarse) ?? families[0];
  if (told === undefined) return [];
  const { items, measure, shown } = told;
  const up = largestMovers(shown, "up", count);
  const down = largestMovers(shown, "down", count);
  const block = (title: string, movers: typeof up): string[] =>
    movers.length === 0 ? [] : ["", wrap(title, lineLength), ...movers.map((mover) => moverLine(mover, lineLength))];
  return [
    ...block(`${items} on which B gained most (${measure} x100; --format json lists them task by task):`, up),
    ...block(`${items} on which B lost most:`, down),
  ];
}

function summary(comparison: RecordComparison): string {
  const tested = comparison.columns.filter((column) => column.adjustedPValue !== null);
  const better = tested.filter((column) => column.significant && column.differencePercent > 0).length;
  const worse = tested.filter((column) => column.significant && column.differencePercent < 0).length;
  return `B is significantly better in ${better} and worse in ${worse} of ${tested.length} columns (p adjusted over them < ${levelText(comparison.confidence)}).`;
}

/** The columns whose verdict hangs on the seed of the draws, in a sentence; empty where there is none. */
export function closeCallsText(suite: Suite, { columns, confidence, exchanges }: RecordComparison): string {
  const close = columns.filter(({ closeCall }) => closeCall);
  if (close.length === 0) return "";
  const named = close.map(({ id, pValue, adjustedPValue }) => {
    const p = adjustedPValue ?? pValue ?? 1;
    return `${labelOfColumn(suite, id)} (p = ${closePText(p, 1 - confidence, exchanges)})`;
  });
  return `Close call${close.length === 1 ? "" : "s"} after ${exchanges} exchanges, which another --seed may decide otherwise: ${named.join(", ")}.`;
}

/** A comparison for a terminal or a pipe, ending in a newline. */
export function comparisonText(comparison: RecordComparison, options: ComparisonTextOptions): string {
  const lineLength = Number.isFinite(options.columns) ? options.columns : 120;
  const colors = pc.createColors(options.color);
  const warnings = comparison.discrepancies.filter(({ severity }) => severity !== "note");
  const notes = comparison.discrepancies.filter(({ severity }) => severity === "note");
  const suite = suiteNamed(comparison.suite, options.suite);
  const lines = [
    wrap(verdictSentence(suite, comparison), lineLength),
    `A  ${printable(comparison.a.name)}  (${comparison.a.createdAt})`,
    `B  ${printable(comparison.b.name)}  (${comparison.b.createdAt})`,
    ...warnings.map(({ message }) =>
      colors.yellow(wrap(`Warning: ${printable(message, Number.POSITIVE_INFINITY)}`, lineLength)),
    ),
    columnsTable(suite, comparison, options.color, options.columns),
    wrap(summary(comparison), lineLength),
    ...[closeCallsText(suite, comparison)].filter(Boolean).map((text) => colors.yellow(wrap(text, lineLength))),
    wrap(
      `Paired over ${pairingUnits(suite, "and")}${seedsText(suite, "also over training seeds")}: bootstrap interval and exchange test, ${drawsText(comparison)}, seed ${comparison.seed}.${pairingNotes(suite)} Each interval stands for its column alone; p (adj.) is adjusted over the columns, by max-T.`,
      lineLength,
    ),
    ...moversText(suite, comparison, options.movers, options.columns),
    ...(notes.length === 0 ? [] : ["", "What else differs:"]),
    ...notes.map(({ message }) => wrap(`  ${printable(message, Number.POSITIVE_INFINITY)}`, lineLength)),
  ];
  return `${lines.join("\n")}\n`;
}
