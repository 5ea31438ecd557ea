import type { RunControl } from "../../progress.ts";
import type { ColumnComparison, RecordComparison } from "../../results/compare/comparison.ts";
import type { RunRecord } from "../../results/schema.ts";
import { averageColumnId, type Suite } from "../../suites/suite.ts";
import type { CurveSection } from "../../tasks/familyReport.ts";
import { scoreText } from "../../tasks/scoreText.ts";
import { breathe } from "../../threads/breathe.ts";
import { closeCallsText, verdictText } from "../comparisonText.ts";
import { confidenceText, drawsText, pValueText, signedText } from "../numberText.ts";
import { pairingUnits, seedsText } from "../pairingText.ts";
import {
  columnLabel,
  labelOfColumn,
  type ScoreTable,
  type TableCell,
  type TableColumn,
  tableColumns,
} from "../scoreTable.ts";
import { formatTable, type TableFormat } from "../tableFormats.ts";
import { type Lettered, scatterChart, taskChart } from "./charts.ts";
import { curvesChart, trendChart } from "./curves.ts";
import { html, type Markup } from "./markup.ts";
import { swatch } from "./swatch.ts";

function scoreCell(cell: TableCell): Markup {
  return html`<td class="number${cell.best && " best"}" data-value="${cell.value ?? ""}">${cell.text}${
    cell.spread !== null && html` <small>±${cell.spread}</small>`
  }${cell.letters !== "" && html`<sup>${cell.letters}</sup>`}</td>`;
}

const sortButton = (label: Markup | string): Markup => html`<button type="button">${label}</button>`;

/** Two header rows, as in the paper: tasks above, metrics beneath, the metrics to sort by. */
function tableHead(columns: readonly TableColumn[]): Markup {
  const groups: { label: string; span: number }[] = [];
  for (const column of columns) {
    const last = groups.at(-1);
    if (last !== undefined && last.label === column.group) last.span += 1;
    else groups.push({ label: column.group, span: 1 });
  }
  return html`<thead><tr><td></td>${groups.map(
    ({ label, span }) => html`<th scope="colgroup" colspan="${span}" class="group">${label}</th>`,
  )}</tr><tr><th scope="col">${sortButton("Model")}</th>${columns.map(
    (column) => html`<th scope="col" class="number">${sortButton(column.metric)}</th>`,
  )}</tr></thead>`;
}

const copyFormats: readonly (readonly [TableFormat, string])[] = [
  ["markdown", "Markdown"],
  ["latex", "LaTeX"],
  ["csv", "CSV"],
];

/** Text for an attribute, whatever it holds. */
function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The paper's table, sortable, with the published rows beneath our own when the table has them. */
export function tableSection(table: ScoreTable, records: readonly Lettered[]): Markup {
  const rows = table.rows.map((row, index) => {
    const own = records[index];
    const mark = row.published || own === undefined ? null : html`${swatch(own.letter, index)} `;
    return html`<tr><th scope="row">${mark}${row.name}${row.published && html` <small class="faint">published</small>`}</th>${row.cells.map(scoreCell)}</tr>`;
  });
  return html`<section id="scores"><h2>Scores</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of scores"><table class="sortable scores">${tableHead(table.columns)}<tbody>${rows}</tbody></table></div>
<p class="copy">Copy as ${copyFormats.map(([name, label]) => html`<button type="button" class="copy" data-text="${base64(formatTable(table, name, { columns: Number.POSITIVE_INFINITY, color: false }))}">${label}</button> `)}<span class="faint" role="status"></span></p>
${table.notes.length > 0 && html`<ul class="notes">${table.notes.map((note) => html`<li>${note}</li>`)}</ul>`}</section>`;
}

/** The scores of each task with their intervals, as pictures. */
export async function chartSection(
  suite: Suite,
  records: readonly Lettered[],
  control: RunControl,
): Promise<Markup | null> {
  const figures: Markup[] = [];
  for (const task of suite.tasks) {
    // A chart takes a moment to draw; between two of them the stop signal gets its turn.
    await breathe(control);
    const picture = taskChart(suite, task, records);
    if (picture === null) continue;
    figures.push(
      html`<figure>${picture}<figcaption><strong>${task.label}</strong>: ${task.description}</figcaption></figure>`,
    );
  }
  if (figures.length === 0) return null;
  return html`<section id="tasks"><h2>Task by task</h2>
<p class="faint">Dots are scores x100, lines their 95 % bootstrap intervals over ${pairingUnits(suite, "or")}${seedsText(suite, "over seeds too")}. Overlapping lines do not
mean that two records are alike: the paired differences below are the sharper test.</p><div class="charts">${figures}</div></section>`;
}

function differenceRow(suite: Suite, column: ColumnComparison, b: string): Markup {
  const sense = !column.significant ? "" : column.differencePercent > 0 ? " up" : " down";
  const { low, high } = column.intervalPercent;
  return html`<tr><th scope="row">${labelOfColumn(suite, column.id)}</th><td class="number">${scoreText(column.aPercent)}</td><td class="number">${scoreText(column.bPercent)}</td><td class="number${sense}" data-value="${column.differencePercent}">${signedText(column.differencePercent)}</td><td class="number" data-value="${low}">${signedText(low)} to ${signedText(high)}</td><td class="number" data-value="${column.pValue ?? ""}">${pValueText(column.pValue)}</td><td class="number" data-value="${column.adjustedPValue ?? ""}">${pValueText(column.adjustedPValue)}</td><td class="number" data-value="${column.wins ?? ""}">${column.wins === null ? "" : `${column.wins}/${column.ties}/${column.losses}`}</td><td>${verdictText(column, b)}</td></tr>`;
}

function differenceTable(suite: Suite, comparison: RecordComparison, a: string, b: string): Markup {
  const heads = [
    "Column",
    a,
    b,
    `${b} - ${a}`,
    `${confidenceText(comparison.confidence)} % interval`,
    "p",
    "p (adjusted)",
    "won/tied/lost",
    "Verdict",
  ];
  const warnings = comparison.discrepancies.filter(({ severity }) => severity !== "note");
  const notes = comparison.discrepancies.filter(({ severity }) => severity === "note");
  return html`<h3>${b} against ${a}</h3>
${warnings.length > 0 && html`<ul class="notes">${warnings.map(({ message }) => html`<li class="down">${message}</li>`)}</ul>`}
<div class="scroll" tabindex="0" role="region" aria-label="Differences between ${b} and ${a}"><table class="sortable"><thead><tr>${heads.map(
    (head, index) => html`<th scope="col"${index > 0 && index < 8 && html` class="number"`}>${sortButton(head)}</th>`,
  )}</tr></thead><tbody>${comparison.columns.map((column) => differenceRow(suite, column, b))}</tbody></table></div>
<p class="faint">Paired over ${pairingUnits(suite, "and")}; ${drawsText(comparison)}, seed ${comparison.seed}. Each interval stands for its column alone; p (adjusted) is adjusted over the columns, by max-T. ${closeCallsText(suite, comparison)}</p>
${notes.length > 0 && html`<details><summary>What else differs between the two (A stands for ${a}, B for ${b})</summary><ul class="notes">${notes.map(({ message }) => html`<li>${message}</li>`)}</ul></details>`}`;
}

/** One record's items against another's, a picture a task. */
async function itemDots(
  suite: Suite,
  first: Lettered,
  other: Lettered,
  colorIndex: number,
  control: RunControl,
): Promise<Markup | null> {
  const figures: Markup[] = [];
  for (const task of suite.tasks) {
    await breathe(control);
    const picture = scatterChart(task, first, other, colorIndex);
    const { dots } = task.family.report;
    if (picture === null || dots === undefined) continue;
    figures.push(
      html`<figure>${picture}<figcaption><strong>${task.id}</strong>: a dot a ${dots.item}; above the line ${other.letter} is better</figcaption></figure>`,
    );
  }
  return figures.length === 0 ? null : html`<div class="charts">${figures}</div>`;
}

/**
 * Every record against the first: differences with intervals and p-values, and each query as a dot.
 * @param comparisons of each further record, null where it is not comparable; there may be fewer than records
 */
export async function differenceSection(
  suite: Suite,
  records: readonly Lettered[],
  comparisons: readonly (RecordComparison | null)[],
  control: RunControl,
): Promise<Markup | null> {
  const [first, ...others] = records;
  if (first === undefined || others.length === 0) return null;
  const parts: Markup[] = [];
  for (const [index, comparison] of comparisons.entries()) {
    const other = others[index];
    if (other === undefined) break;
    if (comparison === null) {
      parts.push(html`<h3>${other.letter} against ${first.letter}</h3><p>They are not comparable.</p>`);
      continue;
    }
    const whole = html`${differenceTable(suite, comparison, first.letter, other.letter)}${await itemDots(suite, first, other, index + 1, control)}`;
    // Of several, all but the first are folded: their verdicts stand on top of the page.
    const folded = comparisons.length > 1;
    const summary = html`<summary>${swatch(other.letter, index + 1)} ${other.letter} against ${first.letter}: ${other.record.model.name}</summary>`;
    parts.push(
      !folded
        ? whole
        : index === 0
          ? html`<details open>${summary}${whole}</details>`
          : html`<details>${summary}${whole}</details>`,
    );
  }
  const left = others.length - comparisons.length;
  return html`<section id="differences"><h2>Differences</h2>${left > 0 && html`<p class="faint">The first ${comparisons.length + 1} of ${records.length} records are compared here.</p>`}${parts}</section>`;
}

/** A family's curves, with their values in a table. */
export function curveSection(section: CurveSection, records: readonly Lettered[]): Markup {
  const columns = records.map((_, index) => new Map(section.curves[index]?.map((point) => [point.x, point])));
  const places = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((x, y) => x - y);
  const rows = places.map((x) => {
    const count = Math.max(...columns.map((column) => column.get(x)?.count ?? 0));
    return html`<tr><th scope="row">${x}</th><td class="number">${count}</td>${columns.map((column) => {
      const point = column.get(x);
      return html`<td class="number">${point === undefined ? "—" : scoreText(point.y)}</td>`;
    })}</tr>`;
  });
  return html`<section id="${section.id}"><h2>${section.title}</h2>
<figure>${curvesChart(section, records)}<figcaption>${section.caption}</figcaption></figure>
<details><summary>The values</summary><table><thead><tr><th scope="col">${section.xHead}</th><th scope="col" class="number">${section.countHead}</th>${records.map(
    ({ letter }) => html`<th scope="col" class="number">${letter}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table></details></section>`;
}

/** How a model came along, where several records bear its name. */
export function trendSection(suite: Suite, records: readonly RunRecord[]): Markup | null {
  const byName = new Map<string, RunRecord[]>();
  for (const record of records) byName.set(record.model.name, [...(byName.get(record.model.name) ?? []), record]);
  const parts = [...byName].flatMap(([name, group]) => {
    if (group.length < 2) return [];
    const history = group.toSorted((x, y) => Date.parse(x.createdAt) - Date.parse(y.createdAt));
    const average = trendChart(averageColumnId, averageColumnId, history, true);
    const small = tableColumns(suite).flatMap((column) => {
      if (column.id === averageColumnId) return [];
      const picture = trendChart(columnLabel(column), column.id, history, false);
      return picture === null ? [] : [html`<figure>${picture}<figcaption>${columnLabel(column)}</figcaption></figure>`];
    });
    if (average === null && small.length === 0) return [];
    return [
      html`<h3>${name}: ${group.length} runs</h3>${average !== null && html`<figure>${average}<figcaption>Avg</figcaption></figure>`}<div class="charts">${small}</div>`,
    ];
  });
  return parts.length === 0 ? null : html`<section id="history"><h2>History</h2>${parts}</section>`;
}
