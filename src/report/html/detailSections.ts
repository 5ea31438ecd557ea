import { macroF1 } from "../../metrics/macroF1.ts";
import type { RunRecord } from "../../results/schema.ts";
import { scidocs } from "../../suites/scidocs/scidocs.ts";
import type { ClassificationResult } from "../../tasks/classification/classificationResult.ts";
import { scoreText } from "../scoreTable.ts";
import type { Lettered } from "./charts.ts";
import { html, type Markup } from "./markup.ts";
import { swatch } from "./scoreSections.ts";

function confusionTable(result: ClassificationResult, caption: string): Markup {
  const report = macroF1(Int32Array.from(result.rows.truth), Int32Array.from(result.rows.prediction));
  const labels = report.labels;
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const counts = labels.map(() => new Uint32Array(labels.length));
  for (const [row, truth] of result.rows.truth.entries()) {
    const t = indexOf.get(truth) ?? 0;
    const p = indexOf.get(result.rows.prediction[row] ?? truth) ?? 0;
    counts[t]![p]! += 1;
  }
  const nameOf = (label: number): string =>
    result.classes.find((known) => known.label === label)?.name ?? `class ${label}`;
  const rows = counts.map((row, t) => {
    const support = row.reduce((sum, count) => sum + count, 0);
    const cells = Array.from(row, (count, p) =>
      count === 0
        ? html`<td></td>`
        : html`<td${t === p && html` class="right"`} style="--share:${(count / support).toFixed(2)}">${count}</td>`,
    );
    return html`<tr><th scope="row">${t + 1} ${nameOf(labels[t] ?? 0)}</th>${cells}<td>${support}</td><td>${scoreText(100 * report.perLabel[t]!)}</td></tr>`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="matrix"><caption>${caption}. Rows: the truth; columns: the prediction, by the number of its row.</caption><thead><tr><td></td>${labels.map(
    (label, index) => html`<th scope="col"><abbr title="${nameOf(label)}">${index + 1}</abbr></th>`,
  )}<th scope="col">papers</th><th scope="col">F1</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** What is taken for what in MAG and MeSH. */
export function confusionSection(records: readonly Lettered[]): Markup | null {
  const parts = (["mag", "mesh"] as const).flatMap((task) => {
    const label = task === "mag" ? "MAG" : "MeSH";
    const matrices = records.flatMap(({ letter, record }, index) => {
      const result = record.tasks[task];
      if (result?.kind !== "classification" || result.rows.truth.length === 0) return [];
      const details = html`<summary>${swatch(letter, index)} ${label}: macro F1 ${scoreText(100 * result.macroF1)}, accuracy ${scoreText(100 * result.accuracy)}</summary>${confusionTable(result, `${label}, ${letter}`)}`;
      return [index === 0 ? html`<details open>${details}</details>` : html`<details>${details}</details>`];
    });
    return matrices.length === 0 ? [] : [html`<h3>${label}</h3>${matrices}`];
  });
  return parts.length === 0 ? null : html`<section id="confusion"><h2>Classes</h2>${parts}</section>`;
}

/** The list of queries: its frame; the page's script fills it from the packed data. */
export function querySection(
  records: readonly Lettered[],
  taskLabels: readonly string[],
  note: string | null,
  packed: string,
): Markup | null {
  if (taskLabels.length === 0) return null;
  const heads = ["Task", "Query", ...records.map(({ letter }) => letter)];
  if (records.length > 1) heads.push(records.length === 2 ? `${records[1]?.letter} - ${records[0]?.letter}` : "Range");
  return html`<section id="queries"><h2>Queries</h2>
<p class="faint">Average precision x100. Open a query for its ranked candidates; a check mark and bold type mark the relevant ones.${note !== null && html` ${note}`}</p>
<div class="controls"><label>Task <select id="query-task"><option value="">all</option>${taskLabels.map((label) => html`<option>${label}</option>`)}</select></label>
<label>Search titles and ids <input id="query-search" type="search"></label><span id="query-status" role="status"></span></div>
<div class="scroll"><table id="queries-table"><thead><tr>${heads.map(
    (head, index) =>
      html`<th scope="col"${index > 1 && html` class="number"`}><button type="button">${head}</button></th>`,
  )}</tr></thead><tbody></tbody></table></div><button type="button" id="query-more" hidden>Show more</button>
<script type="text/plain" id="query-data">${packed}</script></section>`;
}

function keyRows(rows: readonly (readonly [string, string | number | null])[]): Markup[] {
  return rows.flatMap(([key, value]) =>
    value === null ? [] : [html`<tr><th scope="row">${key}</th><td>${value}</td></tr>`],
  );
}

function coverageRows(record: RunRecord): Markup[] {
  return scidocs.tasks.map((task) => {
    const result = record.tasks[task.id];
    if (result === undefined || result.kind === "skipped") {
      return html`<tr><th scope="row">${task.label}</th><td colspan="6">did not run: ${result?.reason ?? "not in the record"}</td></tr>`;
    }
    const { expected, embedded, missing, emptyText, truncated } = result.papers;
    const leftOut = result.kind === "ranking" ? `${result.queriesLeftOut} of ${result.queries} queries` : "";
    return html`<tr><th scope="row">${task.label}</th>${[
      expected,
      embedded,
      missing,
      emptyText ?? "—",
      truncated ?? "—",
      leftOut,
    ].map((value) => html`<td class="number">${value}</td>`)}</tr>`;
  });
}

function durationText(elapsedMs: number): string {
  return elapsedMs < 1000 ? `${Math.round(elapsedMs)} ms` : `${(elapsedMs / 1000).toFixed(1)} s`;
}

/** What each run was made of: model, settings, coverage, times. */
export function settingsSection(records: readonly Lettered[]): Markup {
  const parts = records.map(({ letter, record }, index) => {
    const { model, dataset } = record;
    const about = keyRows([
      ["Model", model.name],
      ["Vectors from", model.source],
      ["Recipe", model.recipe],
      ["Pooling", model.pooling],
      ["Declared by its folder", model.declared ?? null],
      ["Precision", model.precision],
      ["Maximum length", model.maxLength],
      ["Dimensions", model.dimensions],
      ["Provider", model.provider],
      ["SHA-256", model.sha256],
      ["Dataset", `${dataset.name}${dataset.synthetic ? " (made up)" : ""}, ${record.split} split`],
      ["SHA-256 of the data", dataset.sha256],
      ["Made", record.createdAt],
      ...Object.entries(record.settings).map(([key, value]): [string, string] => [`Setting ${key}`, String(value)]),
      ...Object.entries(record.versions).map(([key, value]): [string, string] => [`Version of ${key}`, value]),
    ]);
    const times = record.timings.map(
      ({ stage, elapsedMs }) =>
        html`<tr><th scope="row">${stage}</th><td class="number">${durationText(elapsedMs)}</td></tr>`,
    );
    return html`<details><summary>${swatch(letter, index)} ${model.name}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Coverage of ${letter}"><table><caption>Papers</caption><thead><tr><th scope="col">Task</th>${[
      "needed",
      "with a vector",
      "without",
      "empty text",
      "truncated",
      "left out",
    ].map(
      (head) => html`<th scope="col" class="number">${head}</th>`,
    )}</tr></thead><tbody>${coverageRows(record)}</tbody></table></div>
<table><caption>Run</caption><tbody>${about}</tbody></table>
${times.length > 0 && html`<table><caption>Time</caption><tbody>${times}</tbody></table>`}</details>`;
  });
  return html`<section id="settings"><h2>Settings, coverage and times</h2>${parts}</section>`;
}
